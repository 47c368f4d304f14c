"""Setting prices. A price that was published is never edited: it is ended, and the next one published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.naming import USE_WORDS
from feeapp.registry.queries import get_unit
from feeapp.registry.rules import UnitUse
from feeapp.storage.columns import Month, new_id
from feeapp.storage.db import db, hits
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.naming import BOOKED, ItemKind, MeterKind
from feeapp.tariffs.places import Where, lineage, names_of
from feeapp.tariffs.queries import get_priced_item, get_version, list_items, list_versions, price_of, where_of
from feeapp.tariffs.rules import Authority, Basis, Coefficients, Place, Price, Tier, check_changeover, may_share_month

KEPT_CODES = frozenset({"LATE", "OPENING"})
"""Items that the house makes itself: late charges when they are paid, and arrears taken over."""


BILL_MONTHS = (1, 3, 6, 12)
"""How many months a bill may cover: whole parts of a year, counted from January."""


def add_item(
    by: By,
    kind: ItemKind,
    code: str,
    name: str,
    name_en: str,
    due_day: int,
    meter: MeterKind | None = None,
    content: str = "",
    bill_months: int = 1,
) -> int:
    """Add something to charge for and return its id. Raises Refused where the code, day or months will not do.

    ``meter`` is what is read for it, where it is charged by meter; ``content`` what the service comprises;
    ``bill_months`` how many months one bill covers, for prices that are rounded once a bill (BL-3).
    """
    if not (code.isascii() and code.isalnum() and code.isupper() and 2 <= len(code) <= 16):
        raise Refused("tariff.code", msg("A code is 2 to 16 capital letters and digits, such as FEE."), field="code")
    if not 1 <= due_day <= 31:
        raise Refused("tariff.due_day", msg("A day of the month lies between 1 and 31."), field="due_day")
    if bill_months not in BILL_MONTHS:
        raise Refused("tariff.bill_months", msg("A bill covers 1, 3, 6 or 12 months."), field="bill_months")
    if meter and kind.value in MeterKind.__members__ and kind.value != meter.value:
        raise Refused("tariff.meter_kind", msg("This is not the meter that goes with what is charged."), field="meter")
    items = list_items(by.community_id)
    if code in KEPT_CODES or any(item.code == code for item in items):
        raise Refused("tariff.code_taken", msg("Another item has this code already."), field="code")
    booked = BOOKED[kind]
    item = ChargeItem(
        community_id=by.community_id,
        code=code,
        name=name,
        name_en=name_en,
        fund=booked.fund,
        receivable=booked.receivable,
        income=booked.income,
        due_day=due_day,
        position=1 + max((item.position for item in items), default=0),
        meter_kind=meter.value if meter else None,
        content=content,
        bill_months=bill_months,
    )
    db.session.add(item)
    db.session.flush()
    log(by, "tariffs.add_item", "charge_item", item.id, code=code)
    return item.id


def describe_item(by: By, item_id: int, content: str) -> None:
    """Say what the service of an item comprises and its standard, for the public price list (price marking, art. 6)."""
    item = get_priced_item(by.community_id, item_id)
    if item.content == content:
        return
    log(by, "tariffs.describe_item", "charge_item", item.id, code=item.code, before=item.content, after=content)
    item.content = content


@dataclass(frozen=True, slots=True)
class Published:
    """A price as it is to be published: for whom and where, what, from when, and by what authority."""

    use: UnitUse
    price: Price
    from_on: date
    authority: Authority
    authority_text: str
    end_running: bool
    """Whether the price that runs on this day may be ended by this one."""
    place: Place = Place.COMMUNITY
    place_id: int | None = None
    """The building, stair or unit; None for the whole community."""

    @property
    def where(self) -> Where:
        """Where it is to hold."""
        return Where(self.place, self.place_id)


def publish_all(by: By, item_id: int, wanted: Sequence[Published]) -> list[int]:
    """Publish one price for several uses of unit; whatever one of them refuses refuses them all."""
    return [publish(by, item_id, each) for each in wanted]


def publish(by: By, item_id: int, wanted: Published) -> int:
    """Publish a price and return its id.

    Raises Refused where a price already stands for those days in that place (unless it may be ended), where a month
    after the start was billed already, or where more than the rate would change inside a month of one unit; NotFound
    where this community has no such place.
    """
    hold_prices(by.community_id)
    item = get_priced_item(by.community_id, item_id)
    around = lineage(by.community_id, wanted.where)
    _check_subject(by.community_id, item, wanted)
    for version in list_versions(by.community_id, item.id, wanted.use):
        if where_of(version) == wanted.where:
            _make_room(by, version, wanted)
        elif where_of(version) in around or wanted.where in lineage(by.community_id, where_of(version)):
            _stand_beside(version, wanted)
    version_id = new_id()
    price = wanted.price
    db.session.add(
        TariffVersion(
            community_id=by.community_id,
            id=version_id,
            item_id=item.id,
            use=wanted.use,
            basis=price.basis,
            rate=price.rate,
            proration=price.proration,
            rounding=price.rounding,
            round_to=price.round_to,
            round_at=price.round_at,
            from_on=wanted.from_on,
            authority=wanted.authority,
            authority_text=wanted.authority_text,
            published_at=by.at,
            published_by=by.actor_id,
            place=wanted.place,
            place_id=wanted.place_id,
            tiers=_kept_tiers(price.tiers),
            coefficients=_kept_coefficients(price.coefficients),
        )
    )
    db.session.flush()
    log(by, "tariffs.publish", "tariff_version", version_id, item=item.id, use=wanted.use.value, rate=str(price.rate))
    return version_id


def _kept_tiers(tiers: tuple[Tier, ...]) -> list[list[Any]] | None:
    return [[tier.upto, str(tier.rate)] for tier in tiers] or None


def _kept_coefficients(table: Coefficients | None) -> dict[str, Any] | None:
    if table is None:
        return None
    return {"name": table.name, "by_floor": [[floor, str(part)] for floor, part in sorted(table.by_floor)]}


def _check_subject(community_id: int, item: ChargeItem, wanted: Published) -> None:
    """Raises Refused where the item is not metered, or the one unit it is for is put to another use."""
    if wanted.price.basis is Basis.METER and item.meter_kind is None:
        raise Refused(
            "tariff.meter", msg("No meter is read for this item. Add an item that has one first."), field="basis"
        )
    if wanted.place is Place.UNIT and wanted.place_id is not None:
        unit = get_unit(community_id, wanted.place_id)
        if unit.use is not wanted.use:
            raise Refused(
                "tariff.unit_use",
                msg("%(unit)s is put to another use: choose %(use)s."),
                {"unit": unit.name, "use": USE_WORDS[unit.use]},
                field="use",
            )


def _make_room(by: By, standing: TariffVersion, wanted: Published) -> None:
    """End a price that runs when the new one begins; refuse what cannot be ended."""
    if standing.to_on is not None and standing.to_on <= wanted.from_on:
        _refuse_billed(standing, wanted.from_on, "from_on")
        check_changeover(price_of(standing), standing.to_on, wanted.price, wanted.from_on)
        return
    if standing.from_on >= wanted.from_on:
        raise Refused(
            "tariff.overlap",
            msg(
                "A price of %(rate)s yuan from %(from_on)s already stands for these units (%(use)s, %(where)s). "
                "Begin after it, or end it first."
            ),
            _naming(standing),
            field="from_on",
        )
    if not wanted.end_running:
        raise Refused(
            "tariff.running",
            msg(
                "The price of %(rate)s yuan from %(from_on)s is still running (%(use)s, %(where)s). "
                "Tick that it ends on the day before."
            ),
            _naming(standing),
            field="end_running",
        )
    check_changeover(price_of(standing), wanted.from_on, wanted.price, wanted.from_on)
    _end(by, standing, wanted.from_on, "from_on")


def _naming(standing: TariffVersion) -> dict[str, Any]:
    """What a refusal says of the price that stands."""
    where = where_of(standing)
    return {
        "rate": f"{standing.rate.normalize():f}",
        "from_on": standing.from_on.isoformat(),
        "use": USE_WORDS[standing.use],
        "where": names_of(standing.community_id, [where]).get(where, msg("the whole community")),
    }


def _stand_beside(standing: TariffVersion, wanted: Published) -> None:
    """Refuse what would charge one unit for parts of a month in two ways, or change a month that is billed.

    The two prices share units because one place lies in the other; the narrower counts on the days it has.
    """
    narrower = list(Place).index(wanted.place) > list(Place).index(standing.place)
    if narrower:
        _refuse_billed(standing, wanted.from_on, "from_on")
    elif standing.to_on is not None:
        _refuse_billed(standing, max(standing.to_on, wanted.from_on), "from_on")
    changes = [wanted.from_on] if narrower else [standing.from_on, *([standing.to_on] if standing.to_on else [])]
    over = [day for day in changes if day.day > 1 and _reaches(standing, wanted, Period.of(day))]
    if over and not may_share_month(price_of(standing), wanted.price):
        check_changeover(price_of(standing), over[0], wanted.price, over[0])


def _reaches(standing: TariffVersion, wanted: Published, period: Period) -> bool:
    """Whether both prices have a day in a month."""
    ended = standing.to_on is not None and standing.to_on <= period.first_day
    return not ended and max(standing.from_on, wanted.from_on) <= period.last_day


def end_version(by: By, version_id: int, last_on: date) -> None:
    """End a price with a last day.

    Raises Refused where it has ended, where a later month was billed at it, or where a price for a wider place would
    take over in the middle of a month in another manner.
    """
    hold_prices(by.community_id)
    version = get_version(by.community_id, version_id)
    if version.to_on is not None:
        raise Refused("tariff.ended", msg("This price has already been given an end."))
    if last_on < version.from_on:
        raise Refused("tariff.end", msg("The last day lies before the first."), field="last_on")
    to_on = last_on + timedelta(days=1)
    if to_on.day > 1:
        _check_taken_over(version, to_on)
    _end(by, version, to_on, "last_on")


def _check_taken_over(version: TariffVersion, to_on: date) -> None:
    """Raises Refused where a wider price, with which this one may not share a month, counts from a day in it on."""
    wider = lineage(version.community_id, where_of(version)) - {where_of(version)}
    for other in list_versions(version.community_id, version.item_id, version.use):
        goes_on = other.from_on <= Period.of(to_on).last_day and (other.to_on is None or other.to_on > to_on)
        if where_of(other) in wider and goes_on and not may_share_month(price_of(version), price_of(other)):
            raise Refused(
                "tariff.taken_over",
                msg("Another price takes over here that is not counted alike: let this one end with a month."),
                field="last_on",
            )


def _refuse_billed(version: TariffVersion, changes_on: date, field: str) -> None:
    """A month that was billed keeps its parts: no price ends in it, and none begins in what it left free."""
    if version.billed_upto is not None and changes_on <= version.billed_upto.last_day:
        raise Refused(
            "tariff.billed",
            msg("%(month)s has been billed at the current price. A change is possible from %(day)s on."),
            {"month": str(version.billed_upto), "day": version.billed_upto.plus(1).first_day.isoformat()},
            field=field,
        )


def _end(by: By, version: TariffVersion, to_on: date, field: str) -> None:
    _refuse_billed(version, to_on, field)
    ended = hits(
        sa.update(TariffVersion)
        .where(
            TariffVersion.community_id == by.community_id,
            TariffVersion.id == version.id,
            TariffVersion.to_on.is_(None),
        )
        .values(to_on=to_on, ended_by=by.actor_id)
    )
    if ended != 1:
        raise Refused("tariff.ended", msg("This price has already been given an end."))
    log(by, "tariffs.end", "tariff_version", version.id, to_on=to_on.isoformat())


def hold_prices(community_id: int) -> None:
    """Keep the prices of a community as they are until this transaction ends: others wait to set or to bill them.

    On SQLite every writing transaction already has the database to itself.
    """
    db.session.execute(sa.select(ChargeItem.id).filter_by(community_id=community_id).with_for_update(key_share=True))


def mark_billed(community_id: int, version_ids: Iterable[int], period: Period) -> None:
    """Note that a month was billed at these prices, so that none of them can end before it."""
    db.session.execute(
        sa.update(TariffVersion)
        .where(
            TariffVersion.community_id == community_id,
            TariffVersion.id.in_(list(version_ids)),
            sa.or_(TariffVersion.billed_upto.is_(None), TariffVersion.billed_upto < sa.literal(period, Month())),
        )
        .values(billed_upto=period)
        .execution_options(synchronize_session=False)
    )
