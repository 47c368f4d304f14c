"""What a password and a log-in name must be, how often one may guess, and who may hand out which role."""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from feeapp.access.guessable import COMMON_PASSWORDS, COMMON_WORDS
from feeapp.core.powers import Power, Role, clash
from feeapp.core.refusal import Refused, msg

POWER_WORDS: dict[Power, str] = {
    Power.REGISTRY_SEE: msg("See houses and people"),
    Power.REGISTRY_EDIT: msg("Change houses and people"),
    Power.REGISTRY_IMPORT: msg("Import a household ledger"),
    Power.REGISTRY_SETTINGS: msg("Change the community’s settings"),
    Power.REGISTRY_REVEAL: msg("Reveal phone and identity numbers"),
    Power.TARIFFS_SEE: msg("See prices"),
    Power.TARIFFS_SET: msg("Set prices"),
    Power.METERING_SEE: msg("See meters and readings"),
    Power.METERING_ENTER: msg("Enter readings, put up and take off meters"),
    Power.RELIEFS_SEE: msg("See reliefs"),
    Power.RELIEFS_APPLY: msg("Enter applications for reliefs"),
    Power.RELIEFS_APPROVE: msg("Decide on reliefs"),
    Power.BILLING_SEE: msg("See bills"),
    Power.BILLING_RUN: msg("Issue a bill run"),
    Power.BILLING_WAIVE: msg("Ask to waive late charges"),
    Power.BILLING_APPROVE_WAIVER: msg("Waive late charges"),
    Power.BILLING_DISPUTE: msg("Note that a household disputes a charge"),
    Power.BILLING_ANSWER_DISPUTE: msg("Answer a household that disputes a charge"),
    Power.TRANSFERS_SEE: msg("See changes of owner"),
    Power.TRANSFERS_MAKE: msg("Enter changes of owner"),
    Power.CASHIER_SEE: msg("See receipts"),
    Power.CASHIER_TAKE: msg("Take payments"),
    Power.CASHIER_REPRINT: msg("Print a receipt again"),
    Power.CASHIER_VOID: msg("Void a receipt"),
    Power.CORRECTIONS_SEE: msg("See corrections"),
    Power.CORRECTIONS_ASK: msg("Ask for corrections of charges"),
    Power.CORRECTIONS_APPROVE: msg("Approve corrections of charges"),
    Power.BANKING_SEE: msg("See bank statements"),
    Power.BANKING_IMPORT: msg("Take over bank statements"),
    Power.BANKING_CLAIM: msg("Say whose money came in at the bank"),
    Power.LEDGER_SEE: msg("See the book"),
    Power.LEDGER_CLOSE: msg("Ask to close or reopen a month of the book"),
    Power.LEDGER_CONFIRM_CLOSE: msg("Close or reopen a month of the book"),
    Power.STATEMENTS_PRINT: msg("Print bills and statements of account"),
    Power.STATEMENTS_CERTIFY: msg("Certify what a household owes"),
    Power.PORTAL_CODES: msg("Give out residents' codes"),
    Power.PORTAL_OWN: msg("See one's own bills and receipts"),
    Power.LOGBOOK_SEE: msg("See the logbook"),
    Power.ACCESS_MANAGE: msg("Look after people and powers"),
    Power.ACCESS_INSTALL: msg("Add communities and administrators"),
}
"""Every power in plain words, in the order of the powers page."""

STAFF: tuple[Role, ...] = (Role.CASHIER, Role.ACCOUNTANT, Role.MANAGER, Role.COMMITTEE, Role.AUDITOR)
"""The roles that are granted by hand in one community; a resident's comes from a code, an administrator's is wider."""

PASSWORD_LEAST = 10
PASSWORD_MOST = 128
HANDED_OUT_DAYS = 7
"""How long a password that the office handed out works."""

SESSION_HOURS = 24
"""The longest a session lasts, however busy."""

WINDOW = timedelta(minutes=15)
NAME_GUESSES = 5
ADDRESS_GUESSES = 20
DEVICES_KEPT = 8
"""How many people's log-ins one browser is remembered for."""

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_CODE_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


def canonical_login(typed: str) -> str:
    """A log-in name as it is kept: plain signs, lower case, no blanks around it."""
    return unicodedata.normalize("NFKC", typed).strip().lower()[:64]


def check_login(login: str) -> None:
    """Raises Refused unless this may be an office person's log-in name (a resident's is the mobile number)."""
    if not _LOGIN.fullmatch(login):
        raise Refused(
            "access.login",
            msg("A log-in name is 2 to 32 letters a–z, digits, dots or dashes, and starts with a letter."),
            field="login",
        )


def check_password(password: str, login: str, name: str) -> None:
    """Raises Refused for a password that is too short, too long, or among the first that anybody would try.

    Length decides, as in OWASP ASVS 5.0 6.2: there is no rule on which signs to mix, and nothing expires.
    """
    if len(password) < PASSWORD_LEAST:
        sentence = msg("A password has at least %(least)s characters. A short sentence is a good one.")
        raise Refused("access.password_short", sentence, {"least": PASSWORD_LEAST}, field="password")
    if len(password) > PASSWORD_MOST:
        sentence = msg("A password has at most %(most)s characters.")
        raise Refused("access.password_long", sentence, {"most": PASSWORD_MOST}, field="password")
    if is_guessable(password, (login, name)):
        sentence = msg("This password is among the first that anybody would try. Choose another.")
        raise Refused("access.password_common", sentence, field="password")


def is_guessable(password: str, own_words: Collection[str]) -> bool:
    """Whether a password is common, a run of signs, or a common or own word with figures around it."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if plain in COMMON_PASSWORDS or len(set(plain)) < 4 or _is_run(plain):
        return True
    word = re.sub(r"[\W_]+", "", plain.strip("0123456789!@#$%^&*()-_=+.,?~ "))
    own = {re.sub(r"[\W_]+", "", each.casefold()) for each in own_words} - {""}
    return word in COMMON_WORDS or word in own or plain in own


def _is_run(plain: str) -> bool:
    """12345678901 or jihgfedcba: every sign follows the one before it."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(plain)}
    return steps <= {1, -9} or steps <= {-1, 9}


def make_password(choose: Callable[[Sequence[str]], str]) -> str:
    """A password to hand out, ``k7mq-4xwp-2rtn``: 59 random bits; ``choose`` is ``secrets.choice``."""
    return "-".join("".join(choose(_CODE_SIGNS) for _ in range(4)) for _ in range(3))


@dataclass(frozen=True, slots=True)
class Subject:
    """What guesses are counted by, and how many a quarter of an hour may see."""

    key: str
    allowed: int


def _subject(kind: str, value: str, allowed: int) -> Subject:
    return Subject(f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:40]}", allowed)


def by_address(address: str) -> Subject:
    """All guesses from one address; of IPv6 the /64 that one household or office has."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return _subject("address", address, ADDRESS_GUESSES)
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped is None:
        return _subject("address", str(ipaddress.ip_network((read, 64), strict=False)), ADDRESS_GUESSES)
    return _subject("address", str(getattr(read, "ipv4_mapped", None) or read), ADDRESS_GUESSES)


def by_name(login: str) -> Subject:
    """All guesses at one log-in name from browsers that nobody has logged in from."""
    return _subject("name", login, NAME_GUESSES)


def by_device(device: str, user_id: int) -> Subject:
    """All guesses at one person's log-in from a browser that this person has logged in from before."""
    return _subject("device", f"{device} {user_id}", NAME_GUESSES)


def by_person(user_id: int) -> Subject:
    """All guesses at the password of somebody who is logged in: the desk may have been left open."""
    return _subject("person", str(user_id), NAME_GUESSES)


def counted_by(
    login: str, user_id: int | None, device: str, known: Collection[int], address: str
) -> tuple[Subject, ...]:
    """What one guess is counted by.

    A browser the person has used before is counted by itself: whoever guesses elsewhere, at the same name or behind
    the same address, does not shut the person out.
    """
    if user_id is not None and user_id in known:
        return (by_device(device, user_id),)
    return (by_name(login), by_address(address))


Held = Mapping[int, frozenset[Role]]
"""The roles of one person by community; 0 is the installation."""


def check_grant(held: Held, community_id: int, role: Role) -> None:
    """Raises Refused when the new role would put a forbidden pair of powers in one hand, in any community.

    What is held for the whole installation counts in each community, and a role for the installation in all of them.
    """
    after = {**held, community_id: held.get(community_id, frozenset()) | {role}}
    everywhere = after.get(0, frozenset())
    for roles in after.values():
        pair = clash(roles | everywhere)
        if pair:
            raise Refused(
                "access.clash",
                msg("One person may not hold both “%(one)s” and “%(other)s”. Give one of them to somebody else."),
                {"one": POWER_WORDS[pair[0]], "other": POWER_WORDS[pair[1]]},
                field="role",
            )


def check_not_oneself(actor_id: int | None, user_id: int) -> None:
    """Raises Refused when people would change their own powers or their own log-in from the people page."""
    if actor_id == user_id:
        raise Refused(
            "access.oneself", msg("Nobody changes their own powers here. Ask another administrator or manager.")
        )


def check_reach(in_hand: bool) -> None:
    """Raises Refused when a log-in also works where the acting person looks after nobody."""
    if not in_hand:
        raise Refused(
            "access.reach",
            msg("This log-in also works elsewhere. Only an administrator may change it."),
        )


def masked_login(login: str) -> str:
    """A resident's mobile number as lists show it, 138****5678; an office person's log-in name as it is."""
    return f"{login[:3]}****{login[-4:]}" if login.isdigit() and len(login) == 11 else login


def masked_name(name: str) -> str:
    """A resident's name as lists show it: the first sign only."""
    return name[:1] + "*" * max(1, min(3, len(name) - 1))
