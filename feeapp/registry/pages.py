"""The blueprint of the registry's pages, and what they all know of the person who looks."""

from __future__ import annotations

from flask import Blueprint, current_app, url_for

from feeapp.core.powers import Power
from feeapp.registry.rules import Sight, mask_id, mask_name, mask_phone
from feeapp.registry.searching import Hit
from feeapp.registry.wording import FOUND_WORDS, PARTY_WORDS, STATE_WORDS, USE_WORDS
from feeapp.web import guard

pages = Blueprint("registry", __name__, url_prefix="/<community:community>")


@pages.context_processor
def registry_words() -> dict[str, object]:
    """What kinds and states are called, and the masks of personal data (domain rule PD-8)."""
    return {
        "unit_use": USE_WORDS,
        "unit_state": STATE_WORDS,
        "party_kind": PARTY_WORDS,
        "found_words": FOUND_WORDS,
        "mask_name": mask_name,
        "mask_phone": mask_phone,
        "mask_id": mask_id,
        "masked": masked,
        "sight": sight,
        "Sight": Sight,
    }


def sight() -> Sight:
    """Names in full for those who work with households, masked for those who only oversee."""
    return Sight.FULL if guard.may(Power.REGISTRY_REVEAL) else Sight.STAFF


def masked(hit: Hit) -> str:
    """The owners of a household found, as far as this person may see them."""
    return "、".join(mask_name(name, sight(), kind) for name, kind in hit.holders)


def counter_url(unit_id: int) -> str | None:
    """Where this person takes this household's money, if that is their work."""
    if "cashier.counter" not in current_app.view_functions or not guard.may(Power.CASHIER_TAKE):
        return None
    return url_for("cashier.counter", unit=unit_id)
