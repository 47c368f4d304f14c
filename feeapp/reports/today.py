"""The day's page of the office: what needs this person now."""

from __future__ import annotations

from flask import g, render_template
from flask_login import current_user

from feeapp import clock
from feeapp.billing.disputes import count_unanswered
from feeapp.cashier.rules import METHOD_WORDS
from feeapp.clock import office_day
from feeapp.core.money import total
from feeapp.core.period import Period
from feeapp.core.powers import Power
from feeapp.corrections.queries import count_waiting
from feeapp.reliefs.listing import count_phases
from feeapp.reliefs.rules import Phase
from feeapp.reports import queries
from feeapp.reports.views import pages
from feeapp.web import guard


@pages.get("/<community:community>/today")
@guard.needs(Power.REGISTRY_SEE)
def today() -> str:
    """What needs me now, the first steps until they are done, and the month in figures."""
    on = office_day(clock.now())
    period = Period.of(on)
    mine = queries.sum_takings(g.community.id, on, current_user.id) if guard.may(Power.CASHIER_TAKE) else {}
    everybody = queries.sum_takings(g.community.id, on)
    reliefs, expiring = count_phases(g.community.id, on)
    return render_template(
        "reports/today.html",
        on=on,
        period=period,
        set_up=queries.get_set_up(g.community.id),
        month=queries.get_month(g.community.id, period),
        billed=queries.is_billed(g.community.id, period),
        without_area=queries.count_without_area(g.community.id),
        units=queries.count_units(g.community.id),
        mine=mine,
        mine_sum=total(mine.values()),
        takings=everybody,
        takings_sum=total(everybody.values()),
        words=METHOD_WORDS,
        corrections=count_waiting(g.community.id, current_user.id) if guard.may(Power.CORRECTIONS_APPROVE) else 0,
        to_inspect=reliefs[Phase.TO_INSPECT] if guard.may(Power.RELIEFS_APPLY) else 0,
        disputes=count_unanswered(g.community.id, current_user.id) if guard.may(Power.BILLING_ANSWER_DISPUTE) else 0,
        to_decide=reliefs[Phase.TO_DECIDE] if guard.may(Power.RELIEFS_APPROVE) else 0,
        expiring=expiring if guard.may(Power.RELIEFS_APPLY) or guard.may(Power.RELIEFS_APPROVE) else 0,
    )
