"""What a change of owner brings about by itself: owners, reliefs, the months it touches. Then what stands is looked at.

The same steps are taken when somebody only looks, inside a transaction that is undone, and when it is confirmed: so
what was seen is what is booked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.amending import post_differences
from feeapp.billing.differing import list_differences
from feeapp.billing.exceptions import facts_of
from feeapp.billing.models import BilledMonth, Charge
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.reckoning import reckon
from feeapp.billing.rules import ReductionKind
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period, Span
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.ledger.actions import Source
from feeapp.registry.models import Party, Unit
from feeapp.registry.people import PersonFacts, enter_person, set_owners
from feeapp.registry.profile import OwnerChange
from feeapp.registry.queries import get_party, get_unit, list_other_units, list_ownerships, portions, profile_of
from feeapp.reliefs.actions import end as end_relief
from feeapp.reliefs.actions import hold_units
from feeapp.reliefs.queries import list_reliefs_of
from feeapp.reliefs.rules import GRANTED
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem
from feeapp.transfers.rules import check_day, check_due, check_shares, days_of, relief_ends_on
from feeapp.transfers.seen import Part


@dataclass(frozen=True, slots=True)
class Buyer:
    """A new owner: somebody who is known, by id, or a person to be entered; ``field`` leads to their form fields."""

    field: str
    party_id: int | None
    person: PersonFacts | None
    share: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A change of owner as it is asked for. ``also`` are units of those who leave that go along."""

    unit_id: int
    on: date
    leave: tuple[int, ...]
    buyers: tuple[Buyer, ...]
    also: tuple[int, ...]
    due_on: date
    paper: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit that has changed hands in this transaction, its owners before and after, the first-named first."""

    unit: Unit
    before: tuple[Party, ...]
    after: tuple[Party, ...]

    @property
    def after_ids(self) -> tuple[int, ...]:
        return tuple(party.id for party in self.after)


@dataclass(frozen=True, slots=True)
class Staged:
    """What has come about: the units, the months parted anew, and the reliefs that ended."""

    moved: tuple[Moved, ...]
    parts: tuple[Part, ...]
    ended: Mapping[int, date]
    buyers: tuple[tuple[int, str], ...]
    """Id and share."""
    owner_change: OwnerChange


def stage(by: By, ask: Ask, source: Source) -> Staged:
    """Let the units change hands and the touched months be parted anew; nothing is chosen yet.

    Raises Refused where the registry or these rules do not allow it, NotFound for what is not of this community.
    """
    hold_units(by.community_id, {ask.unit_id, *ask.also})
    check_day(ask.on)
    check_due(ask.due_on, ask.on, office_day(by.at))
    owners = _owners(by, ask)
    unit_ids = [ask.unit_id, *ask.also]
    _hold_money(by.community_id, unit_ids)
    buyers = _enter_buyers(by, ask, owners[ask.unit_id])
    for unit_id in unit_ids:
        _hand_over(by, ask, unit_id, owners[unit_id], buyers)
    way = profile_of(by.community_id).owner_change
    ended = _end_reliefs(by, unit_ids, relief_ends_on(ask.on, way)) if ask.leave else {}
    moved = tuple(
        Moved(
            get_unit(by.community_id, unit_id),
            owners[unit_id],
            tuple(held.party for held in list_ownerships(by.community_id, unit_id) if held.to_on is None),
        )
        for unit_id in unit_ids
    )
    parts = _part_months(by, ask, moved, way, source)
    return Staged(moved, parts, ended, buyers, way)


def _owners(by: By, ask: Ask) -> dict[int, tuple[Party, ...]]:
    """The owners of each unit, once those who leave are among them."""
    get_unit(by.community_id, ask.unit_id)
    ever = list_ownerships(by.community_id, ask.unit_id)
    standing = {held.party.id: held.party for held in ever if held.to_on is None}
    if not set(ask.leave) <= {held.party.id for held in ever}:
        raise NotFound
    if not set(ask.leave) <= standing.keys():
        raise Refused(
            "transfers.left",
            msg("Somebody who is to leave owns this unit no more: it may have just changed hands. Look at it again."),
            field="leave",
        )
    owners = {ask.unit_id: tuple(standing.values())}
    others = {unit.id for unit in list_other_units(by.community_id, ask.unit_id, ask.leave, office_day(by.at))}
    for unit_id in ask.also:
        if unit_id not in others:
            get_unit(by.community_id, unit_id)
            raise Refused(
                "transfers.also",
                msg("One of the units that go along is not owned by those who leave. Look at it again."),
                field="also",
            )
        owners[unit_id] = tuple(held.party for held in list_ownerships(by.community_id, unit_id) if held.to_on is None)
    return owners


def _hold_money(community_id: int, unit_ids: Sequence[int]) -> None:
    """Keep the charges of these units from whoever would pay them until this transaction ends."""
    query = (
        sa.select(Charge.id)
        .join(
            BilledMonth,
            sa.and_(
                BilledMonth.community_id == Charge.community_id,
                BilledMonth.period == Charge.period,
                BilledMonth.item_id == Charge.item_id,
            ),
        )
        .where(Charge.community_id == community_id, Charge.unit_id.in_(unit_ids))
        .order_by(Charge.id)
        .with_for_update(of=Charge)
    )
    db.session.execute(query).all()


def _enter_buyers(by: By, ask: Ask, owners: Sequence[Party]) -> tuple[tuple[int, str], ...]:
    """The new owners' ids and shares, entering whom nobody knew. Raises Refused at the field of the buyer."""
    stay = {party.id for party in owners} - set(ask.leave)
    if not ask.buyers:
        raise Refused("transfers.nobody", msg("Name at least one new owner."), field="find")
    check_shares([(f"{buyer.field}_share", buyer.share) for buyer in ask.buyers], alone=not stay)
    found: dict[int, str] = {}
    for buyer in ask.buyers:
        party_id = _enter_buyer(by, buyer)
        if party_id in stay or party_id in ask.leave or party_id in found:
            field = "known" if buyer.person is None else f"{buyer.field}_name"
            raise Refused(
                "transfers.already",
                msg("A new owner is somebody who does not own the unit yet, named once."),
                field=field,
            )
        found[party_id] = buyer.share
    return tuple(found.items())


def _enter_buyer(by: By, buyer: Buyer) -> int:
    if buyer.person is None:
        return get_party(by.community_id, buyer.party_id or 0).id
    try:
        return enter_person(by, buyer.person)
    except Refused as refusal:
        field = f"{buyer.field}_{refusal.field}" if refusal.field else None
        raise Refused(refusal.code, refusal.sentence, refusal.facts, field=field) from None


def _hand_over(by: By, ask: Ask, unit_id: int, owners: Sequence[Party], buyers: Sequence[tuple[int, str]]) -> None:
    stay = [party.id for party in owners if party.id not in ask.leave]
    try:
        set_owners(by, unit_id, ask.on, stay, [party_id for party_id, _ in buyers], dict(buyers))
    except Refused as refusal:
        if unit_id == ask.unit_id or refusal.code != "owners.before":
            raise
        raise Refused(
            "transfers.unit_day",
            msg("A change of owner of %(unit)s on %(day)s is on record. Untick it, or choose that day or a later one."),
            {"unit": get_unit(by.community_id, unit_id).code, **refusal.facts},
            field="also",
        ) from None


def _end_reliefs(by: By, unit_ids: Sequence[int], on: date) -> dict[int, date]:
    """End what was granted to the former owners; the answer is the day of each by the relief's id."""
    ended: dict[int, date] = {}
    for relief in list_reliefs_of(by.community_id, unit_ids):
        day = max(on, relief.from_on)
        if relief.state in GRANTED and day < relief.end:
            end_relief(by, relief.id, day, "房屋过户，业主变更")
            ended[relief.id] = day
    return ended


Place = tuple[int, int, Period]
"""A unit, an item and a month."""


def _part_months(by: By, ask: Ask, moved: Sequence[Moved], way: OwnerChange, source: Source) -> tuple[Part, ...]:
    """Part every month the change touches: what is billed by booking the difference, what is not by looking ahead."""
    units = [each.unit.id for each in moved]
    first = Period.of(ask.on)
    months = sorted({first, *_billed_months(by.community_id, first)})
    before = _billed(by.community_id, units, first)
    differences = list_differences(by.community_id, units, months)
    if differences:
        post_differences(by, differences, ReductionKind.TRANSFERRED, ask.due_on, ask.paper, "transfers.part", source)
    apply_wallets(by, units, None)
    after = _billed(by.community_id, units, first)
    items = {
        item.id: item for item in db.session.scalars(sa.select(ChargeItem).filter_by(community_id=by.community_id))
    }
    codes = {each.unit.id: each.unit.code for each in moved}
    buyers = {each.unit.id: set(each.after_ids) for each in moved}
    parts: list[tuple[tuple[int, Period, int], Part]] = []
    for month in months:
        days = _days(by.community_id, units, month, way, buyers)
        sums_of = _sums_of(by.community_id, units, month, after, looking_ahead=month == first)
        for (unit, item, _), (billed, sums) in sums_of.items():
            was = before.get((unit, item, month), {})
            seller_days, buyer_days = days.get(unit, (0, 0))
            part = Part(
                codes[unit], items[item].name, items[item].name_en, month, billed,
                seller_days, *_sides(sums, buyers[unit])[:1], buyer_days, *_sides(sums, buyers[unit])[1:],
                *_sides(was, buyers[unit]),
            )  # fmt: skip
            parts.append(((units.index(unit), month, items[item].position), part))
    return tuple(part for _, part in sorted(parts, key=lambda each: each[0]))


def _billed_months(community_id: int, since: Period) -> list[Period]:
    """The months from one on in which anything was billed."""
    query = sa.select(BilledMonth.period).where(BilledMonth.community_id == community_id, BilledMonth.period >= since)
    return list(db.session.scalars(query.distinct()))


def _sides(sums: Mapping[int, Money], buyers: Collection[int]) -> tuple[Money, Money]:
    """What falls to the former owners, and to the owners from the day on."""
    seller = buyer = ZERO
    for debtor, amount in sums.items():
        if debtor in buyers:
            buyer += amount
        else:
            seller += amount
    return seller, buyer


def _sums_of(
    community_id: int,
    units: Sequence[int],
    month: Period,
    billed: Mapping[Place, Mapping[int, Money]],
    *,
    looking_ahead: bool,
) -> dict[Place, tuple[bool, Mapping[int, Money]]]:
    """What each item of a month comes to for each debtor, and whether it is billed.

    What is not billed is told only where one looks ahead: of the month of the change.
    """
    found: dict[Place, tuple[bool, Mapping[int, Money]]] = {
        place: (True, sums) for place, sums in billed.items() if place[2] == month
    }
    drafted: dict[Place, dict[int, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for draft in reckon(community_id, units, month) if looking_ahead else ():
        place = draft.unit.id, draft.item.id, month
        if place not in found:
            drafted[place][draft.drafted.debtor_id] += draft.amount - draft.relieved
    return found | {place: (False, sums) for place, sums in drafted.items()}


def _billed(community_id: int, units: Sequence[int], since: Period) -> dict[Place, dict[int, Money]]:
    """What a bill run charged from a month on, less what was taken off, by unit, item, month and debtor."""
    sums: dict[Place, dict[int, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    by_run: set[Place] = set()
    for some in portions(units):
        query = (
            sa.select(
                Charge.unit_id, Charge.item_id, Charge.period, Charge.debtor_id, Charge.amount, Charge.reduced,
                Charge.part_id,
            )
            .join(
                BilledMonth,
                sa.and_(
                    BilledMonth.community_id == Charge.community_id,
                    BilledMonth.period == Charge.period,
                    BilledMonth.item_id == Charge.item_id,
                ),
            )
            .where(Charge.community_id == community_id, Charge.unit_id.in_(some), BilledMonth.period >= since)
        )  # fmt: skip
        for row in db.session.execute(query):
            place = row.unit_id, row.item_id, row.period
            sums[place][row.debtor_id] += row.amount - row.reduced
            if row.part_id is not None:
                by_run.add(place)
    return {place: dict(found) for place, found in sums.items() if place in by_run}


def _days(
    community_id: int, units: Sequence[int], month: Period, way: OwnerChange, buyers: Mapping[int, Collection[int]]
) -> dict[int, tuple[int, int]]:
    """The days of a month on each side, unit by unit, as the community counts them."""
    found = {}
    for unit_id, facts in facts_of(community_id, units, month).items():
        owners = facts.owners
        if way is OwnerChange.WHOLE_MONTH and owners:
            whole = Span(owners[0][0].start, owners[-1][0].end)
            owners = ((whole, owners[0][1]),)
        found[unit_id] = days_of([(owner, span.days) for span, owner in owners], buyers[unit_id])
    return found
