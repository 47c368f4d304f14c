"""Every kind of deed in one sentence, and what belongs together when somebody looks for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feeapp.core.money import Money
from feeapp.core.powers import ROLE_WORDS, Role
from feeapp.core.refusal import msg


class Topic(enum.Enum):
    """What a deed is about; the value stands in the address of the filtered page."""

    LOG_INS = "log-ins"
    PEOPLE = "people"
    REGISTRY = "registry"
    PRICES = "prices"
    RELIEFS = "reliefs"
    METERS = "meters"
    BILLS = "bills"
    MONEY = "money"
    RESIDENTS = "residents"


TOPIC_WORDS: dict[Topic, str] = {
    Topic.LOG_INS: msg("Log-ins"),
    Topic.PEOPLE: msg("People and powers"),
    Topic.REGISTRY: msg("Houses and people"),
    Topic.PRICES: msg("Prices"),
    Topic.RELIEFS: msg("Reliefs"),
    Topic.METERS: msg("Meters and readings"),
    Topic.BILLS: msg("Bills"),
    Topic.MONEY: msg("Payments and receipts"),
    Topic.RESIDENTS: msg("Residents’ access"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of deed: what it is about, and the sentence with places for its facts."""

    topic: Topic
    sentence: str


def _kinds(topic: Topic, sentences: dict[str, str]) -> dict[str, Kind]:
    return {name: Kind(topic, sentence) for name, sentence in sentences.items()}


KINDS: dict[str, Kind] = {
    **_kinds(
        Topic.LOG_INS,
        {
            "access.log_in": msg("Logged in"),
            "access.log_out": msg("Logged out"),
            "access.log_out_everywhere": msg("Logged out on every device"),
            "access.lock": msg("Too many wrong passwords for %(who)s: no more guesses for a quarter of an hour"),
            "access.password": msg("Changed their own password"),
        },
    ),
    **_kinds(
        Topic.PEOPLE,
        {
            "access.create": msg("Made a log-in for %(who)s"),
            "access.grant": msg("Granted %(who)s a role: %(role)s"),
            "access.revoke": msg("Took a role away from %(who)s: %(role)s"),
            "access.reset": msg("Made a new password for %(who)s"),
            "access.disable": msg("Closed the log-in of %(who)s"),
            "access.enable": msg("Opened the log-in of %(who)s again"),
        },
    ),
    **_kinds(
        Topic.REGISTRY,
        {
            "registry.create_community": msg("Added the community"),
            "registry.edit_community": msg("Changed the community’s particulars"),
            "registry.create_unit": msg("Added unit %(code)s"),
            "registry.edit_unit": msg("Changed unit %(code)s"),
            "registry.change_area": msg("Changed the area of %(code)s"),
            "registry.correct_area": msg(
                "Corrected the area of %(code)s, wrong since %(day)s: %(before)s → %(after)s m²"
            ),
            "registry.add_vehicle": msg("Added a number plate to %(code)s"),
            "registry.remove_vehicle": msg("Removed a number plate from %(code)s"),
            "registry.set_owners": msg("Changed the owners of %(code)s"),
            "registry.set_occupant": msg("Changed who lives in %(code)s"),
            "transfers.make": msg("Entered the change of owner %(label)s of %(code)s"),
            "transfers.sheet": msg("Printed the clearance sheet of %(label)s"),
            "transfers.export": msg("Downloaded the list of changes of owner: %(lines)s lines"),
            "registry.edit_party": msg("Changed a person’s particulars"),
            "registry.reveal": msg("Looked at a person’s full phone and identity numbers"),
            "registry.set_profile": msg("Changed the community’s settings"),
            "registry.export_units": msg("Downloaded the household ledger: %(lines)s units"),
            "registry.stage_import": msg("Uploaded a household ledger of %(rows)s rows"),
            "registry.confirm_import": msg("Confirmed the import of a household ledger: %(written)s rows written"),
            "registry.discard_import": msg("Discarded an uploaded household ledger"),
            "registry.undo_import": msg("Undid the import of a household ledger"),
        },
    ),
    **_kinds(
        Topic.PRICES,
        {
            "tariffs.add_item": msg("Added the charge item %(code)s"),
            "tariffs.describe_item": msg("Changed what the charge item %(code)s comprises"),
            "tariffs.publish": msg("Published a price of %(rate)s yuan"),
            "prepay.offer": msg("Published an offer for paying %(item)s ahead, from %(months)s months on"),
            "prepay.end_offer": msg("Ended an offer for paying ahead"),
            "tariffs.end": msg("Ended a price"),
        },
    ),
    **_kinds(
        Topic.RELIEFS,
        {
            "reliefs.apply": msg("Entered an application for a relief of %(code)s"),
            "reliefs.inspect": msg("Noted the inspection for a relief of %(code)s"),
            "reliefs.approve": msg("Approved a relief of %(code)s from %(from_on)s on"),
            "reliefs.refuse": msg("Refused a relief of %(code)s"),
            "reliefs.end": msg("Ended a relief of %(code)s on %(ended_on)s"),
            "reliefs.occupy": msg("Ended the vacancy discount of %(code)s on %(ended_on)s: it is lived in"),
            "reliefs.reveal": msg("Looked at the full certificate number of a relief of %(code)s"),
            "reliefs.sheet": msg("Printed the approval sheet of a relief of %(code)s"),
            "reliefs.export": msg("Downloaded the list of reliefs: %(lines)s lines"),
        },
    ),
    **_kinds(
        Topic.METERS,
        {
            "metering.add": msg("Put up meter %(serial)s at %(code)s"),
            "metering.take_off": msg("Took off meter %(serial)s at %(code)s"),
            "metering.replace": msg("Replaced meter %(serial)s at %(code)s by %(new)s"),
            "metering.read": msg("Read meter %(serial)s: %(figure)s"),
            "metering.round": msg("Entered a round of %(readings)s readings"),
            "metering.correct": msg("Corrected a reading of meter %(serial)s to %(figure)s"),
            "metering.strike": msg("Struck out the reading %(figure)s of meter %(serial)s"),
            "metering.stage_import": msg("Uploaded a file of %(rows)s readings"),
            "metering.confirm_import": msg("Entered %(readings)s readings from a file"),
            "metering.discard_import": msg("Discarded a file of readings"),
            "metering.rule": msg("Readings are asked about above %(times)s times the average of %(months)s months"),
        },
    ),
    **_kinds(
        Topic.BILLS,
        {
            "billing.opening": msg("Took over arrears of earlier years: %(charges)s items, %(amount)s yuan"),
            "billing.opening_undone": msg("Took back the arrears of a ledger: %(charges)s items"),
            "billing.offset": msg("Used prepaid money for bills: %(charges)s charges, %(amount)s yuan"),
            "billing.release": msg("Put %(amount)s yuan of a paid charge back into prepaid money"),
            "billing.ask_waiver": msg("Asked to waive late charges on %(charges)s charges, %(amount)s yuan"),
            "billing.approve_waiver": msg("Waived late charges of %(amount)s yuan"),
            "billing.refuse_waiver": msg("Refused to waive late charges"),
            "billing.demand": msg("Noted a demand of %(day)s on %(charges)s charges of %(code)s"),
            "billing.dispute": msg("Put the charge of %(code)s for %(month)s in dispute"),
            "billing.uphold_dispute": msg("Upheld the dispute of %(code)s over %(month)s"),
            "billing.reject_dispute": msg("Did not uphold the dispute of %(code)s over %(month)s"),
            "statements.certify": msg("Issued the certificate %(label)s"),
            "statements.bills": msg("Printed the bills of %(period)s"),
            "corrections.ask": msg("Asked for a correction of %(lines)s lines: %(less)s yuan off, %(more)s yuan more"),
            "corrections.approve": msg("Approved a correction: %(less)s yuan off, %(more)s yuan more"),
            "corrections.refuse": msg("Refused a correction"),
            "corrections.withdraw": msg("Withdrew a correction before it was decided"),
            "billing.enter_pool": msg("Entered %(amount)s yuan to share in %(month)s (%(code)s)"),
            "billing.withdraw_pool": msg("Took back %(amount)s yuan that was to be shared in %(month)s"),
            "billing.supplement": msg("Billed afterwards for %(period)s: %(charges)s charges, %(amount)s yuan"),
            "billing.back_bill": msg(
                "Billed %(code)s afterwards: %(months)s months from %(since)s on, %(amount)s yuan"
            ),
            "billing.run": msg("Issued the bills of %(period)s: %(charges)s charges, %(amount)s yuan"),
        },
    ),
    **_kinds(
        Topic.MONEY,
        {
            "ledger.ask_close": msg("Asked to close %(month)s"),
            "ledger.close": msg("Closed %(month)s"),
            "ledger.ask_reopen": msg("Asked to reopen %(month)s"),
            "ledger.reopen": msg("Reopened %(month)s"),
            "ledger.refuse_closing": msg("Refused what was asked for %(month)s"),
            "ledger.withdraw_closing": msg("Took the request for %(month)s back"),
            "cashier.take": msg("Took a payment of %(amount)s yuan"),
            "prepay.take": msg("Took %(months)s months paid ahead, up to %(through)s: %(amount)s yuan"),
            "prepay.keep": msg("Kept the old price for months %(unit)s had paid ahead: %(amount)s yuan credited"),
            "prepay.charge": msg("Chose to charge %(unit)s the higher price of months paid ahead: %(amount)s yuan"),
            "banking.account": msg("Added the account %(name)s"),
            "banking.format": msg("Saved version %(version)s of the statement format %(name)s"),
            "banking.stage_import": msg("Uploaded a statement of %(rows)s rows"),
            "banking.confirm_import": msg("Imported %(lines)s lines of a statement"),
            "banking.claim": msg("Claimed a bank receipt of %(amount)s yuan for %(code)s"),
            "banking.counted": msg("Matched a bank receipt of %(amount)s yuan with one taken at the counter"),
            "banking.payout": msg("Booked a channel’s payout of %(amount)s yuan"),
            "banking.fee": msg("Booked a bank fee of %(amount)s yuan"),
            "banking.note": msg("Noted what is known of a bank receipt"),
            "banking.discard_import": msg("Discarded a statement"),
            "cashier.ask_void": msg("Asked to take back receipt %(number)s"),
            "cashier.void": msg("Voided receipt %(number)s of %(amount)s yuan"),
            "cashier.red": msg("Reversed receipt %(number)s of %(amount)s yuan in red"),
            "cashier.refuse_void": msg("Refused to take a receipt back"),
            "cashier.withdraw_void": msg("Withdrew the request to take a receipt back"),
            "cashier.print": msg("Printed a receipt, copy %(copy)s"),
        },
    ),
    **_kinds(
        Topic.RESIDENTS,
        {
            "portal.codes": msg("Gave out %(codes)s residents’ codes"),
            "portal.activate": msg("Came in with a code"),
            "access.link_resident": msg("Opened a household’s pages to %(who)s"),
        },
    ),
}


def kinds_of(topic: Topic) -> tuple[str, ...]:
    """The kinds that belong to a topic."""
    return tuple(name for name, kind in KINDS.items() if kind.topic is topic)


class _Places(dict[str, Any]):
    """Facts for a sentence; an older entry may lack what the sentence asks for today."""

    def __missing__(self, name: str) -> str:
        return "–"


def places(facts: Mapping[str, Any], who: str | None) -> dict[str, Any]:
    """What the sentence of an entry says in its places: amounts in yuan, roles in words, the person by name."""
    filled = _Places({name: fact for name, fact in facts.items() if isinstance(fact, str | int)})
    if who:
        filled["who"] = who
    fen = facts.get("fen", facts.get("total"))
    if isinstance(fen, int):
        filled["amount"] = str(Money(fen))
    if facts.get("role") in Role.__members__:
        filled["role"] = ROLE_WORDS[Role[facts["role"]]]
    return filled
