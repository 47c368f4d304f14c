"""The certificate that a household owes nothing, or how much it owes, on a day (无欠费证明、欠费证明), on A4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from feeapp.core.money import Money
from feeapp.core.money import total as total_of
from feeapp.printing.paper import Paper, Size
from feeapp.printing.receipt import Language, hold_to

MOST_LINES = 12

_LONGEST = {"community": 64, "body": 64, "number": 32, "holder": 64, "unit": 64}
_LONGEST_IN_LINE = {"item": 40, "period": 40}


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """What is owed for an item and some months."""

    item: str
    period: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """A certificate ready to print; without lines it certifies that nothing is owed.

    Raises ValueError where lines and total differ, or a text is too long to fit.
    """

    community: str
    body: str
    number: str
    holder: str
    unit: str
    as_of_on: date
    issued_on: date
    lines: tuple[CertificateLine, ...]
    total: Money
    language: Language = "zh"

    def __post_init__(self) -> None:
        if len(self.lines) > MOST_LINES:
            raise ValueError(f"a certificate has at most {MOST_LINES} lines")
        if total_of(line.amount for line in self.lines) != self.total:
            raise ValueError("the lines of a certificate add up to its total")
        hold_to(_LONGEST, self)
        for line in self.lines:
            hold_to(_LONGEST_IN_LINE, line)

    @property
    def title(self) -> str:
        return "欠费证明" if self.lines else "无欠费证明"


CERTIFICATE: Paper[CertificatePaper] = Paper("certificate", Size.A4, lambda certificate, size: [certificate])


def to_facts(paper: CertificatePaper) -> dict[str, Any]:
    """All that a certificate says, to be kept with it; the language belongs to the copy."""
    facts = asdict(paper)
    facts.pop("language")
    facts |= {name: facts[name].isoformat() for name in ("as_of_on", "issued_on")}
    lines = [{"item": line.item, "period": line.period, "fen": line.amount.fen} for line in paper.lines]
    return {**facts, "lines": lines, "total": paper.total.fen}


def from_facts(facts: Mapping[str, Any], language: Language) -> CertificatePaper:
    """A kept certificate as paper again."""
    return CertificatePaper(
        **{name: facts[name] for name in ("community", "body", "number", "holder", "unit")},
        as_of_on=date.fromisoformat(facts["as_of_on"]),
        issued_on=date.fromisoformat(facts["issued_on"]),
        lines=tuple(CertificateLine(line["item"], line["period"], Money(line["fen"])) for line in facts["lines"]),
        total=Money(facts["total"]),
        language=language,
    )
