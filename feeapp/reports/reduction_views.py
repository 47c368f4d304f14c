"""What was taken off charges: the list, its sums by kind, and the workbook."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask_babel import gettext as _

from feeapp.billing.rules import REDUCTION_WORDS, ReductionKind
from feeapp.clock import office_day
from feeapp.core.money import total
from feeapp.core.powers import Power
from feeapp.reports.reductions import WantedReductions, list_reductions, sum_by_kind
from feeapp.reports.views import pages
from feeapp.spreadsheet import table
from feeapp.web import guard
from feeapp.web.files import workbook
from feeapp.web.language import short
from feeapp.web.paging import asked_day, asked_page, asked_words


def _wanted() -> WantedReductions:
    kind = next((each for each in ReductionKind if each.value == request.args.get("kind")), None)
    days = asked_day(request.args.get("from")), asked_day(request.args.get("to"))
    return WantedReductions(asked_words(request.args.get("q")), kind, *days)


@pages.get("/<community:community>/reductions")
@guard.needs(Power.BILLING_SEE)
def reductions() -> str:
    """Everything that was taken off without money, and what each kind of it comes to."""
    wanted = _wanted()
    sums = sum_by_kind(g.community.id, wanted)
    return render_template(
        "reports/reductions.html",
        wanted=wanted,
        page=list_reductions(g.community.id, wanted, asked_page(request.args.get("page"))),
        sums=sums,
        whole=total(each.total for each in sums),
        words=REDUCTION_WORDS,
        kinds=list(ReductionKind),
    )


@pages.get("/<community:community>/reductions.xlsx")
@guard.needs(Power.BILLING_SEE)
def reductions_workbook() -> Response:
    """The same list in full, with its sum."""
    rows = list_reductions(g.community.id, _wanted(), None).items
    headers = [
        _("Day"), _("Unit"), _("Full name"), _("Item"), _("Month"), _("Kind of reduction"), _("Amount"), _("Reason"),
        _("By"), _("Approved by"),
    ]  # fmt: skip
    chinese = short() == "zh"
    body: list[list[object]] = [
        [
            office_day(row.at), row.unit_code, row.unit_name, row.item_name if chinese else row.item_name_en,
            str(row.period), _(REDUCTION_WORDS[row.kind]), row.amount, row.reason, row.by, row.approver or "",
        ]
        for row in rows
    ]  # fmt: skip
    said = _("Sum of %(n)s lines", n=f"{len(rows):,}")
    last: list[object] = [None, said, "", "", "", "", total(row.amount for row in rows), "", "", ""]
    return workbook(f"reductions-{g.community.code}.xlsx", table(headers, [*body, last]))
