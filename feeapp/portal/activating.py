"""From the code on paper to a log-in. Guesses are counted first and looked at afterwards (access/entrance.py)."""

from __future__ import annotations

from datetime import datetime

from feeapp.access import passwords
from feeapp.access.entrance import limited
from feeapp.access.queries import find_kept
from feeapp.access.residents import link_resident
from feeapp.access.rules import by_address, by_name, check_password
from feeapp.access.sessions import Counted, Opened, forget_guess, open_session
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.portal.actions import find_code, use_code
from feeapp.portal.rules import code_hash, read_code, read_phone
from feeapp.registry.models import Party
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction


def activate(typed_code: str, typed_phone: str, password: str, pepper: str, address: str, at: datetime) -> Opened:
    """Spend a code and open a session for the mobile number, with a new log-in or the one it already has.

    Raises Refused at the field that is wrong, and ``Locked`` after too many wrong codes from one address.
    """
    code, phone = read_code(typed_code), read_phone(typed_phone)
    if code is None:
        raise Refused("portal.code_form", msg("A code has twelve letters and digits, in groups of four."), field="code")
    if phone is None:
        raise Refused("portal.phone", msg("This is not a mobile number of eleven digits."), field="phone")
    subjects = (by_address(address), by_name(phone))
    opened = limited(subjects, at, lambda counted: _try(code, phone, password, pepper, counted, at))
    if opened is None:
        raise Refused(
            "portal.code_unknown",
            msg("This code is not known, has been used, or has run out. Ask the property office for a new one."),
            field="code",
        )
    return opened


def _try(code: str, phone: str, password: str, pepper: str, counted: Counted, at: datetime) -> Opened | None:
    hashed = code_hash(code, pepper)
    if find_code(hashed, at) is None:
        return None
    kept = find_kept(phone)
    if kept is None:
        check_password(password, phone, "")
        kept_hash = passwords.make_hash(password)
    elif passwords.fits(kept.password_hash, password):
        kept_hash = kept.password_hash
    else:
        raise Refused(
            "portal.password",
            msg("This mobile number already has a log-in, and this is not its password."),
            field="password",
        )
    return transaction(lambda: _open(hashed, phone, kept_hash, counted, at))


def _open(hashed: str, phone: str, kept_hash: str, counted: Counted, at: datetime) -> Opened | None:
    code = find_code(hashed, at)
    if code is None:
        return None
    party = db.session.get_one(Party, (code.community_id, code.party_id))
    user_id = link_resident(By(code.community_id, None, at), phone, party.name, kept_hash, party.id)
    use_code(By(code.community_id, user_id, at), code)
    forget_guess(counted)
    return open_session(user_id, at)
