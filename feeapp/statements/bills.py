"""The bill of a household for a month (缴费账单): that month's charges, what is open of earlier ones, how to pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa

from feeapp.billing.disputes import disputed_ids
from feeapp.billing.late import LateFacts, explain_late, rate_words
from feeapp.billing.lateness import Memo, list_memos, terms_of
from feeapp.billing.queries import ChargeLine, list_charges, marked
from feeapp.billing.saying import Say, english, explain
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import msg
from feeapp.printing.notice import IN_DISPUTE, MOST_LINES, Aside, NoticeLine, NoticePaper
from feeapp.registry.models import Building, Community, Ownership, Party, Unit
from feeapp.registry.queries import owners_of, portions
from feeapp.registry.standing import standing
from feeapp.statements.gathering import Owned, leads
from feeapp.statements.wording import in_chinese, month
from feeapp.storage.db import db

PAY_WITHIN_DAYS = 15
LONGEST_EXPLANATION = 300
_MOST_BESIDE = 12
"""How many lines of each kind that is not asked for stand one by one; more are gathered year by year."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How bills are made out: for which month, on which day, with English beside, and where residents' pages are."""

    month: Period
    on: date
    english: bool = False
    portal: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What one household is asked to pay. ``former`` where the debtor no longer owns the unit.

    Beside it stand what it disputes, which is not asked for yet, and the late charges that have run up on the rest,
    which fall due when it pays.
    """

    unit: Unit
    building: str
    names: str
    lines: tuple[ChargeLine, ...]
    arrears: tuple[ChargeLine, ...]
    former: bool = False
    disputed: tuple[ChargeLine, ...] = ()
    late: tuple[Memo, ...] = ()

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
    owed = _owed(community_id, everywhere, terms)
    for unit, building in _walk(community_id, unit_ids):
        parties = owners.get(unit.id, [])
        known = {party.id for party in parties}
        if parties and lead.get(unit.id, unit.id) == unit.id:
            units = tuple(dict.fromkeys((unit.id, *sorted(members.get(unit.id, [])))))
            names = "、".join(party.name for party in parties)
            yield _bill(unit, building, names, owed.of(units, known), terms)
        owing = [each for each in owed.charges[unit.id] if each.debtor_id not in known and each.open > ZERO]
        for debtor_id in dict.fromkeys(each.debtor_id for each in owing):
            debtor = db.session.get_one(Party, (community_id, debtor_id))
            theirs = owed.of((unit.id,), {debtor_id})
            still = [each for each in theirs.charges[unit.id] if each.open > ZERO]
            yield _bill(unit, building, debtor.name, replace(theirs, charges={unit.id: still}), terms, former=True)


@dataclass(frozen=True, slots=True)
class _Owed:
    """The charges of some units that stand on bills, what has run up on charges, and what of all is in dispute."""

    charges: Mapping[int, list[ChargeLine]]
    late: Mapping[int, list[Memo]]
    disputed: frozenset[int]

    def of(self, unit_ids: Iterable[int], debtors: Collection[int]) -> _Owed:
        """What these debtors owe on these units, unit by unit."""
        units = tuple(unit_ids)
        return _Owed(
            {key: [each for each in self.charges.get(key, ()) if each.debtor_id in debtors] for key in units},
            {key: [each for each in self.late.get(key, ()) if each.line.debtor_id in debtors] for key in units},
            self.disputed,
        )


def _owed(community_id: int, unit_ids: Collection[int], terms: Terms) -> _Owed:
    charges: dict[int, list[ChargeLine]] = defaultdict(list)
    late: dict[int, list[Memo]] = defaultdict(list)
    asked = terms_of(community_id)
    for some in portions(unit_ids):
        for charge in marked(community_id, list_charges(community_id, some)):
            if charge.voided:
                continue
            if charge.period == terms.month or (charge.period < terms.month and charge.open > ZERO):
                charges[charge.unit_id].append(charge)
        for memo in list_memos(community_id, some, terms.on, asked):
            late[memo.line.unit_id].append(memo)
    return _Owed(charges, late, frozenset(disputed_ids(community_id)))


def _bill(unit: Unit, building: str, names: str, owed: _Owed, terms: Terms, *, former: bool = False) -> Bill:
    every = [each for charges in owed.charges.values() for each in charges]
    disputed = tuple(each for each in every if each.id in owed.disputed and each.open > ZERO)
    asked = [each for each in every if each not in disputed]
    late = tuple(memo for memos in owed.late.values() for memo in memos if memo.line.id not in owed.disputed)
    return Bill(
        unit, building, names,
        lines=tuple(each for each in asked if each.period == terms.month),
        arrears=tuple(each for each in asked if each.period != terms.month),
        former=former,
        disputed=disputed,
        late=late,
    )  # fmt: skip


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
        asides=tuple(_asides(bill, terms)),
    )


def _asides(bill: Bill, terms: Terms) -> Iterator[Aside]:
    """What the bill tells of and does not ask for."""
    if bill.disputed:
        lines = _arrears(bill.disputed, terms, _MOST_BESIDE)
        yield Aside(*IN_DISPUTE, lines)
    if bill.late:
        yield Aside(
            f"截至 {terms.on} 违约金（缴费时收取，不计入合计）",
            "Late charges, due on payment",
            _late(bill.late, terms),
        )


def _line(charge: ChargeLine, terms: Terms) -> NoticeLine:
    return NoticeLine(
        charge.unit_code, item_of(charge, terms), month(charge.period, "zh"), _explained(charge, terms), charge.open
    )


def item_of(charge: ChargeLine, terms: Terms) -> str:
    """The item as a line of a bill names it."""
    return f"{charge.item_name} {charge.item_name_en}"[:40] if terms.english else charge.item_name[:40]


def _explained(charge: ChargeLine, terms: Terms) -> str:
    """The arithmetic, and what was already paid or taken off where that is not nothing."""
    sentence = f"{whence(charge)}{explain(charge.facts, in_chinese)}"
    if charge.open != charge.amount:
        sentence += f"；已缴或减免 {charge.amount - charge.open} 元，未缴 {charge.open} 元"
    if not terms.english:
        return sentence[:LONGEST_EXPLANATION]
    both = f"{sentence}　{explain(charge.facts, english)}"
    return both if len(both) <= LONGEST_EXPLANATION else sentence[:LONGEST_EXPLANATION]


def whence(charge: ChargeLine) -> str:
    """What stands before the arithmetic of a charge that no bill run of its month made."""
    if charge.replaces:
        return "替代已作废的账单："
    return "补收：" if charge.supplementary else ""


def _arrears(charges: Sequence[ChargeLine], terms: Terms, most: int) -> tuple[NoticeLine, ...]:
    """What is open of earlier months: one line for a unit, item and year; for a unit and item where too many."""
    by_year: dict[tuple[str, int, int], list[ChargeLine]] = defaultdict(list)
    by_item: dict[tuple[str, int, int], list[ChargeLine]] = defaultdict(list)
    for charge in charges:
        by_year[charge.unit_code, charge.item_id, charge.period.year].append(charge)
        by_item[charge.unit_code, charge.item_id, 0].append(charge)
    groups: Mapping[tuple[str, int, int], list[ChargeLine]] = by_year if len(by_year) <= most else by_item
    return tuple(_together(group, terms) for group in groups.values())


def _late(memos: Sequence[Memo], terms: Terms) -> tuple[NoticeLine, ...]:
    """What has run up: one line for a charge, with base, days and rate; one for a unit, item and year where many."""
    charges: dict[tuple[str, int, int], list[Memo]] = defaultdict(list)
    years: dict[tuple[str, int, int], list[Memo]] = defaultdict(list)
    items: dict[tuple[str, int, int], list[Memo]] = defaultdict(list)
    for memo in memos:
        line = memo.line
        charges[line.unit_code, line.item_id, line.id].append(memo)
        years[line.unit_code, line.item_id, line.period.year].append(memo)
        items["", line.item_id, 0].append(memo)
    groups = next((some for some in (charges, years) if len(some) <= _MOST_BESIDE), items)
    return tuple(_late_line(group, terms) for group in groups.values())


def _late_line(group: Sequence[Memo], terms: Terms) -> NoticeLine:
    """The late charge of one charge worked out, or what those of a year come to."""
    line, said = group[0].line, [_late_said(group, say) for say in (in_chinese, english)[: 1 + terms.english]]
    return NoticeLine(
        line.unit_code if len({each.line.unit_id for each in group}) == 1 else "",
        item_of(line, terms),
        _months([each.line for each in group]),
        "　".join(said)[:LONGEST_EXPLANATION],
        total(each.amount for each in group),
    )


def _late_said(group: Sequence[Memo], say: Say) -> str:
    if len(group) == 1:
        return explain_late(LateFacts(group[0].late, group[0].amount), say)
    days = [each.late.days for each in group]
    return say(
        msg(
            "%(charges)s charges, %(open)s yuan unpaid, %(least)s to %(most)s days × %(rate)s, each reckoned by itself"
        ),
        charges=str(len(group)),
        open=str(total(each.line.open for each in group)),
        least=str(min(days)),
        most=str(max(days)),
        rate=rate_words(group[0].late.terms, say),
    )


def _months(group: Sequence[ChargeLine]) -> str:
    """The month of charges, or the first and the last."""
    first, last = min(each.period for each in group), max(each.period for each in group)
    upto = f"{last.month}月" if last.year == first.year else month(last, "zh")
    return month(first, "zh") if first == last else f"{month(first, 'zh')}至{upto}"


def _together(group: Sequence[ChargeLine], terms: Terms) -> NoticeLine:
    if len(group) == 1:
        return _line(group[0], terms)
    billed, left = total(each.amount for each in group), total(each.open for each in group)
    said = f"欠缴 {len(group)} 笔，应收合计 {billed} 元，已缴或减免 {billed - left} 元"
    if afterwards := sum(each.supplementary for each in group):
        said += f"，含补收 {afterwards} 笔"
    if terms.english:
        said += f"　{len(group)} charges of {billed} yuan in all, {billed - left} yuan paid or reduced"
    return NoticeLine(group[0].unit_code, item_of(group[0], terms), _months(group), said, left)
