"""The bill of a household for a month (缴费账单): that month's charges, what is open of earlier ones, how to pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from feeapp.billing.queries import ChargeLine, list_charges
from feeapp.billing.saying import english, explain
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.printing.notice import MOST_LINES, NoticeLine, NoticePaper
from feeapp.registry.models import Building, Community, Ownership, Party, Unit
from feeapp.registry.queries import owners_of, portions
from feeapp.registry.standing import standing
from feeapp.statements.gathering import Owned, leads
from feeapp.statements.wording import in_chinese, month
from feeapp.storage.db import db

PAY_WITHIN_DAYS = 15
_LONGEST_EXPLANATION = 300


@dataclass(frozen=True, slots=True)
class Terms:
    """How bills are made out: for which month, on which day, with English beside, and where residents' pages are."""

    month: Period
    on: date
    english: bool = False
    portal: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What one household is asked to pay. ``former`` where the debtor no longer owns the unit."""

    unit: Unit
    building: str
    names: str
    lines: tuple[ChargeLine, ...]
    arrears: tuple[ChargeLine, ...]
    former: bool = False

    @property
    def due(self) -> Money:
        return total(line.open for line in (*self.lines, *self.arrears))


def list_bills(community_id: int, unit_ids: Collection[int], terms: Terms, *, riding: bool = True) -> list[Bill]:
    """The bills of households whose home or shop is among these units, in walking order.

    Each is followed by those of former owners who still owe on the unit. ``riding`` puts parking spaces and storage
    rooms on their owner's bill. A unit without an owner gets none, unless a former owner owes on it.
    """
    return [bill for some in portions(unit_ids) for bill in _bills(community_id, frozenset(some), terms, riding=riding)]


def find_lead(community_id: int, unit_id: int, on: date) -> int:
    """The unit on whose bill a unit stands."""
    owners = owners_of(community_id, [unit_id], on).get(unit_id, [])
    if not owners:
        return unit_id
    return leads(_owned(community_id, [owners[0].id], on)).get(unit_id, unit_id)


def _bills(community_id: int, unit_ids: frozenset[int], terms: Terms, *, riding: bool) -> Iterable[Bill]:
    owners = owners_of(community_id, unit_ids, terms.on)
    first = {unit_id: parties[0].id for unit_id, parties in owners.items() if parties}
    lead = leads(_owned(community_id, first.values(), terms.on)) if riding else {}
    members: dict[int, list[int]] = defaultdict(list)
    for unit_id, leader in lead.items():
        members[leader].append(unit_id)
    everywhere = set(unit_ids) | {each for unit_id in unit_ids for each in members.get(unit_id, [])}
    charges: dict[int, list[ChargeLine]] = defaultdict(list)
    for some in portions(everywhere):
        for charge in list_charges(community_id, some):
            if charge.period == terms.month or (charge.period < terms.month and charge.open > ZERO):
                charges[charge.unit_id].append(charge)
    for unit, building in _walk(community_id, unit_ids):
        parties = owners.get(unit.id, [])
        known = {party.id for party in parties}
        if parties and lead.get(unit.id, unit.id) == unit.id:
            mine = [
                each
                for unit_id in dict.fromkeys((unit.id, *sorted(members.get(unit.id, []))))
                for each in charges[unit_id]
                if each.debtor_id in known
            ]
            yield _bill(unit, building, "、".join(party.name for party in parties), mine, terms)
        owing = [each for each in charges[unit.id] if each.debtor_id not in known and each.open > ZERO]
        for debtor_id in dict.fromkeys(each.debtor_id for each in owing):
            debtor = db.session.get_one(Party, (community_id, debtor_id))
            theirs = [each for each in owing if each.debtor_id == debtor_id]
            yield _bill(unit, building, debtor.name, theirs, terms, former=True)


def _bill(
    unit: Unit, building: str, names: str, charges: Iterable[ChargeLine], terms: Terms, *, former: bool = False
) -> Bill:
    of_month = tuple(each for each in charges if each.period == terms.month)
    return Bill(unit, building, names, of_month, tuple(each for each in charges if each.period != terms.month), former)


def _owned(community_id: int, owners: Iterable[int], on: date) -> list[Owned]:
    """Every unit whose first-named owner is one of these."""
    return [
        Owned(unit_id, use, owner_id)
        for some in portions(owners)
        for unit_id, use, owner_id in db.session.execute(
            sa.select(Unit.id, Unit.use, Ownership.party_id)
            .join(Ownership, sa.and_(Ownership.community_id == Unit.community_id, Ownership.unit_id == Unit.id))
            .where(
                Unit.community_id == community_id,
                Unit.withdrawn_at.is_(None),
                Ownership.party_id.in_(some),
                Ownership.position == 1,
                standing(on),
            )
        )
    ]


def _walk(community_id: int, unit_ids: Collection[int]) -> list[tuple[Unit, str]]:
    found = db.session.execute(
        sa.select(Unit, Building.name)
        .join(Building, sa.and_(Building.community_id == Unit.community_id, Building.id == Unit.building_id))
        .where(Unit.community_id == community_id, Unit.id.in_(list(unit_ids)), Unit.withdrawn_at.is_(None))
        .order_by(Building.position, Building.id, Unit.walk, Unit.code)
    )
    return [(unit, building) for unit, building in found]


def paper_of(bill: Bill, community: Community, terms: Terms) -> NoticePaper:
    """The frozen bill. Chinese always stands; the explanations have their English beside where it is asked for."""
    lines = tuple(_line(each, terms) for each in bill.lines)
    arrears = _arrears(bill.arrears, terms, MOST_LINES - len(lines))
    due = [each.due_on for each in bill.lines if each.due_on >= terms.on]
    return NoticePaper(
        title="缴费账单",
        community=community.name,
        body=community.operator,
        number=f"{bill.unit.code[:25]}-{terms.month.key}",
        issued_on=terms.on,
        addressee=bill.names[:64],
        address=(bill.unit.name, community.name)
        if bill.unit.name != bill.unit.code
        else (bill.unit.code, community.name),
        lines=lines,
        total=bill.due,
        pay_by=max(due) if due else terms.on + timedelta(days=PAY_WITHIN_DAYS),
        ways_to_pay=tuple(line.strip()[:60] for line in community.how_to_pay.splitlines() if line.strip())[:5],
        contact=community.phone or None,
        language="en" if terms.english else "zh",
        month=month(terms.month, "zh"),
        arrears=arrears,
        room=bill.unit.code,
        portal=terms.portal or None,
    )


def _line(charge: ChargeLine, terms: Terms) -> NoticeLine:
    return NoticeLine(
        charge.unit_code, _item(charge, terms), month(charge.period, "zh"), _explained(charge, terms), charge.open
    )


def _item(charge: ChargeLine, terms: Terms) -> str:
    return f"{charge.item_name} {charge.item_name_en}"[:40] if terms.english else charge.item_name[:40]


def _explained(charge: ChargeLine, terms: Terms) -> str:
    """The arithmetic, and what was already paid or taken off where that is not nothing."""
    sentence = explain(charge.facts, in_chinese)
    if charge.open != charge.amount:
        sentence += f"；已缴或减免 {charge.amount - charge.open} 元，未缴 {charge.open} 元"
    if not terms.english:
        return sentence[:_LONGEST_EXPLANATION]
    both = f"{sentence}　{explain(charge.facts, english)}"
    return both if len(both) <= _LONGEST_EXPLANATION else sentence[:_LONGEST_EXPLANATION]


def _arrears(charges: Sequence[ChargeLine], terms: Terms, most: int) -> tuple[NoticeLine, ...]:
    """What is open of earlier months: one line for a unit, item and year; for a unit and item where too many."""
    by_year: dict[tuple[str, int, int], list[ChargeLine]] = defaultdict(list)
    by_item: dict[tuple[str, int, int], list[ChargeLine]] = defaultdict(list)
    for charge in charges:
        by_year[charge.unit_code, charge.item_id, charge.period.year].append(charge)
        by_item[charge.unit_code, charge.item_id, 0].append(charge)
    groups: Mapping[tuple[str, int, int], list[ChargeLine]] = by_year if len(by_year) <= most else by_item
    return tuple(_together(group, terms) for group in groups.values())


def _together(group: Sequence[ChargeLine], terms: Terms) -> NoticeLine:
    if len(group) == 1:
        return _line(group[0], terms)
    first, last = min(each.period for each in group), max(each.period for each in group)
    upto = f"{last.month}月" if last.year == first.year else month(last, "zh")
    billed, left = total(each.amount for each in group), total(each.open for each in group)
    said = f"欠缴 {len(group)} 笔，应收合计 {billed} 元，已缴或减免 {billed - left} 元"
    if terms.english:
        said += f"　{len(group)} charges of {billed} yuan in all, {billed - left} yuan paid or reduced"
    period = month(first, "zh") if first == last else f"{month(first, 'zh')}至{upto}"
    return NoticeLine(group[0].unit_code, _item(group[0], terms), period, said, left)
