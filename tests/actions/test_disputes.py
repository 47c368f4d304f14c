"""Charges in dispute: noted, answered by a second person, without late charge and not asked for meanwhile."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing import disputes, disputing
from feeapp.billing.disputes import Wanted
from feeapp.billing.lateness import find_memo
from feeapp.billing.models import Dispute
from feeapp.billing.offsets import apply_wallets, list_offsets
from feeapp.billing.rules import DisputeState
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Entry
from feeapp.logbook.models import LogEntry
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.holding import give
from tests.lateness import ask_for, late_charges, noon, pay
from tests.owing import owe
from tests.people import Cast

DAY = "2025-03-10"


def dispute(cast: Cast, charge: int, day: str, who: str = "cashier") -> int:
    by = cast.by(who, noon(day))
    return transaction(lambda: disputing.open_dispute(by, charge, "电梯停运两个月"))


def answer(cast: Cast, dispute_id: int, day: str, who: str = "manager", *, upheld: bool = False) -> None:
    by = cast.by(who, noon(day))
    transaction(lambda: disputing.close_dispute(by, dispute_id, "维修记录在案", upheld))


def _late(cast: Cast, charge: int, day: str = DAY) -> Money:
    memo = find_memo(cast.community, charge, date.fromisoformat(day))
    return memo.amount if memo else ZERO


def test_the_late_charge_stops_for_that_charge_alone_and_runs_on_after_the_answer(app: Flask, cast: Cast) -> None:
    """The worked table of docs/rules/late-charges.md: 20 days in dispute are 4.05 of 13.97."""
    ask_for(cast)
    charge, other = owe(cast, "3-2-501", "2024-12", "674.88"), owe(cast, "1-1-101", "2024-12", "674.88")
    entries = db.session.query(Entry).count()
    opened = dispute(cast, charge, "2025-01-11")
    assert disputes.disputed_ids(cast.community) == {charge}
    assert disputes.disputed_ids(cast.community, [other]) == set()
    assert _late(cast, charge) == Money.yuan("2.02")
    answer(cast, opened, "2025-01-30")
    assert disputes.disputed_ids(cast.community) == set()
    assert (_late(cast, charge), _late(cast, other)) == (Money.yuan("9.92"), Money.yuan("13.97"))
    assert db.session.query(Entry).count() == entries


def test_a_disputed_charge_is_still_paid_and_its_days_are_never_charged(app: Flask, cast: Cast) -> None:
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    dispute(cast, charge, "2025-01-11")
    assert pay(cast, [charge], "700", DAY).amount == Money.yuan("676.90")
    (late,) = late_charges(cast, charge)
    assert (late.amount, late.fen_days) == (Money.yuan("2.02"), 674_880)
    assert disputes.disputed_ids(cast.community) == {charge}


def test_prepaid_money_does_not_clear_what_is_in_dispute(app: Flask, cast: Cast) -> None:
    disputed, other = owe(cast, "3-2-501", "2024-11", "30"), owe(cast, "3-2-501", "2024-12", "50")
    opened = dispute(cast, disputed, "2025-01-11")
    give(cast, "3-2-501", "100")
    by, unit = cast.by("accountant"), cast.units["3-2-501"]
    transaction(lambda: apply_wallets(by, [unit], None))
    assert list_offsets(cast.community, [disputed, other]) == {other: Money.yuan(50)}
    answer(cast, opened, "2025-01-30")
    transaction(lambda: apply_wallets(by, [unit], None))
    assert list_offsets(cast.community, [disputed]) == {disputed: Money.yuan(30)}


def test_a_dispute_is_kept_with_who_said_what(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    first = dispute(cast, charge, "2025-01-11")
    answer(cast, first, "2025-01-12", "accountant", upheld=True)
    second = dispute(cast, charge, "2025-02-01", "manager")
    rows = disputes.list_of_charge(cast.community, charge)
    assert [(row.id, row.state, row.answer) for row in rows] == [
        (second, DisputeState.OPEN, ""),
        (first, DisputeState.UPHELD, "维修记录在案"),
    ]
    assert [each.id for each in disputes.list_disputes(cast.community, [charge])[charge]] == [first, second]
    kinds = db.session.scalars(sa.select(LogEntry.kind).filter_by(subject_kind="dispute").order_by(LogEntry.at))
    assert list(kinds) == ["billing.dispute", "billing.uphold_dispute", "billing.dispute"]


def test_open_disputes_stand_first_and_a_room_or_a_state_narrows(app: Flask, cast: Cast) -> None:
    charges = [owe(cast, code, "2024-12", "60") for code in ("3-2-501", "1-1-101", "3-2-502")]
    opened = [dispute(cast, charge, f"2025-01-1{at}") for at, charge in enumerate(charges)]
    answer(cast, opened[2], "2025-01-20")
    assert [row.id for row in disputes.list_rows(cast.community, Wanted(), 1).items] == [
        opened[1],
        opened[0],
        opened[2],
    ]
    rejected = disputes.list_rows(cast.community, Wanted(state=DisputeState.REJECTED), None)
    assert [row.id for row in rejected.items] == [opened[2]]
    assert disputes.list_rows(cast.community, Wanted(state=DisputeState.UPHELD), None).total == 0
    who = [cast.users[each] for each in ("cashier", "manager")]
    assert [disputes.count_unanswered(cast.community, each) for each in who] == [0, 2]
    assert disputes.list_rows(cast.neighbour, Wanted(), 1).total == 0


def test_who_noted_it_does_not_answer_it_and_it_is_answered_once(app: Flask, cast: Cast) -> None:
    opened = dispute(cast, owe(cast, "3-2-501", "2024-12", "60"), DAY, "accountant")
    with pytest.raises(Refused) as refused:
        answer(cast, opened, DAY, "accountant")
    assert refused.value.code == "dispute.same_person"
    answer(cast, opened, DAY)
    with pytest.raises(Refused) as refused:
        answer(cast, opened, DAY, upheld=True)
    assert refused.value.code == "dispute.closed"
    assert db.session.query(Dispute).one().upheld is False


def test_what_is_missing_is_refused_at_its_field_and_a_second_dispute_in_words(app: Flask, cast: Cast) -> None:
    charge, by = owe(cast, "3-2-501", "2024-12", "60"), cast.by("cashier", noon(DAY))
    with pytest.raises(Refused) as refused:
        transaction(lambda: disputing.open_dispute(by, charge, " "))
    assert refused.value.field == "reason"
    opened = dispute(cast, charge, DAY)
    with pytest.raises(Refused) as refused:
        dispute(cast, charge, DAY, "accountant")
    assert refused.value.code == "dispute.twice"
    manager = cast.by("manager", noon(DAY))
    with pytest.raises(Refused) as refused:
        transaction(lambda: disputing.close_dispute(manager, opened, "", upheld=True))
    assert refused.value.field == "answer"
    assert db.session.query(Dispute).count() == 1


def test_another_community_s_charges_and_disputes_do_not_exist(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2024-12", "60")
    opened = dispute(cast, charge, DAY)
    outsider = By(cast.neighbour, cast.users["outsider"], noon(DAY))
    for deed in (
        lambda: disputing.open_dispute(outsider, charge, "x"),
        lambda: disputing.close_dispute(outsider, opened, "x", upheld=True),
    ):
        with pytest.raises(NotFound):
            transaction(deed)


def test_what_was_noted_is_kept_by_the_database(app: Flask, cast: Cast) -> None:
    dispute(cast, owe(cast, "3-2-501", "2024-12", "60"), DAY)
    for statement in ("UPDATE disputes SET reason = 'x'", "DELETE FROM disputes"):
        with pytest.raises(sa.exc.DBAPIError):
            transaction(lambda statement=statement: db.session.execute(sa.text(statement)))
