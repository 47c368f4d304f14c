"""Full-width signs, as Chinese keyboards type them, brought to their plain form."""

from __future__ import annotations

_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0x00A0: " ", 0xFFE5: "¥", 0x2212: "-"}


def narrow(text: str) -> str:
    """The text with full-width letters, digits, signs and spaces made plain.

    Nothing else changes: a raised or circled digit stays what it is, so that ``5²`` is never taken for 52.
    """
    return text.translate(_PLAIN)
