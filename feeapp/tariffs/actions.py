"""Setting prices. A price that was published is never edited: it is ended, and the next one published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry.rules import UnitUse
from feeapp.storage.columns import Month, new_id
from feeapp.storage.db import db, hits
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.naming import BOOKED, ItemKind
from feeapp.tariffs.queries import get_priced_item, get_version, list_items, list_versions, price_of
from feeapp.tariffs.rules import Authority, Price, check_changeover


def add_item(by: By, kind: ItemKind, code: str, name: str, name_en: str, due_day: int) -> int:
    """Add something to charge for and return its id. Raises Refused where the code or the day will not do."""
    if not (code.isascii() and code.isalnum() and code.isupper() and 2 <= len(code) <= 16):
        raise Refused("tariff.code", msg("A code is 2 to 16 capital letters and digits, such as FEE."), field="code")
    if not 1 <= due_day <= 31:
        raise Refused("tariff.due_day", msg("A day of the month lies between 1 and 31."), field="due_day")
    items = list_items(by.community_id)
    if any(item.code == code for item in items):
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
    )
    db.session.add(item)
    db.session.flush()
    log(by, "tariffs.add_item", "charge_item", item.id, code=code)
    return item.id


@dataclass(frozen=True, slots=True)
class Published:
    """A price as it is to be published: for whom, what, from when, and by what authority."""

    use: UnitUse
    price: Price
    from_on: date
    authority: Authority
    authority_text: str
    end_running: bool
    """Whether the price that runs on this day may be ended by this one."""


def publish(by: By, item_id: int, wanted: Published) -> int:
    """Publish a price and return its id.

    Raises Refused where a price already stands for those days (unless it may be ended), where a month after the
    start was billed already, or where more than the rate would change inside a month.
    """
    hold_prices(by.community_id)
    item = get_priced_item(by.community_id, item_id)
    for version in list_versions(by.community_id, item.id, wanted.use):
        _make_room(by, version, wanted)
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
        )
    )
    db.session.flush()
    log(by, "tariffs.publish", "tariff_version", version_id, item=item.id, use=wanted.use.value, rate=str(price.rate))
    return version_id


def _make_room(by: By, standing: TariffVersion, wanted: Published) -> None:
    """End a price that runs when the new one begins; refuse what cannot be ended."""
    if standing.to_on is not None and standing.to_on <= wanted.from_on:
        _refuse_billed(standing, wanted.from_on, "from_on")
        check_changeover(price_of(standing), standing.to_on, wanted.price, wanted.from_on)
        return
    if standing.from_on >= wanted.from_on:
        raise Refused(
            "tariff.overlap",
            msg("A price from %(from_on)s already stands for these units. Begin after it, or end it first."),
            {"from_on": standing.from_on.isoformat()},
            field="from_on",
        )
    if not wanted.end_running:
        raise Refused(
            "tariff.running",
            msg("The price from %(from_on)s is still running. Tick that it ends on the day before."),
            {"from_on": standing.from_on.isoformat()},
            field="end_running",
        )
    check_changeover(price_of(standing), wanted.from_on, wanted.price, wanted.from_on)
    _end(by, standing, wanted.from_on, "from_on")


def end_version(by: By, version_id: int, last_on: date) -> None:
    """End a price with a last day. Raises Refused where it has ended, or a later month was billed at it."""
    hold_prices(by.community_id)
    version = get_version(by.community_id, version_id)
    if version.to_on is not None:
        raise Refused("tariff.ended", msg("This price has already been given an end."))
    if last_on < version.from_on:
        raise Refused("tariff.end", msg("The last day lies before the first."), field="last_on")
    _end(by, version, last_on + timedelta(days=1), "last_on")


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
