"""Keeping passwords: argon2id, so that a stolen database does not give them away (docs/decisions/0002-passwords.md)."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_NOBODY = _hasher.hash(secrets.token_urlsafe(32))
"""The hash that is worked through when there is no such log-in, so that the answer takes as long as a real one."""


def make_hash(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; without a kept one the same work is done for nothing."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than are used today, and should be made anew."""
    return _hasher.check_needs_rehash(kept)
