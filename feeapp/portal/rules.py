"""Activation codes: how they look, how they are kept, how long they work."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Sequence

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs, none of which is taken for another on paper (no 0 or O, no 1 or I)."""

LENGTH = 12
VALID_DAYS = 90


def make_code(choose: Callable[[Sequence[str]], str]) -> str:
    """A new code of 60 random bits, ``K7MQ-4XWP-2RTN``; ``choose`` is ``secrets.choice``."""
    return written("".join(choose(ALPHABET) for _ in range(LENGTH)))


def written(code: str) -> str:
    """The code in groups of four, as it stands on paper."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def read_code(typed: str) -> str | None:
    """The code a person typed, in any case, width and grouping; None where it cannot be one."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum())
    return written(plain) if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else None


def code_hash(code: str, pepper: str) -> str:
    """What is kept of a code: a stolen database alone does not give the codes away."""
    return hmac.new(pepper.encode(), code.encode(), hashlib.sha256).hexdigest()


def read_phone(typed: str) -> str | None:
    """A mainland mobile number of eleven digits, or None."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign not in " -")
    plain = plain.removeprefix("+86")
    return plain if len(plain) == 11 and plain.isascii() and plain.isdigit() and plain[0] == "1" else None
