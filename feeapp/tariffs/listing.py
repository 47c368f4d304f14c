"""The price list: every item with its prices, as the page shows them and the workbook holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from feeapp.core.refusal import msg
from feeapp.registry.naming import use_words
from feeapp.tariffs import naming, queries
from feeapp.tariffs.models import ChargeItem, TariffVersion
from feeapp.tariffs.places import Where, names_of
from feeapp.tariffs.rules import Basis, Price
from feeapp.tariffs.steps import floor_runs, plain, tier_steps
from feeapp.web.filters import rate as written


@dataclass(frozen=True, slots=True)
class Listed:
    """One published price with all that is shown of it. ``where`` is empty for the whole community."""

    item: ChargeItem
    version: TariffVersion
    price: Price
    where: str
    in_force: bool
    ended: bool
    example: queries.Example | None

    @property
    def state(self) -> str:
        """Whether it applies, in one sentence of the catalogues."""
        if self.in_force:
            return msg("in force")
        return msg("ended") if self.ended else msg("to come")


def list_prices(community_id: int, today: date) -> list[tuple[ChargeItem, list[Listed]]]:
    """Every priced item with its prices in the order of ``list_versions``."""
    items = queries.list_priced_items(community_id)
    versions = {item.id: queries.list_versions(community_id, item.id) for item in items}
    named = names_of(community_id, {queries.where_of(each) for of_item in versions.values() for each in of_item})
    return [(item, [_listed(item, each, named, today) for each in versions[item.id]]) for item in items]


def _listed(item: ChargeItem, version: TariffVersion, named: dict[Where, str], today: date) -> Listed:
    price, where = queries.price_of(version), queries.where_of(version)
    ended = version.to_on is not None and version.to_on <= today
    example = None if ended else queries.find_example(version.community_id, version.use, price, where)
    return Listed(item, version, price, named.get(where, ""), queries.is_in_force(version, today), ended, example)


def rate_unit(price: Price, meter_kind: str | None) -> str:
    """What a rate is paid for: yuan/m²·month, yuan/m³."""
    if price.basis is Basis.METER:
        return _("yuan/%(unit)s", unit=naming.METER_UNITS.get(meter_kind or "", _("unit")))
    return _(naming.RATE_UNITS[price.basis])


def tiers_said(price: Price, meter_kind: str | None) -> list[str]:
    """Each tier in words: up to 15 m³ 2.80; 15 to 25 m³ 4.00; above 25 m³ 6.50."""
    unit = naming.METER_UNITS.get(meter_kind or "", "")
    lines = []
    for lower, upper, rate in tier_steps(price.tiers):
        facts = {"lower": plain(lower), "upper": plain(upper or lower), "unit": unit, "rate": written(rate)}
        if upper is None:
            lines.append(_("above %(lower)s %(unit)s: %(rate)s", **facts))
        elif lower:
            lines.append(_("%(lower)s to %(upper)s %(unit)s: %(rate)s", **facts))
        else:
            lines.append(_("up to %(upper)s %(unit)s: %(rate)s", **facts))
    return lines


def floors_said(price: Price) -> list[str]:
    """Each run of floors in words, the rest last."""
    if price.coefficients is None:
        return []
    runs = [
        _("floor %(floors)s × %(part)s", floors=run, part=plain(run.part)) for run in floor_runs(price.coefficients)
    ]
    return [*runs, _("other floors × 1")]


def example_said(example: queries.Example, price: Price, meter_kind: str | None) -> str:
    """What an example was reckoned on: 86.53 m², or 10 m³, and the coefficient of its floor."""
    said = ""
    if price.basis in (Basis.AREA, Basis.INNER_AREA):
        said = f"{example.area} m²"
    elif price.basis is Basis.METER:
        said = f"{plain(Decimal(example.quantity).scaleb(-2))} {naming.METER_UNITS.get(meter_kind or '', '')}"
    if example.coefficient == 1:
        return said
    part = plain(Decimal(example.coefficient.numerator) / example.coefficient.denominator)
    return f"{said} × {part}".strip()


HEADERS = (
    msg("Item"), msg("Code"), msg("For"), msg("Where"), msg("Price in yuan"), msg("Unit"), msg("Counted"),
    msg("Tiers"), msg("Floor coefficients"), msg("Part of a month"), msg("Rounded"), msg("From"), msg("To"),
    msg("Authority"), msg("Number and article"), msg("State"), msg("For example"), msg("Amount"),
)  # fmt: skip


def as_table(prices: Sequence[tuple[ChargeItem, list[Listed]]], chinese: bool) -> tuple[list[str], list[list[Any]]]:
    """Headers and rows of the price list, exactly what the page shows, the ended prices included."""
    rows = [_row(listed, item.name if chinese else item.name_en) for item, of_item in prices for listed in of_item]
    return [_(header) for header in HEADERS], rows


def _row(listed: Listed, name: str) -> list[Any]:
    version, price, example = listed.version, listed.price, listed.example
    rounded = f"{_(naming.ROUNDING_WORDS[price.rounding])} {_(naming.ROUND_TO_WORDS[price.round_to])}"
    last_on = version.to_on - timedelta(days=1) if version.to_on else _("no end")
    return [
        name, listed.item.code, use_words(version.use), listed.where or _("the whole community"),
        "" if price.basis is Basis.POOL else written(price.rate), rate_unit(price, listed.item.meter_kind),
        _(naming.BASIS_WORDS[price.basis]), "\n".join(tiers_said(price, listed.item.meter_kind)),
        "\n".join(floors_said(price)), _(naming.PRORATION_WORDS[price.proration]),
        f"{rounded}, {_(naming.ROUND_AT_WORDS[price.round_at])}", version.from_on,
        last_on, _(naming.AUTHORITY_WORDS[version.authority]),
        version.authority_text, _(listed.state), example.unit_name if example else "",
        example.amount if example else None,
    ]  # fmt: skip
