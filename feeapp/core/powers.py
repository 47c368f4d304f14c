"""Every power in the house, and which role holds it: the whole of it on one page.

A power is named ``room.deed``. A role is granted for one community; the administrator's is for the installation.
"""

from __future__ import annotations

import enum

from feeapp.core.refusal import msg


class Power(enum.Enum):
    """What a person may do; the value is ``room.deed``."""

    ACCESS_MANAGE = "access.manage"
    ACCESS_INSTALL = "access.install"
    LOGBOOK_SEE = "logbook.see"
    REGISTRY_SEE = "registry.see"
    REGISTRY_EDIT = "registry.edit"
    REGISTRY_IMPORT = "registry.import"
    REGISTRY_SETTINGS = "registry.settings"
    REGISTRY_REVEAL = "registry.reveal"
    TARIFFS_SEE = "tariffs.see"
    TARIFFS_SET = "tariffs.set"
    METERING_SEE = "metering.see"
    METERING_ENTER = "metering.enter"
    LEDGER_SEE = "ledger.see"
    LEDGER_CLOSE = "ledger.close"
    LEDGER_CONFIRM_CLOSE = "ledger.confirm_close"
    RELIEFS_SEE = "reliefs.see"
    RELIEFS_APPLY = "reliefs.apply"
    RELIEFS_APPROVE = "reliefs.approve"
    BILLING_SEE = "billing.see"
    BILLING_RUN = "billing.run"
    BILLING_WAIVE = "billing.waive"
    BILLING_APPROVE_WAIVER = "billing.approve_waiver"
    BILLING_DISPUTE = "billing.dispute"
    BILLING_ANSWER_DISPUTE = "billing.answer_dispute"
    TRANSFERS_SEE = "transfers.see"
    TRANSFERS_MAKE = "transfers.make"
    CASHIER_SEE = "cashier.see"
    CASHIER_TAKE = "cashier.take"
    CASHIER_REPRINT = "cashier.reprint"
    CASHIER_VOID = "cashier.void"
    BANKING_SEE = "banking.see"
    BANKING_IMPORT = "banking.import"
    BANKING_CLAIM = "banking.claim"
    CORRECTIONS_SEE = "corrections.see"
    CORRECTIONS_ASK = "corrections.ask"
    CORRECTIONS_APPROVE = "corrections.approve"
    STATEMENTS_PRINT = "statements.print"
    STATEMENTS_CERTIFY = "statements.certify"
    PORTAL_CODES = "portal.codes"
    PORTAL_OWN = "portal.own"


class Role(enum.Enum):
    """The parts people play. ADMINISTRATOR is granted for the whole installation, the others for one community."""

    CASHIER = "CASHIER"
    ACCOUNTANT = "ACCOUNTANT"
    MANAGER = "MANAGER"
    COMMITTEE = "COMMITTEE"
    AUDITOR = "AUDITOR"
    RESIDENT = "RESIDENT"
    ADMINISTRATOR = "ADMINISTRATOR"


ROLE_WORDS: dict[Role, str] = {
    Role.CASHIER: msg("Cashier"),
    Role.ACCOUNTANT: msg("Accountant"),
    Role.MANAGER: msg("Manager"),
    Role.COMMITTEE: msg("Committee member"),
    Role.AUDITOR: msg("Sub-district auditor"),
    Role.RESIDENT: msg("Resident"),
    Role.ADMINISTRATOR: msg("Administrator"),
}
"""Each role in plain words."""


_LOOKS = frozenset(
    {
        Power.REGISTRY_SEE,
        Power.TARIFFS_SEE,
        Power.METERING_SEE,
        Power.RELIEFS_SEE,
        Power.BILLING_SEE,
        Power.TRANSFERS_SEE,
        Power.CASHIER_SEE,
        Power.CORRECTIONS_SEE,
        Power.BANKING_SEE,
        Power.LEDGER_SEE,
    }
)

POWERS_OF: dict[Role, frozenset[Power]] = {
    Role.CASHIER: (_LOOKS - {Power.LEDGER_SEE})
    | {
        Power.REGISTRY_REVEAL,
        Power.METERING_ENTER,
        Power.RELIEFS_APPLY,
        Power.BILLING_WAIVE,
        Power.BILLING_DISPUTE,
        Power.CASHIER_TAKE,
        Power.CASHIER_REPRINT,
        Power.BANKING_CLAIM,
        Power.PORTAL_CODES,
        Power.STATEMENTS_PRINT,
    },
    Role.ACCOUNTANT: _LOOKS
    | {
        Power.REGISTRY_EDIT,
        Power.REGISTRY_IMPORT,
        Power.REGISTRY_REVEAL,
        Power.METERING_ENTER,
        Power.RELIEFS_APPLY,
        Power.LEDGER_CLOSE,
        Power.BILLING_RUN,
        Power.BILLING_WAIVE,
        Power.BILLING_DISPUTE,
        Power.BILLING_ANSWER_DISPUTE,
        Power.TRANSFERS_MAKE,
        Power.CASHIER_REPRINT,
        Power.CORRECTIONS_ASK,
        Power.BANKING_IMPORT,
        Power.BANKING_CLAIM,
        Power.STATEMENTS_PRINT,
        Power.STATEMENTS_CERTIFY,
        Power.PORTAL_CODES,
        Power.LOGBOOK_SEE,
    },
    Role.MANAGER: _LOOKS
    | {
        Power.REGISTRY_EDIT,
        Power.REGISTRY_IMPORT,
        Power.REGISTRY_SETTINGS,
        Power.REGISTRY_REVEAL,
        Power.TARIFFS_SET,
        Power.LEDGER_CONFIRM_CLOSE,
        Power.RELIEFS_APPROVE,
        Power.BILLING_APPROVE_WAIVER,
        Power.BILLING_DISPUTE,
        Power.BILLING_ANSWER_DISPUTE,
        Power.TRANSFERS_MAKE,
        Power.CASHIER_VOID,
        Power.CORRECTIONS_APPROVE,
        Power.STATEMENTS_PRINT,
        Power.STATEMENTS_CERTIFY,
        Power.PORTAL_CODES,
        Power.LOGBOOK_SEE,
        Power.ACCESS_MANAGE,
    },
    Role.COMMITTEE: _LOOKS,
    Role.AUDITOR: _LOOKS | {Power.LOGBOOK_SEE},
    Role.RESIDENT: frozenset({Power.PORTAL_OWN}),
    Role.ADMINISTRATOR: _LOOKS
    | {
        Power.ACCESS_INSTALL,
        Power.ACCESS_MANAGE,
        Power.LOGBOOK_SEE,
        Power.REGISTRY_EDIT,
        Power.REGISTRY_IMPORT,
    },
}

NEVER_TOGETHER: tuple[tuple[Power, Power], ...] = (
    (Power.TARIFFS_SET, Power.BILLING_RUN),
    (Power.CASHIER_TAKE, Power.CASHIER_VOID),
    (Power.CASHIER_TAKE, Power.ACCESS_MANAGE),
    (Power.BILLING_RUN, Power.ACCESS_MANAGE),
    (Power.RELIEFS_APPLY, Power.RELIEFS_APPROVE),
    (Power.BILLING_WAIVE, Power.BILLING_APPROVE_WAIVER),
    (Power.CORRECTIONS_ASK, Power.CORRECTIONS_APPROVE),
    (Power.LEDGER_CLOSE, Power.LEDGER_CONFIRM_CLOSE),
    (Power.PORTAL_OWN, Power.REGISTRY_SEE),
)
"""Pairs that one person may not hold in one community: who sets a price does not issue the run, who takes money
does not void its receipt, who hands out powers handles neither, who applies for a relief does not approve it, who asks
for a waiver, a correction or the close of a month does not grant it, and a resident's log-in is not a staff log-in."""


def powers_of(roles: frozenset[Role]) -> frozenset[Power]:
    """All powers that the roles give together."""
    return frozenset().union(*(POWERS_OF[role] for role in roles))


def clash(roles: frozenset[Role]) -> tuple[Power, Power] | None:
    """The first forbidden pair that the roles would put in one hand, or None."""
    held = powers_of(roles)
    return next((pair for pair in NEVER_TOGETHER if pair[0] in held and pair[1] in held), None)
