"""Lines claimed: suggestions on the two samples, payments made from them, payouts, fees, and transfers taken before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.banking.accounts import add_account
from feeapp.banking.claiming import book_fee, book_payout, claim, match_counted, note
from feeapp.banking.importing import confirm, read_file, stage
from feeapp.banking.looking import suggest
from feeapp.banking.models import BankLine, BankNote
from feeapp.banking.queries import list_accounts, list_counter_transfers, list_formats, list_lines
from feeapp.banking.rules import AccountKind, LineState
from feeapp.banking.suggesting import Reason
from feeapp.billing.disputing import open_dispute
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Payment, Receipt, Tender
from feeapp.cashier.owing import look
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method
from feeapp.cashier.settling import Tender as Given
from feeapp.cashier.voiding import Asked, approve, ask
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.powers import Role
from feeapp.core.refusal import NotFound, Refused
from feeapp.demo.community import found, import_ledger
from feeapp.ledger.queries import Days, trial_balance
from feeapp.ledger.rules import (
    BANK,
    CHANNEL_FEES,
    CHANNELS,
    INCOME_LATE,
    PREPAYMENTS,
    RECEIVABLE_FEE,
    UNIDENTIFIED,
    Fund,
)
from feeapp.registry.indexing import reindex
from feeapp.registry.models import Unit
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.banking import arrive, own_account
from tests.lateness import ask_for
from tests.owing import owe
from tests.people import AT, Cast

STATEMENTS = Path(__file__).parents[1] / "data" / "statements"
ON = date(2026, 1, 20)

ROOMS = {
    ("2026-01-05", "魏伟艳"): "3-1-401",
    ("2026-01-06", "范超"): "5-2-101",
    ("2026-01-07", "谢娜华"): "2-2-602",
    ("2026-01-07", "区英勇"): "3-1-201",
    ("2026-01-07", "高海春"): "3-3-402",
    ("2026-01-09", "周桂杰"): "6-2-302",
    ("2026-01-09", "陈飞欣"): "5-1-401",
    ("2026-01-10", "谢堃"): "1-1-201",
    ("2026-01-11", "黄英梓"): "4-1-102",
    ("2026-01-12", "周犇"): "5-1-301",
    ("2026-01-12", "区东华"): "3-2-502",
    ("2026-01-12", "方晓国"): "4-2-301",
    ("2026-01-13", "杨宁轩"): "4-3-201",
    ("2026-01-13", "乔怡"): "1-3-301",
    ("2026-01-13", "姜春浩"): "2-3-502",
    ("2026-01-14", "吴怡飞"): "2-1-401",
    ("2026-01-14", "武鑫玉"): "6-2-301",
    ("2026-01-15", "廖泽雪"): "6-1-401",
    ("2026-01-16", "邱飞宇"): "4-3-301",
    ("2026-01-16", "史晓浩"): "6-3-101",
    ("2026-01-17", "陈海敏"): "3-1-301",
    ("2026-01-17", "邱磊晓"): "5-1-501",
    ("2026-01-18", "钱磊艳"): "2-3-101",
}
"""The lines whose note names a room, read from the statements by eye: day, payer and the room meant."""


@pytest.mark.parametrize("name", ["abc", "boc"])
def test_the_lines_of_the_samples_that_name_a_room_are_suggested_right(site: Flask, name: str) -> None:
    """Against the ledger of the same community; no line is booked by a suggestion."""
    at = datetime(2026, 2, 1, 2, tzinfo=UTC)
    community_id, people = transaction(lambda: found(at))
    by = By(community_id, people[Role.ACCOUNTANT], at)
    transaction(lambda: import_ledger(by))
    account = transaction(lambda: add_account(by, AccountKind.BANK, Fund.OPERATIONS, "基本户", ""))
    data = (STATEMENTS / f"{name}-2026-01.csv").read_bytes()
    reading = read_file(data, list_formats(community_id), None)
    file_id = transaction(lambda: stage(by, account, "a.csv", reading.format.name, reading))
    transaction(lambda: confirm(by, file_id))
    lines = list_lines(community_id, LineState.UNCLAIMED, "", None).items
    offers = suggest(community_id, lines, {account: "OP"}, at.date())
    named = {(line.happened_on.isoformat(), line.payer): offers.get(line.id) for line in lines}
    right = [key for key, room in ROOMS.items() if (offer := named[key]) and offer.unit.code == room]
    assert len(right) >= 0.8 * len(ROOMS), {key for key in ROOMS if key not in right}
    assert len(right) == len(ROOMS)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 0


def _balances(cast: Cast, *codes: str) -> list[str]:
    rows = {row.account.code: row.balance for row in trial_balance(cast.community, Fund.OPERATIONS, Days()).rows}
    return [str(rows.get(code, Money(0))) for code in codes]


def _in(cast: Cast, amount: str = "88.00", memo: str = "3-2-501", payer: str = "王伟", number: str = "R1") -> int:
    return arrive(cast, _account(cast), f"2026-01-05,09:06:23,{amount},,{payer},6222,{memo},{number}")[0]


def _account(cast: Cast) -> int:
    accounts = list_accounts(cast.community)
    return accounts[0].id if accounts else own_account(cast)


def _offer(cast: Cast, line_id: int) -> tuple[str, set[Reason]] | None:
    line = db.session.get_one(BankLine, (cast.community, line_id))
    offer = suggest(cast.community, [line], {line.account_id: "OP"}, ON).get(line_id)
    return (offer.unit.code, set(offer.suggestion.reasons)) if offer else None


def test_a_claim_is_a_payment_with_its_receipt_and_the_rest_is_prepaid(app: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2025-12", "50")
    owe(cast, "3-2-501", "2026-01", "20")
    line_id = _in(cast)
    by = cast.by("accountant")
    taken = transaction(lambda: claim(by, line_id, cast.units["3-2-501"]))
    assert _balances(cast, BANK, UNIDENTIFIED, RECEIVABLE_FEE, PREPAYMENTS) == ["88.00", "0.00", "0.00", "18.00"]
    receipt = db.session.get_one(Receipt, (cast.community, taken.receipt_id))
    payment = db.session.get_one(Payment, (cast.community, receipt.payment_id))
    assert (receipt.label, receipt.amount) == ("XHYOP2026-000001", Money.yuan(88))
    assert (payment.credited_on, payment.received_on, payment.payer) == (date(2026, 1, 5), ON, "王伟")
    [tender] = db.session.scalars(sa.select(Tender))
    assert (tender.method, tender.reference, tender.unidentified) == (Method.TRANSFER, "R1", True)


def test_a_claim_sent_twice_is_one_payment_and_another_household_is_refused(app: Flask, cast: Cast) -> None:
    line_id, by = _in(cast), cast.by("cashier")
    first = transaction(lambda: claim(by, line_id, cast.units["3-2-501"]))
    again = transaction(lambda: claim(by, line_id, cast.units["3-2-501"]))
    assert (first.receipt_id, first.anew, again.anew) == (again.receipt_id, True, False)
    with pytest.raises(Refused) as refused:
        transaction(lambda: claim(by, line_id, cast.units["1-1-101"]))
    assert refused.value.code == "bank.taken"
    for foreign in (cast.units["ZYL 1-1-101"], 7):
        with pytest.raises(NotFound):
            transaction(lambda foreign=foreign: claim(by, line_id, foreign))
    with pytest.raises(NotFound):
        transaction(lambda: claim(by, 7, cast.units["3-2-501"]))


def test_what_is_disputed_is_left_out_of_a_claim(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-12", "50")
    by = cast.by("accountant")
    transaction(lambda: open_dispute(cast.by("cashier"), charge, "电梯停了"))
    line_id = _in(cast)
    transaction(lambda: claim(by, line_id, cast.units["3-2-501"]))
    assert _balances(cast, RECEIVABLE_FEE, PREPAYMENTS) == ["50.00", "88.00"]


def test_money_of_the_renovation_account_pays_the_levy_alone(app: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "50")
    owe(cast, "3-2-501", "2026-01", "80", "LEVY")
    account = own_account(cast, "改造专户", fund=Fund.RENOVATION)
    [line_id] = arrive(cast, account, "2026-01-05,,88.00,,王伟,6222,改造费,R1")
    transaction(lambda: claim(cast.by("accountant"), line_id, cast.units["3-2-501"]))
    assert _balances(cast, RECEIVABLE_FEE) == ["50.00"]
    [receipt] = db.session.scalars(sa.select(Receipt))
    assert receipt.series == "RN"


def test_a_claim_needs_an_owner_and_leaves_the_line_as_it_was_without(app: Flask, cast: Cast) -> None:
    line_id = _in(cast)
    db.session.execute(sa.text("UPDATE ownerships SET to_on = '2026-01-01'"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        transaction(lambda: claim(cast.by("accountant"), line_id, cast.units["3-2-501"]))
    assert refused.value.code == "cashier.no_owner"
    assert db.session.get_one(BankLine, (cast.community, line_id)).state is LineState.UNCLAIMED


def test_reasons_are_found_for_room_owner_sum_and_earlier_payer(app: Flask, cast: Cast) -> None:
    unit_ids = list(db.session.scalars(sa.select(Unit.id).filter_by(community_id=cast.community)))
    transaction(lambda: reindex(cast.community, unit_ids))
    owe(cast, "3-2-501", "2026-01", "88")
    owe(cast, "1-1-101", "2026-01", "30")
    owe(cast, "3-2-501", "2026-01", "5", "LEVY")
    room = _in(cast, memo="3号楼2单元501", number="A")
    assert _offer(cast, room) == ("3-2-501", {Reason.ROOM, Reason.ALL_OPEN})
    owner = _in(cast, amount="30", memo="", payer="欧阳志远", number="B")
    assert _offer(cast, owner) == ("1-1-101", {Reason.OWNER_PAYS, Reason.ALL_OPEN})
    other = _in(cast, amount="7", memo="3-2-501改造费", number="C")
    assert _offer(cast, other) == ("3-2-501", {Reason.ROOM, Reason.OTHER_FUND}) or _offer(cast, other) is None
    assert _offer(cast, _in(cast, memo="物业费", payer="无名", number="D")) is None
    transaction(lambda: claim(cast.by("accountant"), room, cast.units["3-2-501"]))
    later = _in(cast, amount="9", memo="", number="E")
    assert _offer(cast, later) == ("3-2-501", {Reason.PAID_BEFORE})


def test_a_transfer_taken_at_the_counter_stands_in_the_book_once(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "88")
    request = Request("a", cast.units["3-2-501"], (charge,), (Given(Method.TRANSFER, Money.yuan(88), "R1"),), "王伟")
    taken = transaction(lambda: take_payment(cast.by("cashier"), request))
    payment_id = db.session.get_one(Receipt, (cast.community, taken.receipt_id)).payment_id
    first, second = _in(cast), _in(cast, number="R2")
    assert [each.payment_id for each in list_counter_transfers(cast.community, {Money.yuan(88)})] == [payment_id]
    by = cast.by("accountant")
    transaction(lambda: match_counted(by, first, payment_id))
    assert _balances(cast, BANK, UNIDENTIFIED) == ["176.00", "88.00"]
    assert list_counter_transfers(cast.community) == []
    with pytest.raises(Refused) as refused:
        transaction(lambda: match_counted(by, second, payment_id))
    assert refused.value.code == "bank.not_same"


def test_a_transfer_of_another_sum_or_from_a_statement_is_not_the_same(app: Flask, cast: Cast) -> None:
    first, second, third = _in(cast), _in(cast, number="R2"), _in(cast, amount="5", number="R3")
    by = cast.by("accountant")
    taken = transaction(lambda: claim(by, first, cast.units["3-2-501"]))
    payment_id = db.session.get_one(Receipt, (cast.community, taken.receipt_id)).payment_id
    for line_id in (second, third):
        with pytest.raises(Refused) as refused:
            transaction(lambda line_id=line_id: match_counted(by, line_id, payment_id))
        assert refused.value.code == "bank.not_same"


def test_a_payout_clears_the_channel_by_gross_fee_and_net(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "100")
    request = Request("a", cast.units["3-2-501"], (charge,), (Given(Method.WECHAT, Money.yuan(100), "W1"),), "王伟")
    transaction(lambda: take_payment(cast.by("cashier"), request))
    line_id, by = _in(cast, amount="99.40", payer="财付通"), cast.by("accountant")
    with pytest.raises(Refused) as refused:
        transaction(lambda: book_payout(by, line_id, Money.yuan("99.39")))
    assert refused.value.code == "bank.gross"
    transaction(lambda: book_payout(by, line_id, Money.yuan(100)))
    assert _balances(cast, BANK, CHANNELS, CHANNEL_FEES, UNIDENTIFIED) == ["99.40", "0.00", "0.60", "0.00"]
    with pytest.raises(Refused) as refused:
        transaction(lambda: claim(by, line_id, cast.units["3-2-501"]))
    assert refused.value.code == "bank.taken"


def test_a_bank_fee_is_booked_once_by_a_person(app: Flask, cast: Cast) -> None:
    [out] = arrive(cast, own_account(cast), "2026-01-07,,-20.00,,,,账户管理费,R3")
    by = cast.by("accountant")
    transaction(lambda: book_fee(by, out))
    assert _balances(cast, BANK, CHANNEL_FEES) == ["-20.00", "20.00"]
    for deed in (lambda: book_fee(by, out), lambda: claim(by, out, cast.units["3-2-501"])):
        with pytest.raises(Refused) as refused:
            transaction(deed)
        assert refused.value.code == "bank.taken"


def test_a_note_is_kept_and_changes_nothing_else(app: Flask, cast: Cast) -> None:
    line_id = _in(cast)
    transaction(lambda: note(cast.by("cashier"), line_id, "打电话问过，不是本小区"))
    assert db.session.scalars(sa.select(BankNote.note)).all() == ["打电话问过，不是本小区"]
    assert db.session.get_one(BankLine, (cast.community, line_id)).state is LineState.UNCLAIMED
    assert AT.date() == ON


def test_late_charges_stop_on_the_day_the_money_reached_the_bank(app: Flask, cast: Cast) -> None:
    """1000.00 due on 31 December at 0.03 % a day: 1.50 for five days to the bank, 6.00 for twenty to the claim."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2025-12", "1000")
    line_id = _in(cast, amount="1100")
    transaction(lambda: claim(cast.by("accountant"), line_id, cast.units["3-2-501"]))
    assert _balances(cast, INCOME_LATE, PREPAYMENTS, RECEIVABLE_FEE) == ["1.50", "98.50", "0.00"]
    later = look(cast.community, [cast.units["3-2-501"]], date(2026, 3, 1))
    assert charge not in later.memos


def test_a_part_claimed_later_lowers_what_late_charges_run_on_from_the_day_of_the_bank(app: Flask, cast: Cast) -> None:
    """1000.00 due on 31 December; 400.00 reach the bank on 5 January: 5 days on 1000, then 15 on 600 to 20 January."""
    ask_for(cast)
    charge = owe(cast, "3-2-501", "2025-12", "1000")
    line_id = _in(cast, amount="400")
    transaction(lambda: claim(cast.by("accountant"), line_id, cast.units["3-2-501"]))
    memos = look(cast.community, [cast.units["3-2-501"]], ON).memos
    assert memos[charge].amount == Money.yuan("4.20")


def _transfer(cast: Cast) -> Receipt:
    """88.00 taken at the counter as a transfer."""
    charge = owe(cast, "3-2-501", "2026-01", "88")
    request = Request("a", cast.units["3-2-501"], (charge,), (Given(Method.TRANSFER, Money.yuan(88), "R1"),), "王伟")
    taken = transaction(lambda: take_payment(cast.by("cashier"), request))
    return db.session.get_one(Receipt, (cast.community, taken.receipt_id))


def test_a_transfer_that_is_matched_is_not_taken_back(app: Flask, cast: Cast) -> None:
    """Also not where that was asked for before the line came."""
    receipt = _transfer(cast)
    receipt_id, payment_id = receipt.id, receipt.payment_id
    void_id = transaction(lambda: ask(cast.by("cashier"), receipt_id, Asked("typed twice", (), "none was printed")))
    line_id = _in(cast)
    transaction(lambda: match_counted(cast.by("accountant"), line_id, payment_id))
    for deed in (
        lambda: approve(cast.by("manager"), void_id),
        lambda: ask(cast.by("cashier"), receipt_id, Asked("again", (), "none was printed")),
    ):
        with pytest.raises(Refused) as refused:
            transaction(deed)
        assert refused.value.code == "bank.matched"


def test_a_transfer_that_was_taken_back_matches_no_line(app: Flask, cast: Cast) -> None:
    receipt = _transfer(cast)
    receipt_id, payment_id = receipt.id, receipt.payment_id
    void_id = transaction(lambda: ask(cast.by("cashier"), receipt_id, Asked("typed twice", (), "none was printed")))
    transaction(lambda: approve(cast.by("manager"), void_id))
    line_id = _in(cast)
    assert list_counter_transfers(cast.community, {Money.yuan(88)}) == []
    with pytest.raises(Refused) as refused:
        transaction(lambda: match_counted(cast.by("accountant"), line_id, payment_id))
    assert refused.value.code == "bank.not_same"


def test_the_receipt_of_a_claim_is_not_taken_back_at_the_counter(app: Flask, cast: Cast) -> None:
    line_id = _in(cast)
    taken = transaction(lambda: claim(cast.by("cashier"), line_id, cast.units["3-2-501"]))
    with pytest.raises(Refused) as refused:
        transaction(lambda: ask(cast.by("cashier"), taken.receipt_id, Asked("wrong", (), "none was printed")))
    assert refused.value.code == "void.claimed"
