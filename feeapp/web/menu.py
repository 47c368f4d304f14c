"""The whole menu on one page: what each entry is called, where it leads, and the power it takes."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, request, url_for
from flask_babel import gettext
from flask_login import current_user

from feeapp.core.powers import Power
from feeapp.core.refusal import msg
from feeapp.web.guard import may


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    words: str
    endpoint: str
    icon: str
    power: Power


OFFICE: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        msg("Every day"),
        (
            Entry(msg("Today"), "reports.today", "sun", Power.REGISTRY_SEE),
            Entry(msg("Counter"), "cashier.counter", "cash", Power.CASHIER_TAKE),
            Entry(msg("Household ledger"), "registry.units", "houses", Power.REGISTRY_SEE),
            Entry(msg("Receipts"), "cashier.receipts", "receipt", Power.CASHIER_SEE),
        ),
    ),
    (
        msg("Billing"),
        (
            Entry(msg("Meters"), "metering.meters", "reports", Power.METERING_SEE),
            Entry(msg("Shared sums"), "billing.pools", "part", Power.BILLING_SEE),
            Entry(msg("Bill runs"), "billing.runs", "calendar", Power.BILLING_SEE),
            Entry(msg("Print bills"), "statements.bills", "print", Power.STATEMENTS_PRINT),
            Entry(msg("List of charges"), "reports.charges", "bill", Power.BILLING_SEE),
        ),
    ),
    (
        msg("Cases"),
        (
            Entry(msg("Changes of owner"), "transfers.transfers", "people", Power.TRANSFERS_SEE),
            Entry(msg("Reliefs"), "reliefs.reliefs", "sheet", Power.RELIEFS_SEE),
            Entry(msg("Disputes"), "billing.disputed", "disputed", Power.BILLING_SEE),
            Entry(msg("Receipts taken back"), "cashier.voids", "undo", Power.CASHIER_SEE),
            Entry(msg("Corrections"), "corrections.corrections", "edit", Power.CORRECTIONS_SEE),
            Entry(msg("Late charges"), "billing.late", "clock", Power.BILLING_SEE),
            Entry(msg("Prepaid money"), "prepay.held", "calendar", Power.BILLING_SEE),
        ),
    ),
    (
        msg("Accounts"),
        (
            Entry(msg("Bank receipts"), "banking.lines", "bank", Power.BANKING_SEE),
            Entry(msg("Book"), "ledger.book", "book", Power.LEDGER_SEE),
            Entry(msg("Tie-out"), "reports.tied", "ok", Power.LEDGER_SEE),
            Entry(msg("Close months"), "ledger.closings", "calendar", Power.LEDGER_SEE),
        ),
    ),
    (
        msg("Settings"),
        (
            Entry(msg("Community"), "registry.community", "building", Power.REGISTRY_EDIT),
            Entry(msg("Fee and vote rules"), "registry.settings", "settings", Power.REGISTRY_SEE),
            Entry(msg("Import"), "registry.imports", "upload", Power.REGISTRY_IMPORT),
            Entry(msg("Prices"), "tariffs.items", "tag", Power.TARIFFS_SEE),
            Entry(msg("Residents' codes"), "portal.codes", "qr", Power.PORTAL_CODES),
            Entry(msg("People and powers"), "access.people", "people", Power.ACCESS_MANAGE),
            Entry(msg("Logbook"), "logbook.entries", "clock", Power.LOGBOOK_SEE),
            Entry(msg("All communities"), "reports.communities", "settings", Power.ACCESS_INSTALL),
        ),
    ),
)

RESIDENT: tuple[tuple[str, str, str], ...] = (
    (msg("Home"), "portal.home", "houses"),
    (msg("Bills"), "portal.bills", "calendar"),
    (msg("Receipts"), "portal.receipts", "receipt"),
    (msg("My log-in"), "access.my_login", "people"),
)


def office_menu() -> list[dict[str, object]]:
    """The groups and entries this person may open in this community."""
    groups = []
    current = _current()
    for words, entries in OFFICE:
        items = [
            {
                "label": gettext(entry.words),
                "url": url_for(entry.endpoint),
                "icon": entry.icon,
                "current": entry is current,
            }
            for entry in entries
            if may(entry.power)
        ]
        if items:
            groups.append({"label": gettext(words), "items": items})
    return groups


def resident_menu() -> list[dict[str, object]]:
    """The few entries of a resident's pages."""
    return [
        {"label": gettext(words), "url": url_for(endpoint), "icon": icon, "current": request.endpoint == endpoint}
        for words, endpoint, icon in RESIDENT
    ]


def _current() -> Entry | None:
    """The entry whose page this is or lies under; else the first entry of the room."""
    entries = [entry for _, group in OFFICE for entry in group]
    over = [entry for entry in entries if f"{request.path}/".startswith(f"{url_for(entry.endpoint)}/")]
    room = [entry for entry in entries if entry.endpoint.partition(".")[0] == request.blueprint]
    return max(over, key=lambda entry: len(url_for(entry.endpoint)), default=next(iter(room), None))


def init_app(app: Flask) -> None:
    """Give every template the community, the person and the menu."""

    @app.context_processor
    def shell() -> dict[str, object]:
        community = g.get("community")
        known = current_user.is_authenticated
        in_office = known and community is not None
        resident = known and community is None and bool(current_user.parties)
        return {
            "community": community,
            "me": current_user if known else None,
            "menu": office_menu() if in_office else resident_menu() if resident else [],
        }
