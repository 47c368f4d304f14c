"""What bills are made of, and what keeps a unit out of one."""

from __future__ import annotations

import enum

from feeapp.core.refusal import Refused, msg


class ReductionKind(enum.Enum):
    """Why a charge is lowered without money."""

    IMPORT_UNDONE = "IMPORT_UNDONE"
    VACANCY = "VACANCY"
    HARDSHIP = "HARDSHIP"
    EXEMPTION = "EXEMPTION"
    ROUNDING = "ROUNDING"
    CORRECTED = "CORRECTED"
    RECKONED = "RECKONED"
    VOIDED = "VOIDED"
    TRANSFERRED = "TRANSFERRED"
    TAKEN_OVER = "TAKEN_OVER"
    WAIVED = "WAIVED"
    SMALL = "SMALL"
    UNPAID = "UNPAID"


REDUCTION_WORDS = {
    ReductionKind.IMPORT_UNDONE: msg("Import undone"),
    ReductionKind.VACANCY: msg("Vacancy"),
    ReductionKind.HARDSHIP: msg("Hardship"),
    ReductionKind.EXEMPTION: msg("Exemption"),
    ReductionKind.ROUNDING: msg("Odd fen struck off"),
    ReductionKind.CORRECTED: msg("Charge was wrong"),
    ReductionKind.RECKONED: msg("Reckoned anew"),
    ReductionKind.VOIDED: msg("Bill voided"),
    ReductionKind.TRANSFERRED: msg("Falls to the new owner"),
    ReductionKind.TAKEN_OVER: msg("Taken over by the new owner"),
    ReductionKind.WAIVED: msg("Waived as goodwill"),
    ReductionKind.SMALL: msg("Small change let off"),
    ReductionKind.UNPAID: msg("Late charge of a payment taken back"),
}

BY_RULE = frozenset(
    {
        ReductionKind.VACANCY,
        ReductionKind.HARDSHIP,
        ReductionKind.EXEMPTION,
        ReductionKind.RECKONED,
        ReductionKind.VOIDED,
        ReductionKind.TRANSFERRED,
        ReductionKind.TAKEN_OVER,
    }
)
"""What the rules themselves take off or move; what a person granted beside them is not reckoned again."""


class AddedKind(enum.Enum):
    """Why a charge was made by itself, after the bill run of its month."""

    ADJUSTED = "adjusted"
    RECKONED = "reckoned"
    TAKEN_OVER = "taken_over"


ADDED_WORDS = {
    AddedKind.ADJUSTED: msg("Charged in addition"),
    AddedKind.RECKONED: msg("Reckoned anew"),
    AddedKind.TAKEN_OVER: msg("Taken over from the former owner"),
}


class Way(enum.Enum):
    """How a sum is shared: by floor area, by inner area, evenly, or by a table of weights (Civil Code art. 283)."""

    AREA = "AREA"
    INNER_AREA = "INNER_AREA"
    UNIT = "UNIT"
    KEY = "KEY"


KEY_SCALE = 10_000
"""Weights of a table have at most four decimals and are kept as whole numbers."""

WAY_WORDS = {
    Way.AREA: msg("by gross floor area"),
    Way.INNER_AREA: msg("by inner area"),
    Way.UNIT: msg("evenly, unit by unit"),
    Way.KEY: msg("by a table of weights"),
}


class WaiverState(enum.Enum):
    """Where a request to waive late charges stands; what was decided stays decided."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


WAIVER_WORDS = {
    WaiverState.ASKED: msg("waiting"),
    WaiverState.APPROVED: msg("waived"),
    WaiverState.REFUSED: msg("not waived"),
}


class DisputeState(enum.Enum):
    """Where a dispute over a charge stands; the value stands in the address."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


DISPUTE_WORDS = {
    DisputeState.OPEN: msg("In dispute"),
    DisputeState.UPHELD: msg("Upheld"),
    DisputeState.REJECTED: msg("Not upheld"),
}

DISPUTE_TONES = {DisputeState.OPEN: "disputed", DisputeState.UPHELD: "paid", DisputeState.REJECTED: "vacant"}
"""Which chip each looks like."""

LATE_CODE = "LATE"
"""The item that late charges are charged under when they are paid."""

OFFSET = "offset"
"""The source of the entries and moves by which prepaid money clears charges, or comes back from them."""

CANNOT_WORDS = {
    "withdrawn": msg("the import that brought them was undone"),
    "area": msg("their area is not known"),
    "size": msg("their area is larger than can be reckoned"),
    "owner": msg("nobody owns them on that day"),
}
"""The reasons of ``unbillable.unbillable``."""


def no_longer_open() -> Refused:
    """The refusal of a payment for something that is not open, or not so much of it."""
    return Refused(
        "settle.gone",
        msg("Something that was ticked is no longer open: it may have just been paid. Reload the page."),
        field="items",
    )
