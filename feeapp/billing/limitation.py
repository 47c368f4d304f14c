"""Until when a debt can be claimed in court: three years, anew from each demand (Civil Code art. 188, 195).

Rule: docs/rules/limitation.md. The day is a careful one: no holiday moves it. A debt past it is kept and may be paid;
only the debtor may plead the time (art. 192, 193).
"""

from __future__ import annotations

import enum
from datetime import date

from feeapp.core.period import add_months
from feeapp.core.refusal import msg

YEARS = 3


class DemandKind(enum.Enum):
    """What makes the time run anew (Civil Code art. 195)."""

    DELIVERED = "DELIVERED"
    AGREED = "AGREED"
    SUED = "SUED"
    OTHER = "OTHER"


DEMAND_WORDS = {
    DemandKind.DELIVERED: msg("Written demand, delivered to the debtor"),
    DemandKind.AGREED: msg("The debtor agreed to pay"),
    DemandKind.SUED: msg("Claim before a court or in arbitration"),
    DemandKind.OTHER: msg("Of the same effect, such as mediation"),
}


def runs_out_on(due_on: date, interrupted_on: date | None = None) -> date:
    """The last day to claim a debt: three years after it fell due, or after the last interruption where that is later.

    Counted from that day itself (BL-6): due on 29 February 2024 gives 28 February 2027.
    """
    return add_months(max(due_on, interrupted_on or due_on), 12 * YEARS)
