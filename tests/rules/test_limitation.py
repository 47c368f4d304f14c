"""Until when a debt can be claimed."""

from __future__ import annotations

from datetime import date

import pytest

from feeapp.billing.limitation import runs_out_on
from tests.rules.doctables import table


@pytest.mark.parametrize(
    ("due", "interrupted", "until"), table("limitation.md", "due", "interrupted", "can be claimed until")
)
def test_three_years_from_the_due_day_or_the_last_interruption(due: str, interrupted: str, until: str) -> None:
    day = date.fromisoformat(interrupted) if interrupted else None
    assert runs_out_on(date.fromisoformat(due), day) == date.fromisoformat(until)
