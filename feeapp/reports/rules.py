"""The code that proves, at the first run, that whoever opens the page also runs the server."""

from __future__ import annotations

import base64
import hashlib
import hmac


def setup_code(secret: str) -> str:
    """``ABCD-EFGH-IJKL``, drawn from the server's secret key, so that nothing has to be kept."""
    digest = hmac.new(secret.encode(), b"feeapp first run", hashlib.sha256).digest()
    plain = base64.b32encode(digest).decode()[:12]
    return "-".join(plain[start : start + 4] for start in (0, 4, 8))


def is_setup_code(typed: str, secret: str) -> bool:
    """Whether this is the code, in any case and grouping; compared in constant time."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return hmac.compare_digest(plain.encode(), setup_code(secret).replace("-", "").encode())
