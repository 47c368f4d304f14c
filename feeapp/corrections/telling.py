"""What a request says beside its lines, in the words of the page: each kind its own facts."""

from __future__ import annotations

from flask_babel import gettext as _

from feeapp.core.money import Money
from feeapp.core.period import Period
from feeapp.corrections import areas, voids
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import WAY_WORDS, CorrectionKind, Way
from feeapp.registry.areas import Areas
from feeapp.web.filters import period as period_words
from feeapp.web.filters import yuan


def told(correction: Correction) -> list[tuple[str, str]]:
    """Names and values for the page of a correction."""
    if correction.kind is CorrectionKind.AREA:
        return _area(correction)
    if correction.kind is CorrectionKind.VOID:
        return _void(correction)
    return _many(correction)


def _many(correction: Correction) -> list[tuple[str, str]]:
    """By how much many charges were changed at once; nothing for an adjustment of one."""
    facts = correction.facts or {}
    if "way" not in facts:
        return []
    said = _(WAY_WORDS[Way(facts["way"])])
    if facts["percent"] is not None:
        said = f"{said}: {facts['percent']} %"
    if facts["fen"] is not None:
        said = f"{said}: {yuan(Money(facts['fen']))}"
    return [(_("How much"), said)]


def _void(correction: Correction) -> list[tuple[str, str]]:
    wanted = voids.wanted_of(correction)
    anew = _("not at all: nothing is due") if wanted.not_due else _("by the rules as they stand now")
    return [(_("Month"), period_words(wanted.period)), (_("Issued anew"), anew)]


def _area(correction: Correction) -> list[tuple[str, str]]:
    was, wanted = areas.was_of(correction), areas.wanted_of(correction)
    facts = correction.facts or {}
    pairs = [
        (_("Wrong since"), wanted.from_on.isoformat()),
        (_("Floor area (m²)"), f"{was.area} → {wanted.areas.area}"),
        (_("Adjusted from"), period_words(Period.from_key(facts["since"]))),
    ]
    if was.inner_area != wanted.areas.inner_area:
        pairs.append((_("Inner area (m²)"), _arrow(Areas(was.inner_area, wanted.areas.inner_area))))
    if facts["older"]:
        months = {key for key, _was, _should in facts["older"]}
        pairs.append((_("Not adjusted, too long ago"), _("%(count)s months", count=len(months))))
    return pairs


def _arrow(pair: Areas) -> str:
    return " → ".join(str(area) if area else _("missing") for area in pair)
