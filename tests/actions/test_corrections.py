"""Adjustments: asked for by one person, decided by another, booked beside what was billed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.lateness import find_memo
from feeapp.billing.models import Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.corrections import adjusting, correcting, queries
from feeapp.corrections.adjusting import Wanted
from feeapp.corrections.history import get_history
from feeapp.corrections.models import Correction, CorrectionLine
from feeapp.corrections.rules import CorrectionState, Ground
from feeapp.ledger.models import Entry, EntryLine
from feeapp.registry.indexing import reindex
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.corrections import added_to, adjust, approve, ask, held, pay, stands
from tests.holding import give
from tests.lateness import ask_for, late_charges
from tests.lateness import pay as pay_late
from tests.owing import owe
from tests.people import AT, Cast


def _booked() -> list[tuple[str, str, str]]:
    """The lines of the entries that corrections made, in the order of their accounts."""
    found = db.session.execute(
        sa.select(EntryLine.account, EntryLine.debit, EntryLine.credit)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(Entry.source_kind == "correction")
        .order_by(EntryLine.account, EntryLine.debit)
    )
    return [(account, str(left), str(right)) for account, left, right in found]


def test_a_wrong_charge_is_lowered_and_what_was_paid_goes_back(app: Flask, cast: Cast) -> None:
    """100.00 billed, 90.00 paid, 60.00 right: 40.00 comes off, 30.00 of it was paid and becomes credit (BL-10)."""
    charge = owe(cast, "3-2-501", "2026-01", "100")
    pay(cast, "3-2-501", [charge], "90")
    assert adjust(cast, charge, "60") == Money.yuan(30)
    assert stands(charge) == ("100.00", "60.00", "40.00")
    assert held(cast) == Money.yuan(30)
    assert _booked() == [("1122.01", "0.00", "40.00"), ("6001", "40.00", "0.00")]
    reduction = db.session.query(Reduction).one()
    assert (reduction.kind, reduction.reason, reduction.source_kind) == (
        ReductionKind.CORRECTED, "面积有误", "correction",
    )  # fmt: skip
    assert reduction.approved_by == cast.users["manager"]


def test_goodwill_is_a_waiver_and_the_income_stays(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    assert adjust(cast, charge, "-20", Ground.GOODWILL) == ZERO
    assert stands(charge) == ("100.00", "0.00", "20.00")
    assert _booked() == [("1122.01", "0.00", "20.00"), ("6601", "20.00", "0.00")]
    assert db.session.query(Reduction).one().kind is ReductionKind.WAIVED


def test_a_charge_is_raised_by_one_of_its_own(app: Flask, cast: Cast) -> None:
    """The charge keeps its amount; 15.00 more stands beside it, due at the end of the month it was approved in."""
    charge = owe(cast, "3-2-501", "2025-11", "100")
    pay(cast, "3-2-501", [charge], "100")
    assert adjust(cast, charge, "+15") == ZERO
    assert stands(charge) == ("100.00", "100.00", "0.00")
    (more,) = added_to(charge)
    assert (str(more.amount), more.seq, more.due_on, more.settled) == ("15.00", 2, date(2026, 1, 31), ZERO)
    assert _booked() == [("1122.01", "15.00", "0.00"), ("6001", "0.00", "15.00")]
    history = get_history(cast.community, more.id)
    assert history.added_to == charge
    assert history.made_by == ("correction", db.session.query(Correction).one().id)


def test_what_is_held_pays_what_is_added(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-11", "100")
    pay(cast, "3-2-501", [charge], "100")
    give(cast, "3-2-501", "10")
    adjust(cast, charge, "115")
    assert [str(each.settled) for each in added_to(charge)] == ["10.00"]
    assert held(cast) == ZERO


@pytest.mark.parametrize("ground", list(Ground))
def test_a_late_charge_that_was_paid_goes_back_and_is_never_raised(app: Flask, cast: Cast, ground: Ground) -> None:
    """674.88 was 69 days late: 13.97 were paid for it and go back, and nothing of it runs up again."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2024-12", "674.88")
    pay_late(cast, [charge], "688.85", "2025-03-10")
    (late,) = late_charges(cast, charge)
    assert get_history(cast.community, late.charge_id).late_of == charge
    with pytest.raises(Refused) as refused:
        ask(cast, late.charge_id, "+1")
    assert (refused.value.code, refused.value.field) == ("corrections.late_up", "change")
    assert adjust(cast, late.charge_id, "0", ground) == Money.yuan("13.97")
    assert held(cast) == Money.yuan("13.97")
    assert find_memo(cast.community, charge, date(2026, 1, 20)) is None


def test_until_it_is_approved_nothing_changes(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    entries = db.session.query(Entry).count()
    correction = ask(cast, charge, "60")
    assert stands(charge) == ("100.00", "0.00", "0.00")
    assert db.session.query(Entry).count() == entries
    history = get_history(cast.community, charge)
    assert history.waiting is not None
    assert history.waiting.id == correction
    assert queries.count_waiting(cast.community) == 1
    assert queries.count_waiting(cast.community, not_by=cast.users["accountant"]) == 0


def test_what_is_paid_between_asking_and_approving_makes_no_difference(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "60")
    pay(cast, "3-2-501", [charge], "100")
    assert queries.sum_back(cast.community, correction) == Money.yuan(40)
    assert approve(cast, correction) == Money.yuan(40)
    assert stands(charge) == ("100.00", "60.00", "40.00")


def test_what_was_taken_off_meanwhile_stops_it(app: Flask, cast: Cast) -> None:
    """Another reduction came first: the sum that was looked at no longer stands."""
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "60")
    db.session.execute(
        sa.update(CorrectionLine).where(CorrectionLine.correction_id == correction).values(waiting=False)
    )
    db.session.commit()
    adjust(cast, charge, "80")
    db.session.execute(sa.update(CorrectionLine).where(CorrectionLine.correction_id == correction).values(waiting=True))
    db.session.commit()
    assert queries.count_changed(cast.community, correction) == 1
    with pytest.raises(Refused) as refused:
        approve(cast, correction)
    assert (refused.value.code, refused.value.facts["unit"]) == ("corrections.changed", "3-2-501")
    assert queries.get_correction(cast.community, correction).state is CorrectionState.ASKED
    assert stands(charge) == ("100.00", "0.00", "20.00")


def test_of_one_charge_one_correction_waits_at_a_time(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    first = ask(cast, charge, "60")
    with pytest.raises(Refused) as refused:
        ask(cast, charge, "50")
    assert refused.value.code == "corrections.waiting"
    accountant = cast.by("accountant")
    transaction(lambda: correcting.withdraw(accountant, first))
    second = ask(cast, charge, "50")
    assert approve(cast, second) == ZERO
    assert stands(charge)[2] == "50.00"


def test_the_same_form_sent_twice_asks_once(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    assert ask(cast, charge, "60", key="form x") == ask(cast, charge, "60", key="form x")
    assert db.session.query(Correction).count() == 1
    with pytest.raises(Refused) as refused:
        ask(cast, charge, "50", key="form x")
    assert refused.value.code == "corrections.sent"


def test_who_asked_does_not_decide_and_nobody_else_withdraws(app: Flask, cast: Cast) -> None:
    correction = ask(cast, owe(cast, "3-2-501", "2026-01", "100"), "60")
    for deed, who, code in (
        (lambda by: correcting.approve(by, correction), "accountant", "corrections.same_person"),
        (lambda by: correcting.refuse(by, correction, "x"), "accountant", "corrections.same_person"),
        (lambda by: correcting.withdraw(by, correction), "manager", "corrections.not_own"),
        (lambda by: correcting.refuse(by, correction, " "), "manager", "corrections.answer"),
    ):
        by = cast.by(who)
        with pytest.raises(Refused) as refused:
            transaction(lambda deed=deed, by=by: deed(by))
        assert refused.value.code == code
    assert queries.get_correction(cast.community, correction).state is CorrectionState.ASKED


@pytest.mark.parametrize("deed", ["approve", "refuse", "withdraw"])
def test_what_is_decided_stays_decided(app: Flask, cast: Cast, deed: str) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction, manager, accountant = ask(cast, charge, "60"), cast.by("manager"), cast.by("accountant")
    deeds = {
        "approve": lambda: correcting.approve(manager, correction),
        "refuse": lambda: correcting.refuse(manager, correction, "证据不足"),
        "withdraw": lambda: correcting.withdraw(accountant, correction),
    }
    transaction(deeds[deed])
    for again in deeds.values():
        with pytest.raises(Refused):
            transaction(again)
    assert stands(charge)[2] == ("40.00" if deed == "approve" else "0.00")
    assert get_history(cast.community, charge).waiting is None


@pytest.mark.parametrize(
    ("amount", "change", "ground", "code", "field"),
    [
        (None, None, Ground.WRONG, "corrections.one", "amount"),
        ("50", "-5", Ground.WRONG, "corrections.one", "change"),
        ("-1", None, Ground.WRONG, "corrections.below_zero", "amount"),
        (None, "-100.01", Ground.WRONG, "corrections.below_zero", "change"),
        ("100", None, Ground.WRONG, "corrections.same", "amount"),
        (None, "0", Ground.WRONG, "corrections.same", "change"),
        ("110", None, Ground.GOODWILL, "corrections.goodwill_up", "amount"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    app: Flask, cast: Cast, amount: str | None, change: str | None, ground: Ground, code: str, field: str
) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    wanted = Wanted(Money.yuan(amount) if amount else None, Money.yuan(change) if change else None, ground)
    by = cast.by("accountant")
    with pytest.raises(Refused) as refused:
        transaction(lambda: adjusting.ask(by, charge, wanted, "x", "", "k"))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert db.session.query(Correction).count() == 0


def test_a_reason_is_needed(app: Flask, cast: Cast) -> None:
    charge, by = owe(cast, "3-2-501", "2026-01", "100"), cast.by("accountant")
    with pytest.raises(Refused) as refused:
        transaction(lambda: adjusting.ask(by, charge, Wanted(Money.yuan(1), None, Ground.WRONG), "  ", "", "k"))
    assert refused.value.field == "reason"


def test_another_communitys_charges_and_corrections_do_not_exist(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    correction = ask(cast, charge, "60")
    outsider = By(cast.neighbour, cast.users["outsider"], AT)
    for deed in (
        lambda: correcting.approve(outsider, correction),
        lambda: correcting.refuse(outsider, correction, "x"),
        lambda: adjusting.ask(outsider, charge, Wanted(ZERO, None, Ground.WRONG), "x", "", "k"),
    ):
        with pytest.raises(NotFound):
            transaction(deed)
    assert queries.list_corrections(cast.neighbour, queries.WantedList(), 1).total == 0


def test_the_list_is_narrowed_by_state_and_by_room(app: Flask, cast: Cast) -> None:
    first = ask(cast, owe(cast, "3-2-501", "2026-01", "100"), "60", at=datetime(2026, 1, 19, tzinfo=UTC))
    second = ask(cast, owe(cast, "1-1-101", "2026-01", "100"), "60")
    approve(cast, first)

    def listed(**wanted: object) -> list[int]:
        found = queries.list_corrections(cast.community, queries.WantedList(**wanted), 1)  # type: ignore[arg-type]
        assert found.total == len(found.items)
        return [row.id for row in found.items]

    assert listed() == [second, first]
    assert listed(state=CorrectionState.APPROVED) == [first]
    assert listed(typed="nobody") == []
    transaction(lambda: reindex(cast.community, list(cast.units.values())[:5]))
    assert listed(typed="3-2") == [first]
    assert listed(typed="1-1", state=CorrectionState.APPROVED) == []
    assert queries.count_states(cast.community)[CorrectionState.ASKED] == 1
