"""The public price list, put together from what is published: nothing on it is typed twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import force_locale

from feeapp.core.refusal import NotFound
from feeapp.printing.price_list import PostedPrice, PriceListPaper
from feeapp.printing.receipt import Language
from feeapp.registry.models import Community
from feeapp.registry.naming import use_words
from feeapp.tariffs import naming
from feeapp.tariffs.listing import Listed, floors_said, list_prices, rate_unit, tiers_said
from feeapp.tariffs.rules import Authority, Basis
from feeapp.web.filters import day_before, said
from feeapp.web.filters import rate as written

CHINESE = "zh_Hans_CN"


def price_list(community: Community, today: date, language: Language) -> PriceListPaper:
    """Every price in force or to come, in Chinese. Raises NotFound where there is none."""
    with force_locale(CHINESE):
        prices = [one for _, listed in list_prices(community.id, today) for one in listed if not one.ended]
        posted = tuple(_posted(one) for one in prices)
    if not posted:
        raise NotFound
    return PriceListPaper(
        "物业服务收费公示", community.name, community.operator, community.phone, today, posted, language
    )


def _posted(one: Listed) -> PostedPrice:
    return PostedPrice(
        item=one.item.name,
        content=one.item.content,
        payers=_payers(one),
        method=_method(one),
        rates=_rates(one),
        price_type=_price_type(one),
        basis=f"{said(naming.AUTHORITY_WORDS[one.version.authority])} {one.version.authority_text}",
        note=_note(one),
    )


def _payers(one: Listed) -> str:
    """Whom it is for, where, and from when."""
    return f"{use_words(one.version.use)}，{one.where or said(naming.PLACE_WORDS[one.version.place])}"


def _method(one: Listed) -> str:
    """How it is counted and rounded: the choice belongs in the posted standard (docs/rules/rounding.md)."""
    price = one.price
    rounding = f"{said(naming.ROUNDING_WORDS[price.rounding])}{said(naming.ROUND_TO_WORDS[price.round_to])}"
    return f"{said(naming.BASIS_WORDS[price.basis])}；{rounding}，{said(naming.ROUND_AT_WORDS[price.round_at])}"


def _rates(one: Listed) -> tuple[str, ...]:
    price, unit = one.price, rate_unit(one.price, one.item.meter_kind)
    since = f"{one.version.from_on.isoformat()} 起"
    if one.version.to_on is not None:
        since = f"{since}，至 {day_before(one.version.to_on)}"
    if price.tiers:
        return (*(f"{line} {unit}" for line in tiers_said(price, one.item.meter_kind)), since)
    rate = unit if price.basis is Basis.POOL else f"{written(price.rate)} {unit}"
    return rate, since


def _price_type(one: Listed) -> str:
    """Guided by the government where its notice sets the price, otherwise agreed on the market."""
    return "政府指导价" if one.version.authority is Authority.NOTICE else "市场调节价"


def _note(one: Listed) -> str:
    if one.price.coefficients is None:
        return ""
    lines: Sequence[str] = floors_said(one.price)
    return f"{one.item.name}：{one.price.coefficients.name}：{'；'.join(lines)}"
