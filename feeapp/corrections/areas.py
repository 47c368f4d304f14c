"""An area that was wrong: every bill within the look-back is reckoned with the right one, and the registry follows.

Asked for here, booked when it is approved. Rules: docs/rules/corrected-bills.md; BL-8, BL-9.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from feeapp.billing.amending import lowerings_of, post_differences
from feeapp.billing.differing import Difference, list_differences
from feeapp.billing.drafting import Dated, Sizes, UnitFacts
from feeapp.billing.models import Charge
from feeapp.billing.queries import list_charges
from feeapp.billing.rules import ReductionKind
from feeapp.billing.saying import ChargeFacts
from feeapp.clock import office_day
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period, Span
from feeapp.core.refusal import Refused, msg
from feeapp.corrections import filing, rules
from feeapp.corrections.adjusting import DEED
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CORRECTION, CorrectionKind
from feeapp.ledger.actions import Source
from feeapp.registry.actions import check_area, correct_area, hold_community, same_area
from feeapp.registry.areas import Areas
from feeapp.registry.models import Unit
from feeapp.registry.queries import list_area_changes, profile_of
from feeapp.storage.columns import canonical_json
from feeapp.storage.db import among, db
from feeapp.tariffs.actions import hold_prices


@dataclass(frozen=True, slots=True)
class Wanted:
    """The right areas of a unit, and the day since which those on record were wrong."""

    areas: Areas
    from_on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """What putting an area right does: months within the look-back, and those before it that stay."""

    unit: Unit
    wanted: Wanted
    was: Areas
    since: Period
    within: tuple[Difference, ...]
    older: tuple[Difference, ...]
    apart: tuple[Difference, ...]
    """Bills that are not what the rules ask for another reason too: an owner, a relief. They are voided instead."""

    @property
    def less(self) -> Money:
        """What is taken off in all."""
        return total(-each.change for each in self.within if each.change < ZERO)

    @property
    def more(self) -> Money:
        """What is charged in addition in all."""
        return total(each.change for each in self.within if each.change > ZERO)

    @property
    def seen(self) -> str:
        """What a person has looked at: anything else than this is looked at again."""
        facts = [
            [self.unit.id, self.wanted.from_on.isoformat(), _centis(self.was), _centis(self.wanted.areas)],
            *(
                [each.period.key, each.item.id, each.debtor_id, each.was.fen, each.should.fen, each.change.fen]
                for each in self.within
            ),
        ]
        return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def plan(community_id: int, unit_id: int, wanted: Wanted, today: date) -> Planned:
    """What it would do, asked for on a day. Raises NotFound, and Refused at the field for what cannot be."""
    unit = check_area(community_id, unit_id, wanted.from_on, wanted.areas, today)
    was = Areas(unit.area, unit.inner_area)
    if was == wanted.areas:
        was = _before(community_id, unit_id, wanted)
    since = rules.look_back_from(today, profile_of(community_id).look_back_years)
    months = _billed_months(community_id, unit_id, wanted.from_on)
    right, wrong = (right_from(wanted.from_on, _sizes(areas)) for areas in (wanted.areas, was))
    anyway = {_place(each): each.change for each in list_differences(community_id, [unit_id], months, wrong)}
    unlike = {place[:2] for place in anyway}
    found = [
        each
        for each in list_differences(community_id, [unit_id], months, right)
        if anyway.get(_place(each)) != each.change
    ]
    late = [each for each in found if each.period >= since]
    return Planned(
        unit,
        wanted,
        was,
        since,
        tuple(each for each in late if _place(each)[:2] not in unlike),
        tuple(each for each in found if each.period < since),
        tuple(each for each in late if _place(each)[:2] in unlike),
    )


def ask(by: By, unit_id: int, wanted: Wanted, reason: str, proof: str, key: str) -> int:
    """Ask for it and return the id of the request. Raises as ``plan`` and ``filing.file``."""
    planned = plan(by.community_id, unit_id, wanted, office_day(by.at))
    if not planned.within:
        raise Refused(
            "areas.nothing",
            msg("No bill within the look-back would change. Record the right area under “Change of area”."),
        )
    facts = {
        "seen": planned.seen,
        "from_on": wanted.from_on.isoformat(),
        "was": _centis(planned.was),
        "areas": _centis(wanted.areas),
        "since": planned.since.key,
        "older": [[each.period.key, each.was.fen, each.should.fen] for each in planned.older],
    }
    asked = [line for each in planned.within for line in _lines(each)]
    return filing.file(by, filing.Filing(CorrectionKind.AREA, asked, reason, proof, key, facts=facts))


def book(by: By, correction: Correction) -> Money:
    """Put the area and the bills right, and say how much went back to households as credit.

    Raises Refused where it would do something else by now than what was looked at when it was asked for.
    """
    facts = correction.facts or {}
    unit_id = correction.unit_id
    if unit_id is None:
        raise TypeError("an area is that of one unit")
    hold_community(by.community_id)
    hold_prices(by.community_id)
    hold_charges(by.community_id, unit_id)
    wanted = wanted_of(correction)
    planned = plan(by.community_id, unit_id, wanted, office_day(correction.asked_at))
    if planned.seen != facts["seen"]:
        raise changed_since()
    correct_area(by, unit_id, wanted.from_on, wanted.areas, correction.reason)
    today = office_day(by.at)
    back = post_differences(
        by, planned.within, ReductionKind.RECKONED, rules.due_of_addition(today, today), correction.reason, DEED,
        Source(CORRECTION, correction.id), by.actor_id,
    )  # fmt: skip
    return total(back.values())


def wanted_of(correction: Correction) -> Wanted:
    """What a request asked for."""
    facts = correction.facts or {}
    return Wanted(_areas(facts["areas"]), date.fromisoformat(facts["from_on"]))


def was_of(correction: Correction) -> Areas:
    """The areas that stood when a request was made."""
    return _areas((correction.facts or {})["was"])


def changed_since() -> Refused:
    """The refusal of a request that would do something else by now."""
    return Refused(
        "corrections.changed_since",
        msg(
            "Something has changed since this was asked for: a price, an area, an owner, or one of the bills. "
            "Refuse it, and have it asked for anew."
        ),
    )


def hold_charges(community_id: int, unit_id: int) -> None:
    """Keep the charges of a unit as they are until this transaction ends."""
    ids = [line.id for line in list_charges(community_id, [unit_id])]
    db.session.execute(
        sa.select(Charge.id)
        .where(Charge.community_id == community_id, Charge.id.in_(among(ids)))
        .order_by(Charge.id)
        .with_for_update()
    ).all()


def right_from(from_on: date, right: Sizes) -> Callable[[UnitFacts], UnitFacts]:
    """Had a unit these areas from a day on."""
    return lambda unit: replace(unit, sizes=tuple(_joined(_cut(unit.sizes, from_on, right))))


def _cut(sizes: Iterable[Dated[Sizes]], from_on: date, right: Sizes) -> Iterator[Dated[Sizes]]:
    for span, size in sizes:
        if span.start < from_on:
            yield Span(span.start, min(span.end, from_on)), size
        if span.end > from_on:
            yield Span(max(span.start, from_on), span.end), right


def _joined(sizes: Iterable[Dated[Sizes]]) -> Iterator[Dated[Sizes]]:
    for size, together in itertools.groupby(sizes, key=lambda dated: dated[1]):
        spans = [span for span, _ in together]
        yield Span(spans[0].start, spans[-1].end), size


def _before(community_id: int, unit_id: int, wanted: Wanted) -> Areas:
    """What stood before a change that is on record already, whose bills are to follow after all.

    Raises Refused where no such change began on that day.
    """
    changes = list_area_changes(community_id, date.min, [unit_id]).get(unit_id, [])
    same_day = [change for change in changes if change.from_on == wanted.from_on]
    if not same_day:
        raise same_area()
    return Areas(same_day[0].before_area, same_day[0].before_inner)


def _place(difference: Difference) -> tuple[int, int, int]:
    return difference.period.key, difference.item.id, difference.debtor_id


def _billed_months(community_id: int, unit_id: int, from_on: date) -> list[Period]:
    """The months a unit was billed for by bill runs, from the one a day lies in."""
    billed = {line.period for line in list_charges(community_id, [unit_id]) if isinstance(line.facts, ChargeFacts)}
    return sorted(period for period in billed if period.last_day >= from_on)


def _lines(difference: Difference) -> Iterator[filing.Line]:
    """What a difference does, charge by charge."""
    left = dict(difference.charges)

    def line(charge_id: int | None, was: Money, should: Money) -> filing.Line:
        return filing.Line(
            charge_id, difference.unit.id, difference.item.id, difference.period, difference.debtor_id, was, should
        )

    for each in lowerings_of(difference, ReductionKind.RECKONED, ""):
        yield line(each.charge_id, left[each.charge_id], left[each.charge_id] - each.amount)
    if difference.change > ZERO:
        charge_id, stands = difference.charges[-1] if difference.charges else (None, ZERO)
        yield line(charge_id, stands, stands + difference.change)


def _sizes(areas: Areas) -> Sizes:
    area, inner_area = _centis(areas)
    return Sizes(area, inner_area)


def _centis(areas: Areas) -> list[int | None]:
    return [area.centi if area else None for area in areas]


def _areas(centis: Sequence[int | None]) -> Areas:
    return Areas(*(None if centi is None else Area(centi) for centi in centis))
