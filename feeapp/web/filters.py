"""How money, areas, months, days and instants are written on a page."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for
from flask_babel import gettext

from feeapp.clock import OFFICE_ZONE
from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.web.language import short

_STATIC = Path(__file__).parent.parent / "static"


def money(amount: Money | None) -> str:
    """``1,038.36``; a minus sign stands before the figure."""
    return "" if amount is None else str(amount)


def yuan(amount: Money) -> str:
    """``¥1,038.36``, and ``-¥86.40`` below zero (RC-6)."""
    return f"-¥{-amount}" if amount.fen < 0 else f"¥{amount}"


def area(size: Area | None) -> str:
    """``86.53``; a dash where it is not known."""
    return "–" if size is None else str(size)


def period(month: Period) -> str:
    """``2026年1月`` or ``Jan 2026``."""
    if short() == "zh":
        return f"{month.year}年{month.month}月"
    return month.first_day.strftime("%b %Y")


def day(on: date | None) -> str:
    """``2026-01-31``."""
    return "" if on is None else on.isoformat()


def day_before(on: date) -> str:
    """The last day of a half-open span, from the day after it."""
    return day(on - timedelta(days=1))


def rate(yuan_each: Decimal) -> str:
    """``0.65``: a price with two to four decimals."""
    plain = f"{yuan_each:.4f}"
    return plain[:-2] if plain.endswith("00") else plain.rstrip("0")


def moment(at: datetime | None) -> str:
    """``2026-01-31 09:15`` in the office's zone."""
    return "" if at is None else at.astimezone(OFFICE_ZONE).strftime("%Y-%m-%d %H:%M")


def said(sentence: str, facts: dict[str, object] | None = None) -> str:
    """A sentence of the rules, marked with ``msg``, in the page's language."""
    return gettext(sentence) % facts if facts else gettext(sentence)


@lru_cache(maxsize=64)
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it for ever."""
    return url_for("static", filename=name, v=_digest(name))


def init_app(app: Flask) -> None:
    """Make them known to the templates."""
    app.jinja_env.filters.update(
        money=money,
        yuan=yuan,
        area=area,
        period=period,
        day=day,
        day_before=day_before,
        rate=rate,
        moment=moment,
        said=said,
    )
    app.jinja_env.globals.update(asset=asset)
