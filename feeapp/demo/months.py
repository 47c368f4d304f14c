"""Two billed months and what came in for them: most paid, some in part, some not; this month is left to be billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

import sqlalchemy as sa

from feeapp.billing.previewing import preview
from feeapp.billing.queries import list_open_charges
from feeapp.billing.runs import confirm
from feeapp.cashier.actions import print_copy, take_payment
from feeapp.cashier.households import get_household
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.clock import OFFICE_ZONE, office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.powers import Role
from feeapp.demo.people import HOME, find_unit
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.db import db

SEED = 20260101
PAYING = (5, 3)
"""How many households in ten come to the counter in the first and in the second month."""

TODAY = 6
"""How many more come today, before the visitor looks."""

WAYS = {Method.CASH: 30, Method.WECHAT: 36, Method.ALIPAY: 20, Method.POS: 6, Method.TRANSFER: 8}
"""Of a hundred payments, how many are made in which way."""


def first_period(at: datetime) -> Period:
    """The first of the two months before this one."""
    return Period.of(office_day(at)).plus(-2)


def office_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of the office's day."""
    return datetime.combine(day, time(hour, minute), OFFICE_ZONE)


def bill(by: By, period: Period) -> None:
    """Look at a month and confirm what was seen."""
    confirm(by, period, preview(by.community_id, period).seen_hash)


def live_through(community_id: int, people: Mapping[Role, int], at: datetime) -> None:
    """Bill both months, and take what is paid in the course of them and today."""
    random = Random(SEED)  # noqa: S311 - the demo is to be the same every time
    units = _homes_and_shops(community_id)
    home = find_unit(community_id, HOME)
    assert home is not None, "the demo's ledger has the resident's home"  # noqa: S101
    cashier = people[Role.CASHIER]
    for nth, in_ten in enumerate(PAYING):
        period = first_period(at).plus(nth)
        bill(By(community_id, people[Role.ACCOUNTANT], office_hour(period.first_day, 9)), period)
        coming = random.sample(units, len(units) * in_ten // 10)
        if nth == 0:
            _pay_by_transfer_and_cash(By(community_id, cashier, office_hour(period.first_day + timedelta(4), 10)), home)
        until = period.plus(1).first_day if nth == 0 else office_day(at)
        days = [period.first_day + timedelta(day) for day in range(5, (until - period.first_day).days)]
        for unit_id, instant in zip(coming, _instants(random, days, len(coming)), strict=True):
            _pay(By(community_id, cashier, instant), unit_id, random, besides=home)
    for nth, unit_id in enumerate(random.sample(units, TODAY)):
        _pay(By(community_id, cashier, at - timedelta(minutes=(TODAY - nth) * 7)), unit_id, random, besides=home)


def _homes_and_shops(community_id: int) -> list[int]:
    query = sa.select(Unit.id).filter_by(community_id=community_id).order_by(Unit.code)
    return list(db.session.scalars(query.where(Unit.use.in_([UnitUse.HOME, UnitUse.SHOP]))))


def _instants(random: Random, days: Sequence[date], count: int) -> Iterator[datetime]:
    drawn = sorted((random.choice(days), random.randrange(510)) for _ in range(count))
    return (office_hour(day, 8, 30) + timedelta(minutes=minute) for day, minute in drawn)


@dataclass(frozen=True, slots=True)
class _Owing:
    """A household at the counter and all that it owes."""

    unit_ids: tuple[int, ...]
    payer: str
    charge_ids: tuple[int, ...]
    due: Money


def _owing(by: By, unit_id: int) -> _Owing:
    household = get_household(by.community_id, unit_id, office_day(by.at))
    charges = list_open_charges(by.community_id, household.unit_ids)
    return _Owing(
        household.unit_ids, household.payer, tuple(each.id for each in charges), total(each.open for each in charges)
    )


def _pay(by: By, unit_id: int, random: Random, besides: int) -> None:
    """One household's visit; nothing where it owes nothing, and not the resident's, whose open bill is to be seen."""
    owing = _owing(by, unit_id)
    tenders = _tenders(by.at, owing.due, random)
    if owing.due and besides not in owing.unit_ids:
        _take(by, unit_id, owing, tenders)


def _pay_by_transfer_and_cash(by: By, unit_id: int) -> None:
    owing = _owing(by, unit_id)
    transfer = Money.yuan(300)
    tenders = (Tender(Method.CASH, _in_notes(owing.due - transfer)), Tender(Method.TRANSFER, transfer, _slip(by.at, 1)))
    _take(by, unit_id, owing, tenders)


def _take(by: By, unit_id: int, owing: _Owing, tenders: tuple[Tender, ...]) -> None:
    key = f"demo-{unit_id}-{by.at:%Y%m%d%H%M}"
    taken = take_payment(by, Request(key, unit_id, owing.charge_ids, tenders, owing.payer))
    print_copy(by, taken.receipt_id)


def _tenders(at: datetime, due: Money, random: Random) -> tuple[Tender, ...]:
    """How a sum is paid: mostly whole and in one way, one in twelve in part, one in ten in two ways."""
    method = random.choices(list(WAYS), list(WAYS.values()))[0]
    in_part, in_two, number = random.random() < 1 / 12, random.random() < 1 / 10, random.randrange(10**6)
    if in_part:
        due = Money(due.fen // 2 // 1000 * 1000) or due
    if in_two and due > Money.yuan(100):
        return (Tender(Method.CASH, Money.yuan(50)), Tender(Method.WECHAT, due - Money.yuan(50), _slip(at, number)))
    if method is not Method.CASH:
        return (Tender(method, due, _slip(at, number)),)
    return (Tender(Method.CASH, due if in_part else _in_notes(due)),)


def _slip(at: datetime, number: int) -> str:
    return f"{office_day(at):%Y%m%d}{number:06d}"


def _in_notes(due: Money) -> Money:
    """The sum in notes of fifty yuan, as most people hand it over."""
    notes, rest = divmod(due.fen, 5000)
    return Money((notes + bool(rest)) * 5000) if due > ZERO else due
