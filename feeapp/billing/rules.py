"""What bills are made of."""

from __future__ import annotations

import enum


class ReductionKind(enum.Enum):
    """Why a charge is lowered without money."""

    IMPORT_UNDONE = "IMPORT_UNDONE"
