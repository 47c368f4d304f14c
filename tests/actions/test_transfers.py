"""A unit changes hands: what was seen is what is booked, sums stay exact, and nothing is done twice (BL-16, FEE-15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from feeapp.billing.disputing import open_dispute
from feeapp.billing.lateness import list_memos, terms_of
from feeapp.billing.models import Charge, Reduction
from feeapp.billing.pools import Wanted, enter_pool
from feeapp.billing.previewing import preview
from feeapp.billing.queries import list_charges
from feeapp.billing.rules import ReductionKind, Way
from feeapp.billing.runs import confirm
from feeapp.cashier.actions import take_payment
from feeapp.cashier.prepaying import PrepayRequest, prepay
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.commands.checking import all_checks
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.models import Entry, EntryLine
from feeapp.logbook.models import LogEntry
from feeapp.prepay.quoting import first_months, quote
from feeapp.prepay.rules import Term, Wish
from feeapp.registry.models import Ownership, Party
from feeapp.registry.people import PersonFacts
from feeapp.registry.profile import OwnerChange
from feeapp.registry.queries import list_owners
from feeapp.registry.rules import PartyKind, UnitUse
from feeapp.reliefs.queries import get_relief
from feeapp.reliefs.rules import ReliefState
from feeapp.storage.checking import run
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, add_item, publish
from feeapp.tariffs.models import ChargeItem
from feeapp.tariffs.naming import ItemKind
from feeapp.tariffs.places import EVERYWHERE
from feeapp.tariffs.rules import Authority, Basis, Price
from feeapp.transfers.actions import rehearse, transfer
from feeapp.transfers.models import Transfer, TransferDebt, TransferWallet
from feeapp.transfers.rehearsing import rehearsed
from feeapp.transfers.rules import Choices, WalletWay
from feeapp.transfers.seen import Seen
from feeapp.transfers.staging import Ask, Buyer
from feeapp.wallets.queries import balances, list_wallets
from feeapp.wallets.rules import MoveKind
from tests.actions.test_reliefs import apply_for, approved, hardship, set_rule
from tests.holding import give, give_now
from tests.lateness import ask_for
from tests.owing import owe, owe_now
from tests.people import Cast
from tests.rules.doctables import table

AUGUST, SEPTEMBER = Period(2026, 8), Period(2026, 9)
SIXTEENTH = date(2026, 8, 16)
AT = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)
CHEN = PersonFacts("陈静", PartyKind.PERSON, "", ("13511112222",))


@pytest.fixture
def fee(app: Flask, cast: Cast) -> int:
    return fee_items(cast)


def fee_items(cast: Cast) -> int:
    """Homes pay 0.65 a m², parking spaces 150.00 a month."""
    by = cast.by("manager", AT)
    item = transaction(lambda: add_item(by, ItemKind.PROPERTY_FEE, "FEE", "物业费", "Property fee", 31))
    parking = transaction(lambda: add_item(by, ItemKind.PARKING, "PARK", "停车费", "Parking fee", 31))
    for which, use, price in (
        (item, UnitUse.HOME, Price(Decimal("0.65"))),
        (parking, UnitUse.PARKING, Price(Decimal(150), basis=Basis.UNIT)),
    ):
        wanted = Published(use, price, date(2025, 1, 1), Authority.CONTRACT, "合同第 8 条", True)
        transaction(lambda which=which, wanted=wanted: publish(by, which, wanted))
    return item


def by(cast: Cast, who: str = "accountant") -> By:
    return cast.by(who, AT)


def bill(cast: Cast, period: Period) -> None:
    seen = preview(cast.community, period).seen_hash
    transaction(lambda: confirm(by(cast), period, seen))


def sale(cast: Cast, code: str = "1-1-101", sellers: tuple[str, ...] = ("ouyang",), **changed: object) -> Ask:
    """Ouyang sells 1-1-101 to Chen Jing on 16 August 2026."""
    also = tuple(cast.units[each] for each in changed.pop("also", ()))  # type: ignore[attr-defined]
    asked = Ask(
        cast.units[code],
        SIXTEENTH,
        tuple(cast.parties[who] for who in sellers),
        (Buyer("buyer1", None, CHEN),),
        also,
        date(2026, 10, 5),
        "不动产权证 0012345",
    )
    return replace(asked, **changed)


def look(cast: Cast, ask: Ask) -> Seen:
    return rehearsed(lambda: rehearse(by(cast), ask))


def do(cast: Cast, ask: Ask, key: str = "k", **chosen: object) -> int:
    choices = Choices(look(cast, ask).hash, key, **chosen)  # type: ignore[arg-type]
    return transaction(lambda: transfer(by(cast), ask, choices))


def pay(cast: Cast, code: str, charges: list[int], yuan: str, key: str = "p") -> None:
    request = Request(key, cast.units[code], tuple(charges), (Tender(Method.CASH, Money.yuan(yuan)),), payer="")
    transaction(lambda: take_payment(by(cast, "cashier"), request))


def sums(cast: Cast, code: str, period: Period) -> dict[str, str]:
    """What each debtor is charged for a month, less what was taken off."""
    names = {party.id: party.name for party in db.session.query(Party)}
    found: dict[str, Money] = {}
    for line in list_charges(cast.community, [cast.units[code]]):
        if line.period == period:
            found[names[line.debtor_id]] = found.get(names[line.debtor_id], ZERO) + line.amount - line.reduced
    return {name: str(amount) for name, amount in found.items()}


def account(cast: Cast, code: str) -> Money:
    """What an account of Xihuayuan stands at, debits less credits."""
    fen = sa.func.sum(sa.type_coerce(EntryLine.debit, sa.BigInteger) - sa.type_coerce(EntryLine.credit, sa.BigInteger))
    return Money(
        int(
            db.session.scalar(
                sa.select(sa.func.coalesce(fen, 0)).where(
                    EntryLine.community_id == cast.community, EntryLine.account == code
                )
            )
            or 0
        )
    )


def test_a_month_not_billed_yet_is_shown_by_days_and_billed_so(app: Flask, cast: Cast, fee: int) -> None:
    """58.50 × 15/31 = 28.3064… → 28.31; the rest of 58.50 is 30.19."""
    seen = look(cast, sale(cast))
    [part] = seen.parts
    assert (part.seller_days, str(part.seller), part.buyer_days, str(part.buyer)) == (15, "28.31", 16, "30.19")
    assert (part.billed, str(part.total), str(part.seller_was)) == (False, "58.50", "0.00")
    do(cast, sale(cast))
    bill(cast, AUGUST)
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "28.31", "陈静": "30.19"}


def test_looking_writes_nothing(app: Flask, cast: Cast, fee: int) -> None:
    bill(cast, AUGUST)
    counted = [
        sa.select(sa.func.count()).select_from(model) for model in (Charge, Ownership, Party, LogEntry, Reduction)
    ]
    before = [db.session.scalar(each) for each in counted]
    first, second = look(cast, sale(cast)), look(cast, sale(cast))
    assert first.hash == second.hash
    assert [db.session.scalar(each) for each in counted] == before


def test_months_billed_already_are_parted_anew(app: Flask, cast: Cast, fee: int) -> None:
    bill(cast, AUGUST)
    bill(cast, SEPTEMBER)
    seen = look(cast, sale(cast))
    assert [(str(part.seller_was), str(part.seller), str(part.buyer), part.seller_days) for part in seen.parts] == [
        ("58.50", "28.31", "30.19", 15),
        ("58.50", "0.00", "58.50", 0),
    ]
    do(cast, sale(cast))
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "28.31", "陈静": "30.19"}
    assert sums(cast, "1-1-101", SEPTEMBER) == {"欧阳志远": "0.00", "陈静": "58.50"}
    kinds = set(db.session.scalars(sa.select(Reduction.kind)))
    assert kinds == {ReductionKind.TRANSFERRED}
    due = {
        line.due_on
        for line in list_charges(cast.community, [cast.units["1-1-101"]])
        if line.debtor_id not in cast.parties.values()
    }
    assert due == {date(2026, 10, 5)}
    assert account(cast, "6001") == -Money.yuan("310.56")


def test_what_the_seller_paid_too_much_is_theirs_and_goes_back(app: Flask, cast: Cast, fee: int) -> None:
    """Paid 58.50 for August: 30.19 of it becomes prepaid money, and is owed back on account 2246."""
    bill(cast, AUGUST)
    [charge] = list_charges(cast.community, [cast.units["1-1-101"]])
    pay(cast, "1-1-101", [charge.id], "58.50")
    seen = look(cast, sale(cast))
    [held] = seen.held
    assert (str(held.balance), str(held.gift), held.holder) == ("30.19", "0.00", "欧阳志远")
    done = do(cast, sale(cast), ways=((held.key, WalletWay.REFUND_CASH),))
    assert account(cast, "2246") == -Money.yuan("30.19")
    assert account(cast, "2203") == ZERO
    assert balances(cast.community, [cast.units["1-1-101"]]) == {}
    [line] = db.session.query(TransferWallet).filter_by(transfer_id=done)
    assert (line.way, str(line.rest), line.to_wallet_id) == (WalletWay.REFUND_CASH, "30.19", None)
    assert sums(cast, "1-1-101", AUGUST)["陈静"] == "30.19"


def test_prepaid_money_is_handed_on_and_pays_what_falls_to_the_buyer(app: Flask, cast: Cast, fee: int) -> None:
    bill(cast, AUGUST)
    [charge] = list_charges(cast.community, [cast.units["1-1-101"]])
    pay(cast, "1-1-101", [charge.id], "58.50")
    [held] = look(cast, sale(cast)).held
    do(cast, sale(cast), ways=((held.key, WalletWay.HAND_ON),))
    [theirs] = [
        line
        for line in list_charges(cast.community, [cast.units["1-1-101"]])
        if line.debtor_id != cast.parties["ouyang"]
    ]
    assert (str(theirs.amount), str(theirs.open)) == ("30.19", "0.00")
    assert account(cast, "2203") == ZERO


def test_a_gift_is_taken_back_before_anything_goes_on(app: Flask, cast: Cast, fee: int) -> None:
    give(cast, "1-1-101", "100", "ouyang")
    give(cast, "1-1-101", "30", "ouyang", kind=MoveKind.GIFT)
    [held] = look(cast, sale(cast)).held
    assert (str(held.balance), str(held.gift), str(held.rest)) == ("130.00", "30.00", "100.00")
    do(cast, sale(cast), ways=((held.key, WalletWay.HAND_ON),))
    [wallet] = list_wallets(cast.community, [cast.units["1-1-101"]])
    assert (str(wallet.balance), wallet.party_id != cast.parties["ouyang"]) == ("100.00", True)
    assert account(cast, "6601") == Money.yuan("100")


def test_debts_stay_with_the_seller_unless_they_are_taken_over(app: Flask, cast: Cast, fee: int) -> None:
    old, older = owe(cast, "1-1-101", "2026-06", "58.50"), owe(cast, "1-1-101", "2026-05", "40.00")
    seen = look(cast, sale(cast))
    assert [str(debt.open) for debt in seen.debts] == ["40.00", "58.50"]
    done = do(cast, sale(cast), take=(seen.debts[1].key,), agreement="房屋买卖合同补充协议第 3 条", signed_by="陈静")
    assert sums(cast, "1-1-101", Period(2026, 5)) == {"欧阳志远": "40.00"}
    assert sums(cast, "1-1-101", Period(2026, 6)) == {"欧阳志远": "0.00", "陈静": "58.50"}
    lines = {line.charge_id: line for line in db.session.query(TransferDebt).filter_by(transfer_id=done)}
    assert lines[older].new_charge_id is None
    new = db.session.get_one(Charge, (cast.community, lines[old].new_charge_id))
    assert (new.period, new.due_on, new.amount) == (Period(2026, 6), date(2026, 10, 5), Money.yuan("58.50"))


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"agreement": "", "signed_by": "陈静"}, "agreement"),
        ({"agreement": "补充协议", "signed_by": ""}, "signed_by"),
    ],
)
def test_nobody_takes_a_debt_over_without_a_paper(
    app: Flask, cast: Cast, fee: int, chosen: dict[str, str], field: str
) -> None:
    owe(cast, "1-1-101", "2026-06", "58.50")
    [debt] = look(cast, sale(cast)).debts
    with pytest.raises(Refused) as refusal:
        do(cast, sale(cast), take=(debt.key,), **chosen)
    assert refusal.value.field == field
    assert db.session.query(Transfer).count() == 0
    assert [held.party.name for held in list_owners(cast.community, cast.units["1-1-101"], AT.date())] == ["欧阳志远"]


def test_every_sum_of_prepaid_money_takes_a_choice(app: Flask, cast: Cast, fee: int) -> None:
    give(cast, "1-1-101", "100", "ouyang")
    [held] = look(cast, sale(cast)).held
    for ways, field in (((), "ways"), (((held.key, WalletWay.REFUND_TRANSFER),), "refund_to")):
        with pytest.raises(Refused) as refusal:
            do(cast, sale(cast), ways=ways)
        assert refusal.value.field == field


def test_parking_goes_along(app: Flask, cast: Cast, fee: int) -> None:
    """Zhang sells 3-2-502 with G07: 40.54 and 150.00, 15 of 31 days are 19.62 and 72.58."""
    ask = sale(cast, "3-2-502", ("zhang",), also=("G07",))
    seen = look(cast, ask)
    assert [(part.unit, str(part.seller), str(part.buyer)) for part in seen.parts] == [
        ("3-2-502", "19.62", "20.92"),
        ("G07", "72.58", "77.42"),
    ]
    do(cast, ask)
    for code in ("3-2-502", "G07"):
        assert [held.party.name for held in list_owners(cast.community, cast.units[code], SIXTEENTH)] == ["陈静"]
    assert db.session.query(Party).filter_by(name="陈静").count() == 1


def test_a_unit_of_somebody_else_does_not_go_along(app: Flask, cast: Cast, fee: int) -> None:
    with pytest.raises(Refused) as refusal:
        look(cast, sale(cast, also=("G07",)))
    assert refusal.value.field == "also"
    with pytest.raises(NotFound):
        look(cast, sale(cast, also=("ZYL 1-1-101",)))


def test_a_whole_month_stays_with_the_owner_of_the_first(app: Flask, cast: Cast, fee: int) -> None:
    set_rule(cast, owner_change=OwnerChange.WHOLE_MONTH)
    bill(cast, AUGUST)
    bill(cast, SEPTEMBER)
    seen = look(cast, sale(cast))
    assert [(part.seller_days, str(part.seller), str(part.buyer)) for part in seen.parts] == [
        (31, "58.50", "0.00"),
        (0, "0.00", "58.50"),
    ]
    do(cast, sale(cast))
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "58.50"}


def test_a_co_owner_who_remains_comes_first_and_is_billed(app: Flask, cast: Cast, fee: int) -> None:
    """Zhang leaves 3-2-501, Li Na remains with the buyer: from that day the bill is Li Na's."""
    ask = sale(cast, "3-2-501", ("zhang",))
    do(cast, ask)
    owners = list_owners(cast.community, cast.units["3-2-501"], SIXTEENTH)
    assert [(held.party.name, held.position) for held in owners] == [("李娜", 1), ("陈静", 2)]
    bill(cast, AUGUST)
    assert sums(cast, "3-2-501", AUGUST) == {"张小明": "27.22", "李娜": "29.02"}


def test_a_new_co_owner_changes_nothing_on_the_bills(app: Flask, cast: Cast, fee: int) -> None:
    bill(cast, AUGUST)
    ask = sale(cast, sellers=())
    seen = look(cast, ask)
    assert [(str(part.seller), str(part.buyer), part.buyer_days) for part in seen.parts] == [("0.00", "58.50", 31)]
    do(cast, ask)
    assert [held.party.name for held in list_owners(cast.community, cast.units["1-1-101"], SIXTEENTH)] == [
        "欧阳志远",
        "陈静",
    ]
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "58.50"}


def test_shares_are_kept(app: Flask, cast: Cast, fee: int) -> None:
    two = (Buyer("buyer1", None, CHEN, "1/3"), Buyer("buyer2", None, replace(CHEN, name="陈明"), "2/3"))
    do(cast, sale(cast, buyers=two))
    shares = db.session.execute(
        sa.select(Ownership.share)
        .where(Ownership.unit_id == cast.units["1-1-101"])
        .order_by(Ownership.position, Ownership.from_on)
    )
    assert [share for (share,) in shares] == ["", "1/3", "2/3"]
    half = (Buyer("buyer1", None, CHEN, "1/3"), Buyer("buyer2", None, replace(CHEN, name="陈明"), "1/3"))
    with pytest.raises(Refused, match="add up"):
        look(cast, sale(cast, "3-2-502", ("zhang",), buyers=half))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"on": date(2026, 9, 21)}, "on"),
        ({"on": date(2014, 10, 31)}, "on"),
        ({"on": date(1989, 12, 31)}, "on"),
        ({"due_on": date(2026, 9, 19)}, "due_on"),
        ({"buyers": ()}, "find"),
        ({"buyers": (Buyer("buyer1", None, replace(CHEN, id_number="110101199003070001")),)}, "buyer1_id_number"),
        ({"buyers": (Buyer("buyer1", None, replace(CHEN, phones=("1",))),)}, "buyer1_phones"),
        ({"buyers": (Buyer("buyer1", None, CHEN, "half"),)}, "buyer1_share"),
    ],
)
def test_what_will_not_do_is_refused_at_its_field(
    app: Flask, cast: Cast, fee: int, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        look(cast, sale(cast, **changed))
    assert refusal.value.field == field


def test_a_stranger_cannot_sell(app: Flask, cast: Cast, fee: int) -> None:
    with pytest.raises(NotFound):
        look(cast, sale(cast, sellers=("zhang",)))


def test_an_owner_is_no_buyer(app: Flask, cast: Cast, fee: int) -> None:
    with pytest.raises(Refused) as refusal:
        look(cast, sale(cast, buyers=(Buyer("known", cast.parties["ouyang"], None),)))
    assert refusal.value.field == "known"


def test_nothing_is_done_when_something_changed_since_it_was_seen(app: Flask, cast: Cast, fee: int) -> None:
    ask = sale(cast)
    seen = look(cast, ask)
    owe(cast, "1-1-101", "2026-06", "58.50")
    with pytest.raises(Refused, match="changed since you looked"):
        transaction(lambda: transfer(by(cast), ask, Choices(seen.hash, "k")))
    assert db.session.query(Transfer).count() == 0


def test_the_same_submission_twice_is_one_change(app: Flask, cast: Cast, fee: int) -> None:
    ask = sale(cast)
    choices = Choices(look(cast, ask).hash, "same")
    first = transaction(lambda: transfer(by(cast), ask, choices))
    assert transaction(lambda: transfer(by(cast), ask, choices)) == first
    assert db.session.query(Transfer).count() == 1
    with pytest.raises(Refused, match="owns this unit no more"):
        transaction(lambda: transfer(by(cast), ask, replace(choices, key="other")))


def test_entered_wrongly_it_goes_back_by_another_change(app: Flask, cast: Cast, fee: int) -> None:
    """With the debt and the prepaid money, everything stands as before."""
    bill(cast, AUGUST)
    owe(cast, "1-1-101", "2026-06", "58.50")
    ask = sale(cast)
    [june, _] = look(cast, ask).debts
    do(cast, ask, "there", take=(june.key,), agreement="补充协议", signed_by="陈静")
    chen = db.session.query(Party).filter_by(name="陈静").one().id
    back = sale(cast, sellers=(), leave=(chen,), buyers=(Buyer("known", cast.parties["ouyang"], None),))
    seen = look(cast, back)
    keys = tuple(debt.key for debt in seen.debts)
    do(cast, back, "back", take=keys, agreement="误录，退回原业主", signed_by="欧阳志远")
    assert [held.party.name for held in list_owners(cast.community, cast.units["1-1-101"], SIXTEENTH)] == ["欧阳志远"]
    owed = [(line.debtor_id, line.open) for line in list_charges(cast.community, [cast.units["1-1-101"]]) if line.open]
    assert {debtor for debtor, _ in owed} == {cast.parties["ouyang"]}
    assert total(amount for _, amount in owed) == Money.yuan("117.00")


@pytest.mark.parametrize(
    "row", table("transfers.md", "paid of August", "seller still owes", "back to the seller", "buyer owes")
)
def test_a_billed_month_by_what_was_paid_of_it(app: Flask, cast: Cast, fee: int, row: tuple[str, ...]) -> None:
    paid, owes, back, buyer = row
    bill(cast, AUGUST)
    [charge] = list_charges(cast.community, [cast.units["1-1-101"]])
    if paid != "0.00":
        pay(cast, "1-1-101", [charge.id], paid)
    seen = look(cast, sale(cast))
    assert [str(debt.open) for debt in seen.debts] == ([owes] if owes != "0.00" else [])
    assert [str(held.balance) for held in seen.held] == ([back] if back != "0.00" else [])
    do(cast, sale(cast), ways=tuple((held.key, WalletWay.REFUND_CASH) for held in seen.held))
    lines = list_charges(cast.community, [cast.units["1-1-101"]])
    assert str(total(line.open for line in lines if line.debtor_id == cast.parties["ouyang"])) == owes
    assert str(total(line.open for line in lines if line.debtor_id != cast.parties["ouyang"])) == buyer
    assert str(-account(cast, "2246")) == back


@pytest.mark.parametrize(
    "row", table("transfers.md", "held", "gift in it", "chosen", "taken back", "to be paid back", "handed on")
)
def test_prepaid_money_by_what_was_chosen(app: Flask, cast: Cast, fee: int, row: tuple[str, ...]) -> None:
    held, gift, chosen, *expected = row
    own = Money.read(held) - Money.read(gift)
    if own:
        give(cast, "1-1-101", str(own), "ouyang")
    if gift != "0.00":
        give(cast, "1-1-101", gift, "ouyang", kind=MoveKind.GIFT)
    [seen] = look(cast, sale(cast)).held
    assert (str(seen.balance), str(seen.gift)) == (held, gift)
    ways = () if chosen == "none" else ((seen.key, WalletWay(chosen)),)
    done = do(cast, sale(cast), ways=ways, refund_to="工商银行 6222")
    [line] = db.session.query(TransferWallet).filter_by(transfer_id=done)
    left = {wallet.party_id: wallet.balance for wallet in list_wallets(cast.community, [cast.units["1-1-101"]])}
    assert cast.parties["ouyang"] not in left
    assert [str(line.gift), str(-account(cast, "2246")), str(total(left.values()))] == expected


def test_reliefs_end_and_the_buyer_pays_in_full(app: Flask, cast: Cast, fee: int) -> None:
    """Half the fee by a hardship certificate: 14.15 of 28.31 stays for the seller, all of 30.19 for the buyer."""
    relief_id = approved(cast, hardship(cast, "1-1-101"))
    bill(cast, AUGUST)
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "29.25"}
    waiting = apply_for(cast, hardship(cast, "1-1-101", from_on=date(2027, 1, 1), valid_until=date(2027, 12, 31)))
    seen = look(cast, sale(cast))
    assert [(each.kind, each.ends_on) for each in seen.reliefs] == [("HARDSHIP", SIXTEENTH), ("HARDSHIP", None)]
    [part] = seen.parts
    assert (str(part.seller_was), str(part.seller), str(part.buyer)) == ("29.25", "14.15", "30.19")
    do(cast, sale(cast))
    ended = get_relief(cast.community, relief_id)
    assert (ended.state, ended.ended_on) == (ReliefState.ENDED, SIXTEENTH)
    assert get_relief(cast.community, waiting).state is ReliefState.APPLIED
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "14.15", "陈静": "30.19"}


def test_shares_of_a_pool_are_parted_too(app: Flask, cast: Cast, fee: int) -> None:
    """31.00 yuan of shared power for the home alone: 15 and 16 of 31 days."""
    item = transaction(lambda: add_item(by(cast, "manager"), ItemKind.SHARED, "POWER", "公摊电费", "Shared power", 31))
    price = Price(Decimal(0), basis=Basis.POOL)
    wanted = Published(UnitUse.HOME, price, date(2025, 1, 1), Authority.CONTRACT, "合同第 8 条", True)
    transaction(lambda: publish(by(cast, "manager"), item, wanted))
    pool = Wanted(item, AUGUST, Money.yuan(31), Way.KEY, EVERYWHERE, "1 度", "单", {"1-1-101": Decimal(1)})
    transaction(lambda: enter_pool(by(cast), pool))
    bill(cast, AUGUST)
    parts = {part.item: (str(part.seller), str(part.buyer)) for part in look(cast, sale(cast)).parts}
    assert parts == {"物业费": ("28.31", "30.19"), "公摊电费": ("15.00", "16.00")}
    do(cast, sale(cast))
    assert sums(cast, "1-1-101", AUGUST) == {"欧阳志远": "43.31", "陈静": "46.19"}


@given(
    paid=st.integers(0, 5850),
    held=st.integers(0, 20000),
    gift=st.integers(0, 5000),
    old=st.integers(1, 9000),
    take=st.booleans(),
    way=st.sampled_from(WalletWay),
    day=st.dates(date(2026, 7, 20), date(2026, 9, 20)),
    months=st.sampled_from([(), (AUGUST,), (AUGUST, SEPTEMBER)]),
)
@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_change_of_owner_conserves_money(
    site: Flask, cast: Cast, paid: int, held: int, gift: int, old: int, take: bool, way: WalletWay, day: date,
    months: tuple[Period, ...],
) -> None:  # fmt: skip
    """Whatever was billed, paid, held and chosen: nothing is charged twice, and no money is made or lost."""
    if not db.session.query(ChargeItem).count():
        fee_items(cast)
    wanted = sale(cast, on=day)

    def play() -> None:
        owe_now(cast, "1-1-101", "2026-06", Money(old))
        for month in months:
            confirm(by(cast), month, preview(cast.community, month).seen_hash)
        first = [line for line in list_charges(cast.community, [cast.units["1-1-101"]]) if line.period == AUGUST]
        if paid and first:
            cash = (Tender(Method.CASH, Money(paid)),)
            take_payment(by(cast, "cashier"), Request("h", cast.units["1-1-101"], (first[0].id,), cash, ""))
        for amount, kind in ((held, MoveKind.CREDITED), (gift, MoveKind.GIFT)):
            if amount:
                give_now(cast, "1-1-101", Money(amount), kind)
        before = _stand(cast)
        staged = db.session.begin_nested()
        seen = rehearse(by(cast), wanted)
        staged.rollback()
        choices = Choices(
            seen.hash, "h", tuple(debt.key for debt in seen.debts if take), "补充协议", "陈静",
            tuple((each.key, way) for each in seen.held if each.rest), "工商银行",
        )  # fmt: skip
        transfer(by(cast), wanted, choices)
        after = _stand(cast)
        gifts = total(each.gift for each in seen.held)
        assert after["charged"] == before["charged"]
        assert after["net"] == before["net"] + gifts
        assert after["receivable"] - before["receivable"] == after["open"] - before["open"]
        assert after["prepayments"] == after["held"]
        assert run(db.session.connection(), all_checks()) == []
        for month in months:
            parts = [part for part in seen.parts if part.period == month]
            assert total(part.total for part in parts) == total(part.seller_was + part.buyer_was for part in parts)

    rehearsed(play)


def _stand(cast: Cast) -> dict[str, Money]:
    """What is charged and open on 1-1-101, what is held for it, and what of all that the household is still out."""
    lines = list_charges(cast.community, [cast.units["1-1-101"]])
    left = total(line.open for line in lines)
    held = total(wallet.balance for wallet in list_wallets(cast.community, [cast.units["1-1-101"]]))
    return {
        "charged": total(line.amount - line.reduced for line in lines),
        "open": left,
        "held": held,
        "net": left - held + account(cast, "2246"),
        "receivable": account(cast, "1122.01"),
        "prepayments": -account(cast, "2203"),
    }


def test_the_late_charge_run_up_before_a_debt_was_taken_over_stays_the_sellers(
    app: Flask, cast: Cast, fee: int
) -> None:
    """58.50 due 30 June, taken over on 20 September: 82 days at 0.03 % are 1.44, and no more from then on."""
    old = owe(cast, "1-1-101", "2026-06", "58.50")
    ask_for(cast)
    [june] = look(cast, sale(cast)).debts
    do(cast, sale(cast), take=(june.key,), agreement="补充协议", signed_by="陈静")
    terms, unit = terms_of(cast.community), [cast.units["1-1-101"]]
    for day in (date(2026, 9, 20), date(2026, 10, 5)):
        assert [(memo.line.id, str(memo.amount)) for memo in list_memos(cast.community, unit, day, terms)] == [
            (old, "1.44")
        ]
    later = list_memos(cast.community, unit, date(2026, 10, 15), terms)
    assert {memo.line.debtor_id == cast.parties["ouyang"]: str(memo.amount) for memo in later} == {
        True: "1.44", False: "0.18",
    }  # fmt: skip


def test_a_disputed_debt_is_not_taken_over(app: Flask, cast: Cast, fee: int) -> None:
    charge = owe(cast, "1-1-101", "2026-06", "58.50")
    transaction(lambda: open_dispute(by(cast), charge, "漏水未修"))
    [june] = look(cast, sale(cast)).debts
    assert june.disputed
    with pytest.raises(Refused) as refusal:
        do(cast, sale(cast), take=(june.key,), agreement="补充协议", signed_by="陈静")
    assert refusal.value.field == "take"
    do(cast, sale(cast))


def test_months_paid_ahead_and_paid_back_can_be_paid_ahead_anew(app: Flask, cast: Cast, fee: int) -> None:
    """Ouyang pays three months ahead and sells: refunded, the buyer begins with this month; handed on, after them."""
    unit, item = cast.units["1-1-101"], fee
    wish = Wish(Term.MONTHS, months=3)
    [quoted] = quote(cast.community, [(unit, item)], wish, AT.date())
    tenders = (Tender(Method.CASH, quoted.paid),)
    request = PrepayRequest("pp", unit, ((unit, item),), wish, quoted.paid, tenders, "欧阳志远")
    transaction(lambda: prepay(by(cast, "cashier"), request))
    ask = sale(cast, on=AT.date())
    [held] = look(cast, ask).held
    assert (held.item, held.through) == ("物业费", Period(2026, 11))
    starts = []
    for way in (WalletWay.HAND_ON, WalletWay.REFUND_CASH):

        def play(way: WalletWay = way) -> Period:
            staged = db.session.begin_nested()
            seen = rehearse(by(cast), ask)
            staged.rollback()
            transfer(by(cast), ask, Choices(seen.hash, "x", ways=((held.key, way),)))
            return first_months(cast.community, [(unit, item)], SEPTEMBER)[unit, item]

        starts.append(rehearsed(play))
    assert starts == [Period(2026, 12), SEPTEMBER]


def test_a_day_long_ago_looks_only_at_months_that_were_billed(app: Flask, cast: Cast, fee: int) -> None:
    """An owner since always sold in 1995: all that was billed since falls to the buyer."""
    db.session.query(Ownership).filter_by(unit_id=cast.units["1-1-101"]).update({"from_on": date(1900, 1, 1)})
    db.session.commit()
    bill(cast, AUGUST)
    seen = look(cast, sale(cast, on=date(1995, 5, 16)))
    assert [(part.period, str(part.seller), str(part.buyer)) for part in seen.parts] == [(AUGUST, "0.00", "58.50")]


def test_a_renovation_levy_is_taken_over_inside_its_own_fund(app: Flask, cast: Cast, fee: int) -> None:
    owe(cast, "1-1-101", "2026-06", "800.00", "LEVY")
    [levy] = look(cast, sale(cast)).debts
    do(cast, sale(cast), take=(levy.key,), agreement="补充协议", signed_by="陈静")
    assert sums(cast, "1-1-101", Period(2026, 6)) == {"欧阳志远": "0.00", "陈静": "800.00"}
    booked = db.session.execute(
        sa.select(Entry.fund, Entry.total).where(Entry.kind == "transfers.take_over").order_by(Entry.id)
    ).all()
    assert [(fund, str(amount)) for fund, amount in booked] == [("RN", "800.00"), ("RN", "800.00")]
