"""Bills to void in tests."""

from __future__ import annotations

from feeapp.core.period import Period
from feeapp.corrections import voids
from feeapp.corrections.voids import Planned, Wanted
from feeapp.storage.transaction import transaction
from tests.areas import AT, CODE
from tests.people import Cast

MAY = Period(2026, 5)


def look(cast: Cast, not_due: bool = False, debtor: str | None = None, period: Period = MAY) -> Planned:
    wanted = Wanted(period, cast.parties[debtor] if debtor else None, not_due)
    return voids.plan(cast.community, cast.units[CODE], wanted)


def ask(cast: Cast, not_due: bool = False, debtor: str | None = None, key: str = "form void") -> int:
    by = cast.by("accountant", AT)
    wanted = Wanted(MAY, cast.parties[debtor] if debtor else None, not_due)
    return transaction(lambda: voids.ask(by, cast.units[CODE], wanted, "开错户", "购房合同", key))
