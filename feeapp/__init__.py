"""feeapp: property-fee collection and homeowners-committee management."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from feeapp import clock, commands, tables
from feeapp.access import views as access
from feeapp.access.queries import find_session
from feeapp.access.queries import names_of as names_of_people
from feeapp.banking import (
    format_views,  # noqa: F401 - adds its pages to the blueprint of banking.views
    line_views,  # noqa: F401 - adds its pages to the blueprint of banking.views
)
from feeapp.banking import views as banking
from feeapp.banking.claiming import check_unmatched
from feeapp.billing import (
    back_views,  # noqa: F401 - adds its pages to the blueprint of billing.views
    demand_views,  # noqa: F401 - adds its page to the blueprint of billing.views
    dispute_views,  # noqa: F401 - adds its pages to the blueprint of billing.views
    explaining,
    late_views,  # noqa: F401 - adds its pages to the blueprint of billing.views
    lateness,
    pool_views,  # noqa: F401 - adds its pages to the blueprint of billing.views
)
from feeapp.billing import views as billing
from feeapp.billing.metered import MetersBilled
from feeapp.billing.opening import OpeningBalances
from feeapp.billing.queries import find_billed_upto
from feeapp.cashier import (
    number_views,  # noqa: F401 - adds its pages to the blueprint of cashier.views
    owing,
    prepay_views,  # noqa: F401 - adds its page to the blueprint of cashier.views
    voiding,
)
from feeapp.cashier import views as cashier
from feeapp.cashier import void_views as receipt_voids  # noqa: F401 - adds its pages to the blueprint of cashier.views
from feeapp.commands.checking import problems_of_the_book
from feeapp.config import settings
from feeapp.core.powers import Power
from feeapp.core.refusal import msg
from feeapp.corrections import (
    area_views,  # noqa: F401 - adds its page to the blueprint of corrections.views
    list_views,  # noqa: F401 - adds its pages to the blueprint of corrections.views
    many_views,
    void_views,  # noqa: F401 - adds its page to the blueprint of corrections.views
)
from feeapp.corrections import views as corrections
from feeapp.jobs import views as jobs
from feeapp.jobs.working import Worker
from feeapp.ledger import (
    closing,
    closing_views,  # noqa: F401 - adds its pages to the blueprint of ledger.views
)
from feeapp.ledger import views as ledger
from feeapp.ledger.actions import open_book
from feeapp.logbook import views as logbook
from feeapp.metering import followers as readings
from feeapp.metering import views as metering
from feeapp.metering.hanging import MetersHang
from feeapp.portal import notices
from feeapp.portal import views as portal
from feeapp.prepay import views as prepay
from feeapp.registry import followers, naming
from feeapp.registry import views as registry
from feeapp.registry.queries import find_community, names_of_communities
from feeapp.reliefs import items as relief_items
from feeapp.reliefs import views as reliefs
from feeapp.reliefs.actions import end_vacancies
from feeapp.reports import (  # noqa: F401 - add their pages to the blueprint of reports.views
    bulk,
    charges,
    reduction_views,
    tie_out_views,
    today,
)
from feeapp.reports import views as reports
from feeapp.reports.tie_out import problems_of_the_month
from feeapp.statements import press as bill_press
from feeapp.statements import views as statements
from feeapp.storage import db as database
from feeapp.tariffs import views as tariffs
from feeapp.tariffs.queries import list_priced_items
from feeapp.transfers import views as transfers
from feeapp.transfers.queries import named_in_money
from feeapp.web import errors, filters, guard, headers, language, menu, names
from feeapp.web import views as web


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The whole wiring, from the ground floor up. Raises Unguarded where a route has no guard."""
    app = Flask(__name__, template_folder="../templates")
    app.config.update(settings(environ))
    app.jinja_env.undefined = StrictUndefined
    if app.config["FEEAPP_PROXIES"]:
        hops = app.config["FEEAPP_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    database.init_app(app, tables.ROOMS)
    CSRFProtect(app)
    logins = LoginManager(app)
    logins.user_loader(lambda key: find_session(key, clock.now()))
    language.init_app(app)
    filters.init_app(app)
    guard.init_app(app, find_community)
    menu.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    names.init_app(app, user=names_of_people, community=names_of_communities, payment=cashier.names_of_payments)
    followers.founders[:] = [open_book]
    followers.followers[:] = [OpeningBalances(), MetersHang()]
    readings.followers[:] = [MetersBilled()]
    followers.movers_in[:] = [end_vacancies]
    relief_items.keepers[:] = [list_priced_items]
    followers.billed_upto[:] = [find_billed_upto]
    followers.named_in_money[:] = [named_in_money]
    bulk.deeds[:] = [
        bulk.BulkDeed("export", msg("Excel of these"), "download", Power.BILLING_SEE, charges.export),
        bulk.BulkDeed(
            "bills",
            msg("Print their bills"),
            "print",
            Power.STATEMENTS_PRINT,
            lambda chosen: statements.print_bills_of(chosen.unit_ids()),
        ),
        bulk.BulkDeed(
            "adjust",
            msg("Adjust these"),
            "edit",
            Power.CORRECTIONS_ASK,
            lambda chosen: many_views.choose(chosen.ids()),
        ),
    ]
    voiding.keepers[:] = [check_unmatched]
    closing.gates[:] = [problems_of_the_book, problems_of_the_month]
    lateness.readers[:] = [owing.list_paid_late]
    naming.init_app(app)
    explaining.init_app(app)

    rooms = (
        web,
        jobs,
        logbook,
        access,
        registry,
        tariffs,
        ledger,
        metering,
        reliefs,
        billing,
        prepay,
        cashier,
        banking,
        corrections,
        statements,
        transfers,
        reports,
        portal,
    )
    for room in rooms:
        app.register_blueprint(room.pages)
    commands.init_app(app)
    app.extensions["feeapp_worker"] = Worker(
        {notices.KIND: notices.press(app.config, explaining.explained), bill_press.KIND: bill_press.press(app.config)}
    )

    guard.check_every_route(app)
    return app
