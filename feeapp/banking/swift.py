"""Two written standards beside tables: MT940 as SWIFT has it, and camt.053 of ISO 20022; the parts that banks fill in.

Small and strict on purpose (docs/decisions/0013-two-standards-read-by-hand.md): booked movements in yuan of one
account, nothing else. XML with a document type or entities is never parsed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from feeapp.banking.formats import ENCODINGS, HOME_CURRENCY, Column, Format
from feeapp.banking.lining import Line, Reading
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused, msg

_ANYTHING = {Column.DAY: (":61:",), Column.AMOUNT: (":60F:",)}
MT940 = Format("mt940", "SWIFT MT940", _ANYTHING)
CAMT = Format("camt053", "ISO 20022 camt.053", _ANYTHING)

_LONGEST = 10 * 1024 * 1024
_TAG = re.compile(r"^:([0-9]{2}[A-Z]?):", re.MULTILINE)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,12},[0-9]{0,2})")
_MOVEMENT = re.compile(
    r"(?P<day>[0-9]{6})(?:[0-9]{4})?(?P<way>R?[CD])[A-Z]?(?P<amount>[0-9]{1,12},[0-9]{0,2})[A-Z][A-Z0-9]{3}"
    r"(?P<own>[^\n/]{0,16})(?://(?P<bank>[^\n]{0,16}))?"
)


def read_standard(data: bytes) -> Reading | None:
    """The statement, if the file is of one of the two standards; None for anything else.

    Raises Refused where it is one and cannot be read, or is too large.
    """
    if len(data) > _LONGEST:
        return None
    text = _text(data)
    if text is None:
        return None
    if re.search(r"^:20:", text, re.MULTILINE) and re.search(r"^:60[FM]:", text, re.MULTILINE):
        return _mt940(text.replace("\r\n", "\n"))
    if "camt.053" in text[:2000]:
        return _camt(text)
    return None


def _text(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", *ENCODINGS):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _mt940(text: str) -> Reading:
    """Each ``:61:`` is a movement, the ``:86:`` after it its note; the balance runs on from ``:60F:``."""
    marks = [*_TAG.finditer(text)]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    lines: list[Line] = []
    refused: list[tuple[int, Refused]] = []
    balance: Money | None = None
    for mark, end in zip(marks, ends, strict=True):
        row = text.count("\n", 0, mark.start()) + 1
        body = text[mark.end() : end].strip().removesuffix("-}").removesuffix("-").strip()
        if mark[1] in ("60F", "60M"):
            balance = _opening(body)
        elif mark[1] == "61":
            try:
                lines.append(_movement(row, body))
            except Refused as refusal:
                refused.append((row, refusal))
                balance = None
                continue
            balance = balance + lines[-1].amount if balance is not None else None
            lines[-1] = _with(lines[-1], balance=balance)
        elif mark[1] == "86" and lines:
            name, number, memo = _told(body)
            lines[-1] = _with(lines[-1], name=name, number=number, memo=memo)
    return _reading(MT940, lines, refused)


def _reading(made: Format, lines: list[Line], refused: list[tuple[int, Refused]]) -> Reading:
    if not lines and not refused:
        raise Refused("bank.empty", msg("The file has headings, but no lines under them."), field="file")
    return Reading(made, tuple(lines), tuple(refused))


def _opening(body: str) -> Money:
    found = _BALANCE.match(body)
    if not found:
        raise _broken()
    _check_currency(found[3])
    amount = _yuan(found[4].replace(",", "."))
    return amount if found[1] == "C" else -amount


def _movement(row: int, body: str) -> Line:
    found = _MOVEMENT.match(body)
    if not found:
        raise _broken()
    try:
        on = datetime.strptime(found["day"], "%y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise _broken() from None
    amount = _yuan(found["amount"].replace(",", "."))
    reference = (found["bank"] or found["own"] or "").strip()
    signed = amount if found["way"] in ("C", "RD") else -amount
    return _line(row, on, signed, "" if reference == "NONREF" else reference)


def _told(body: str) -> tuple[str, str, str]:
    """Payer, account and note: by the ``?nn`` fields where a bank writes them, else all of it is the note."""
    parts = dict(re.findall(r"\?([0-9]{2})([^?]*)", body.replace("\n", "")))
    if not parts:
        return "", "", " ".join(body.split())
    memo = "".join(parts.get(f"{number:02}", "") for number in [*range(20, 30), *range(60, 64)])
    return (parts.get("32", "") + parts.get("33", "")).strip(), parts.get("31", "").strip(), memo.strip()


def _camt(text: str) -> Reading:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("sheet.entities", msg("The workbook defines XML entities, and was not opened."), field="file")
    try:
        root = ElementTree.fromstring(text.encode("utf-8") if not text.startswith("<?xml") else _bare(text))  # noqa: S314
    except ElementTree.ParseError:
        raise _broken() from None
    lines: list[Line] = []
    refused: list[tuple[int, Refused]] = []
    for number, entry in enumerate(root.iterfind(".//{*}Stmt/{*}Ntry"), start=1):
        if _find(entry, "Sts/Cd", "Sts") not in ("BOOK", ""):
            continue
        try:
            lines.append(_entry(number, entry))
        except Refused as refusal:
            refused.append((number, refusal))
    return _reading(CAMT, lines, refused)


def _bare(text: str) -> bytes:
    """Without its declaration, whose encoding no longer holds."""
    return re.sub(r"^<\?xml[^>]*\?>", "", text).encode()


def _entry(number: int, entry: ElementTree.Element) -> Line:
    amount = entry.find("{*}Amt")
    if amount is None:
        raise _broken()
    _check_currency(amount.get("Ccy", ""))
    sum_ = _yuan((amount.text or "").strip())
    went_in = _find(entry, "CdtDbtInd") == "CRDT"
    day = _find(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt")[:10]
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Refused("bank.day", msg("“%(typed)s” is no day this format knows."), {"typed": day}) from None
    side = "Dbtr" if went_in else "Cdtr"
    memos = [each.text or "" for each in entry.iterfind(".//{*}RmtInf/{*}Ustrd")]
    return _with(
        _line(number, on, sum_ if went_in else -sum_, _find(entry, "AcctSvcrRef", "NtryRef")),
        name=_find(entry, f"NtryDtls/TxDtls/RltdPties/{side}/Nm", f"NtryDtls/TxDtls/RltdPties/{side}/Pty/Nm"),
        number=_find(entry, f"NtryDtls/TxDtls/RltdPties/{side}Acct/Id/Othr/Id"),
        memo=" ".join(memos) or _find(entry, "AddtlNtryInf"),
    )


def _find(entry: ElementTree.Element, *paths: str) -> str:
    """The text of the first of these places that holds any."""
    for path in paths:
        found = entry.find("/".join(f"{{*}}{part}" for part in path.split("/")))
        if found is not None and (found.text or "").strip():
            return (found.text or "").strip()
    return ""


def _check_currency(currency: str) -> None:
    if currency not in HOME_CURRENCY:
        raise Refused("bank.currency", msg("This line is in %(currency)s, not in yuan."), {"currency": currency[:8]})


def _yuan(typed: str) -> Money:
    try:
        amount = Decimal(typed)
        if amount.is_finite() and amount >= 0:
            return Money.yuan(amount)
    except (InvalidOperation, ValueError):
        pass
    raise Refused("bank.amount", msg("“%(typed)s” is not an amount."), {"typed": typed[:40]})


def _line(row: int, on: date, amount: Money, reference: str) -> Line:
    if amount == ZERO:
        raise Refused("bank.nothing", msg("This line moves no money."))
    return Line(row, on, "", amount, reference=_plain(reference, 64))


def _with(line: Line, **told: object) -> Line:
    lengths = {"name": 64, "number": 64, "memo": 200}
    tidy = {key: _plain(value, lengths[key]) if isinstance(value, str) else value for key, value in told.items()}
    return replace(line, **tidy)  # type: ignore[arg-type]


def _plain(text: str, length: int) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:length]


def _broken() -> Refused:
    return Refused("bank.broken", msg("The file is damaged or not written to the standard."), field="file")
