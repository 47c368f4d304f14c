"""The way in. A refused log-in must leave a trace, so it is several small transactions, not one.

A guess is noted first and looked at afterwards: of guesses made at the same instant each sees the others, so no burst
gets more tries than are allowed. The slow work on the password is done while no transaction is open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from feeapp.access import passwords
from feeapp.access.actions import change_own_password
from feeapp.access.queries import Kept, count_guesses, find_kept, get_user, is_over
from feeapp.access.rules import NAME_GUESSES, Subject, by_person, canonical_login, check_password, counted_by
from feeapp.access.sessions import (
    Counted,
    Opened,
    count_guess,
    forget_guess,
    log_wherever_known,
    open_session_with,
    renew_session,
)
from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.storage.transaction import transaction

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Device:
    """A browser: the number it was given, and the people who have logged in from it before."""

    number: str
    known: frozenset[int]


class Locked(Refused):
    """Too many guesses for now. It says the same whoever asks for whatever log-in."""

    def __init__(self) -> None:
        super().__init__("access.locked", msg("Too many attempts. Wait a quarter of an hour and try again."))


def log_in(login: str, password: str, device: Device, address: str, at: datetime) -> Opened:
    """Open a session for whoever knows the password.

    Raises Refused with the same words for an unknown name, a wrong password, a disabled log-in and a handed-out
    password that has run out; raises Locked after too many guesses, for known and unknown names alike.
    """
    kept = find_kept(login)
    subjects = counted_by(canonical_login(login), kept.user_id if kept else None, device.number, device.known, address)

    def trial(counted: Counted) -> Opened | None:
        if not passwords.fits(kept.password_hash if kept else None, password) or kept is None:
            return None
        return transaction(lambda: open_session_with(kept, password, counted, at))

    opened = limited(subjects, at, trial)
    if opened is None:
        _note_a_lock(kept, subjects[0], at)
        raise Refused("access.wrong", msg("The log-in name and the password do not belong together."))
    return opened


def change_password(by: By, old: str, new: str) -> Opened:
    """Replace one's own password; every session ends, and a new one is opened.

    Raises Refused at ``old`` or ``password``.
    """
    user = get_user(by.actor_id or 0)
    user_id = user.id
    check_password(new, user.login, user.name)  # before anything is counted: a poor new one is no guess

    def trial(counted: Counted) -> Opened | None:
        def deed() -> Opened | None:
            if not change_own_password(by, old, new):
                return None
            forget_guess(counted)
            return renew_session(user_id, by.at)

        return transaction(deed)

    opened = limited((by_person(user_id),), by.at, trial)
    if opened is None:
        raise Refused("access.old_password", msg("This is not the password you have used until now."), field="old")
    return opened


def limited(subjects: Sequence[Subject], at: datetime, trial: Callable[[Counted], Result | None]) -> Result | None:
    """Try something that could be guessed; None from the trial is a wrong guess, and stays counted.

    Raises Locked, without a trial, when there were too many wrong guesses in the last quarter of an hour. Refused
    ones are not counted, so the wait is never longer than that. Do not call it inside a transaction.
    """
    counted = transaction(lambda: count_guess(subjects, at))
    if is_over(counted, at):
        transaction(lambda: forget_guess(counted))
        raise Locked
    return trial(counted)


def _note_a_lock(kept: Kept | None, subject: Subject, at: datetime) -> None:
    if count_guesses(subject, at) == NAME_GUESSES and kept is not None:
        transaction(lambda: log_wherever_known(None, kept.user_id, at, "access.lock"))
