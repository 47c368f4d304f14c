"""The office's pages of a household's papers: its statement of account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from werkzeug.wrappers import Response

from feeapp import clock
from feeapp.clock import office_day
from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Unit
from feeapp.registry.pages import sight
from feeapp.registry.queries import get_unit, names
from feeapp.registry.rules import Sight
from feeapp.statements import queries
from feeapp.statements.forms import DaysForm
from feeapp.statements.rules import Statement, years_of
from feeapp.statements.sheets import paper_of, pdf, workbook_of
from feeapp.statements.wording import said
from feeapp.web import guard
from feeapp.web.files import pdf_file, workbook
from feeapp.web.keys import as_key
from feeapp.web.language import short

pages = Blueprint("statements", __name__, url_prefix="/<community:community>")


class Asked:
    """A statement as the address asks for it: whose, over which units, of which days."""

    def __init__(self, unit_id: int) -> None:
        self.today = office_day(clock.now())
        self.unit: Unit = get_unit(g.community.id, unit_id)
        self.households = queries.list_households(g.community.id, unit_id, self.today)
        key = request.args.get("whose", 0, type=as_key)
        self.household = next((each for each in self.households if each.key == key), None) or _nobody()
        self.wide = request.args.get("units") != "one"
        self.books = queries.open_books(g.community.id, unit_id, self.household, self.wide)
        self.ranges = years_of(self.today, self.books.lines)
        self.form = DaysForm(request.args)
        sound = self.form.validate()
        days = self.form.days(self.ranges["this"]) if sound else self.ranges["this"]
        self.statement: Statement | None = self.books.statement(days) if sound else None
        self.unit_names = queries.list_unit_names(g.community.id, queries.list_charged_units(self.books) or [unit_id])

    def args(self, **changed: Any) -> dict[str, Any]:
        """What stands in the addresses of this statement."""
        asked = {
            "unit_id": self.unit.id,
            "whose": self.household.key or None,
            "units": None if self.wide else "one",
            "since": self.form.since.data,
            "upto": self.form.upto.data,
        }
        return {**asked, **changed}


def _nobody() -> queries.Household:
    raise NotFound


@pages.get("/units/<int:unit_id>/statement")
@guard.needs(Power.BILLING_SEE)
def statement(unit_id: int) -> str:
    """Everything that moved what a household owes, with the balance after each line."""
    asked = Asked(unit_id)
    return render_template(
        "statements/statement.html",
        asked=asked,
        statement=asked.statement,
        said=lambda line: said(line, short(), len(asked.unit_names) > 1),
        holder=lambda household: names(household.parties, sight()),
        address=lambda **changed: url_for("statements.statement", **asked.args(**changed)),
    )


@pages.get("/units/<int:unit_id>/statement.pdf")
@guard.needs(Power.STATEMENTS_PRINT)
def statement_pdf(unit_id: int) -> Response:
    """The statement on A4, with full names: it is handed to the household."""
    asked = Asked(unit_id)
    if asked.statement is None:
        raise NotFound
    holder = names(asked.household.parties, Sight.FULL)
    paper = paper_of(asked.statement, g.community, holder, asked.unit_names, asked.today, short())
    return pdf_file(f"statement-{asked.unit.code}.pdf", pdf(paper))


@pages.get("/units/<int:unit_id>/statement.xlsx")
@guard.needs(Power.BILLING_SEE)
def statement_workbook(unit_id: int) -> Response:
    """The statement as a workbook."""
    asked = Asked(unit_id)
    if asked.statement is None:
        raise NotFound
    return workbook(
        f"statement-{asked.unit.code}.xlsx", workbook_of(asked.statement, short(), len(asked.unit_names) > 1)
    )
