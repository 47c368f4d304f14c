"""The blueprint of the pages of meters, and the words they all use."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint

from feeapp.metering.naming import ANSWER_WORDS, KIND_WORDS, NOTE_WORDS, SOURCE_WORDS, UNITS
from feeapp.metering.rules import Note, written

pages = Blueprint("metering", __name__, url_prefix="/<community:community>/meters")


@pages.context_processor
def metering_words() -> dict[str, object]:
    """What kinds, sources and notes are called, and how a figure is written."""
    return {
        "kind_words": KIND_WORDS,
        "units": UNITS,
        "source_words": SOURCE_WORDS,
        "answer_words": ANSWER_WORDS,
        "note_words": NOTE_WORDS,
        "written": written,
        "baseline": Note.BASELINE,
    }


def hundredths(centi: int | None) -> Decimal | None:
    """A figure or quantity for a cell."""
    return None if centi is None else Decimal(centi).scaleb(-2)
