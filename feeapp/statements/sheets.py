"""A statement on paper and as a workbook."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from flask_babel import gettext as _

from feeapp.printing.paper import render
from feeapp.printing.statement import STATEMENT, StatementPaper, StatementRow
from feeapp.registry.models import Community
from feeapp.spreadsheet import table
from feeapp.statements.rules import Statement
from feeapp.statements.wording import said

_UNITS_SHOWN = 8


def paper_of(
    statement: Statement,
    community: Community,
    holder: str,
    units: Collection[str],
    on: date,
    language: Literal["zh", "en"],
) -> StatementPaper:
    """The frozen statement, in Chinese, with English labels beside where the reader wants them."""
    several = len(units) > 1
    shown = "、".join(list(units)[:_UNITS_SHOWN]) + (f" 等 {len(units)} 处" if len(units) > _UNITS_SHOWN else "")
    return StatementPaper(
        title="对账单",
        community=community.name,
        body=community.operator,
        holder=holder[:64],
        units=shown[:100],
        from_on=statement.days.from_on,
        to_on=statement.days.to_on,
        issued_on=on,
        opening=statement.opening,
        rows=tuple(
            StatementRow(
                row.line.on, said(row.line, "zh", several)[:300], row.line.number, row.line.charged, row.line.reduced,
                row.line.paid, row.balance,
            )
            for row in statement.rows
        ),
        charged=statement.charged,
        reduced=statement.reduced,
        paid=statement.paid,
        closing=statement.closing,
        language=language,
    )  # fmt: skip


def pdf(paper: StatementPaper) -> bytes:
    """The statement as PDF."""
    return render(STATEMENT, paper)


def workbook_of(statement: Statement, language: Literal["zh", "en"], several: bool) -> bytes:
    """The statement as it is shown: opening balance, lines, totals."""
    headers = [_("Date"), _("Summary"), _("Receipt no."), _("Billed"), _("Reduced"), _("Paid"), _("Balance")]
    rows: list[list[object]] = [[statement.days.from_on, _("Balance before"), "", None, None, None, statement.opening]]
    rows += [
        [
            row.line.on, said(row.line, language, several), row.line.number, row.line.charged or None,
            row.line.reduced or None, row.line.paid or None, row.balance,
        ]
        for row in statement.rows
    ]  # fmt: skip
    rows.append(
        [
            statement.days.to_on, _("Sum") if statement.holds else _("Does not add up"), "", statement.charged,
            statement.reduced, statement.paid, statement.closing,
        ]
    )  # fmt: skip
    return table(headers, rows)
