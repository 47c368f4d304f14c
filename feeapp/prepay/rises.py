"""Prices that rose for months already paid ahead: who is concerned, by how much, and what is chosen, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, WAIVERS, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.prepay.models import Prepayment, PriceChoice
from feeapp.prepay.queries import left_its_wallet
from feeapp.prepay.quoting import estimate
from feeapp.prepay.rules import CHOICE, Way, difference
from feeapp.registry.models import Party, Unit
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, dialect_insert, hits
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.wallets.actions import Holder, put
from feeapp.wallets.rules import MoveKind


@dataclass(frozen=True, slots=True)
class Rise:
    """Months that a household paid ahead and that now cost more: what they came to then and come to now."""

    prepayment: Prepayment
    unit: Unit
    owner: str
    item: ChargeItem
    version: TariffVersion
    from_period: Period
    old: Money
    new: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class _Candidate:
    prepayment: Prepayment
    unit: Unit
    owner: str
    item: ChargeItem


def list_rises(community_id: int, on: date) -> list[Rise]:
    """Every household that paid ahead past the start of a price published since, and has not been decided about."""
    by_item: dict[int, list[_Candidate]] = defaultdict(list)
    for candidate in _candidates(community_id, Period.of(on)):
        by_item[candidate.item.id].append(candidate)
    chosen = _choices(community_id)
    rises: list[Rise] = []
    for item_id, candidates in by_item.items():
        versions = _versions(community_id, item_id)
        concerned = [(each, version) for each in candidates if (version := _newest(each, versions)) is not None]
        rises.extend(_rises(community_id, item_id, concerned, chosen))
    return sorted(rises, key=lambda rise: (rise.unit.code, rise.item.position, rise.from_period))


def choose(by: By, prepayment_ids: Collection[int], way: Way, reason: str) -> int:
    """Charge the difference, or keep the old price, for these prepayments; return how many.

    Charging books nothing: the bills of the months to come are at the new price, and what the prepaid money does not
    cover is owed. Keeping credits the difference, as a gift that is never paid out. Raises Refused where nothing is
    ticked, no reason is given, or one of them was decided about meanwhile.
    """
    if by.actor_id is None:
        raise TypeError("a person chooses")
    if not prepayment_ids:
        raise Refused("rise.none", msg("Nothing is ticked. Tick at least one household."), field="picks")
    if way is Way.KEEP and not reason.strip():
        raise Refused("rise.reason", msg("Say why the old price is kept."), field="reason")
    rises = {rise.prepayment.id: rise for rise in list_rises(by.community_id, office_day(by.at))}
    if not set(prepayment_ids) <= rises.keys():
        raise _decided()
    for prepayment_id in sorted(set(prepayment_ids)):
        _choose(by, rises[prepayment_id], way, reason)
    return len(set(prepayment_ids))


def _choose(by: By, rise: Rise, way: Way, reason: str) -> None:
    choice_id, prepayment = new_id(), rise.prepayment
    insert = dialect_insert(PriceChoice.__table__).values(
        community_id=by.community_id,
        id=choice_id,
        prepayment_id=prepayment.id,
        version_id=rise.version.id,
        way=way,
        difference=rise.difference,
        reason=reason,
        at=by.at,
        by_id=by.actor_id,
    )
    insert = insert.on_conflict_do_nothing(index_elements=["community_id", "prepayment_id", "version_id"])
    if hits(insert.execution_options(preserve_rowcount=True)) != 1:
        raise _decided()
    if way is Way.KEEP:
        source = Source(CHOICE, choice_id)
        lines = [debit(WAIVERS, rise.difference), credit(PREPAYMENTS, rise.difference)]
        entry_id = post(by, Fund(rise.item.fund), "prepay.keep", office_day(by.at), source, lines)
        holder = Holder(prepayment.unit_id, prepayment.party_id, rise.item.fund, rise.item.id)
        put(by, holder, rise.difference, MoveKind.GIFT, source, entry_id)
    log(
        by, "prepay.keep" if way is Way.KEEP else "prepay.charge", "prepayment", prepayment.id,
        unit=rise.unit.code, fen=rise.difference.fen,
    )  # fmt: skip


def _decided() -> Refused:
    return Refused(
        "rise.decided",
        msg("One of these households has been decided about meanwhile. Look at the list again."),
        field="picks",
    )


def _candidates(community_id: int, this_month: Period) -> Iterator[_Candidate]:
    """What is paid ahead for this month or later, by whoever still holds the money."""
    found = db.session.execute(
        sa.select(Prepayment, Unit, Party.name, ChargeItem)
        .join(Unit, sa.and_(Unit.community_id == Prepayment.community_id, Unit.id == Prepayment.unit_id))
        .join(Party, sa.and_(Party.community_id == Prepayment.community_id, Party.id == Prepayment.party_id))
        .join(
            ChargeItem, sa.and_(ChargeItem.community_id == Prepayment.community_id, ChargeItem.id == Prepayment.item_id)
        )
        .where(
            Prepayment.community_id == community_id,
            Prepayment.through_period >= this_month,
            ~left_its_wallet(MoveKind.REFUNDED, MoveKind.HANDED_ON),
        )
    )
    for prepayment, unit, owner, item in found:
        yield _Candidate(prepayment, unit, owner, item)


def _versions(community_id: int, item_id: int) -> list[TariffVersion]:
    return list(
        db.session.scalars(
            sa.select(TariffVersion)
            .where(TariffVersion.community_id == community_id, TariffVersion.item_id == item_id)
            .order_by(TariffVersion.published_at.desc(), TariffVersion.id.desc())
        )
    )


def _newest(candidate: _Candidate, versions: Sequence[TariffVersion]) -> TariffVersion | None:
    """The price published last since the prepayment that begins within its months, for units of that use."""
    prepayment = candidate.prepayment
    return next(
        (
            version
            for version in versions
            if version.published_at > prepayment.at
            and version.use is candidate.unit.use
            and version.from_on <= prepayment.through_period.last_day
        ),
        None,
    )


def _choices(community_id: int) -> dict[int, list[PriceChoice]]:
    chosen: dict[int, list[PriceChoice]] = defaultdict(list)
    for choice in db.session.scalars(sa.select(PriceChoice).where(PriceChoice.community_id == community_id)):
        chosen[choice.prepayment_id].append(choice)
    return chosen


def _rises(
    community_id: int,
    item_id: int,
    concerned: Sequence[tuple[_Candidate, TariffVersion]],
    chosen: dict[int, list[PriceChoice]],
) -> Iterator[Rise]:
    months = {period for each, _ in concerned for period in _months(each.prepayment)}
    sums = estimate(community_id, {each.unit.id for each, _ in concerned}, item_id, months) if concerned else {}
    for each, version in concerned:
        decided = chosen.get(each.prepayment.id, [])
        if any(choice.version_id == version.id for choice in decided):
            continue
        first = Period.of(version.from_on)
        then = {period: fen for period, fen in _months(each.prepayment).items() if period >= first}
        now = {period: sums[each.unit.id].get(period, ZERO) for period in then}
        owing = difference(then.values(), now.values(), [choice.difference for choice in decided])
        if owing > ZERO:
            yield Rise(
                each.prepayment, each.unit, each.owner, each.item, version, min(then),
                total(then.values()), total(now.values()), owing,
            )  # fmt: skip


def _months(prepayment: Prepayment) -> dict[Period, Money]:
    return {Period.read(month): Money(fen) for month, fen in prepayment.months.items()}
