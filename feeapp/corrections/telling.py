"""What a request says beside its lines, in the words of the page: each kind its own facts."""

from __future__ import annotations

from flask_babel import gettext as _

from feeapp.core.period import Period
from feeapp.corrections import areas
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CorrectionKind
from feeapp.registry.areas import Areas
from feeapp.web.filters import period as period_words


def told(correction: Correction) -> list[tuple[str, str]]:
    """Names and values for the page of a correction."""
    if correction.kind is CorrectionKind.AREA:
        return _area(correction)
    return []


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
