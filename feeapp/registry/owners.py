"""The people of a row: names, identity numbers and phones, parted and put together again."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from feeapp.core.refusal import msg
from feeapp.core.width import narrow
from feeapp.registry.cells import DASHES, Row
from feeapp.registry.layout import Column
from feeapp.registry.records import Choice, PartyRecord
from feeapp.registry.rules import IdKind, PartyKind, Sight, id_form, id_holds, id_kind, is_han, mask_id

LONGEST_NAME = 60
_PARTS = re.compile(r"[、,，;；/／|\n]+")
_NOBODY = DASHES | frozenset(["空", "空置", "空房", "空户", "未售", "未知", "待定", "不详", "无人"])
_BRACKET = re.compile(r"\s*[（(]([^（）()]{0,20})[）)]\s*$")
_DEAD = ("已故", "去世", "亡故", "病故", "死亡")
_COMPANY = re.compile(
    r".{2,}(公司|集团|银行|合作社|委员会|居委会|事务所|经营部|经销部|工作室|超市|学校|医院|诊所|幼儿园|中心|商店|饭店|药店|药房|分行|支行|厂)"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[0-9]{2,3})([2-9][0-9]{6,7})|([2-9][0-9]{6,7})|(400[0-9]{7})")


def read_owners(row: Row, remarks: list[str]) -> tuple[PartyRecord, ...]:
    """The owners of a row, co-owners in the order they are written; what stands in brackets goes to the remarks."""
    column = row.layout.column("owner")
    names = _names(row, column, remarks)
    if not names and column and not row.refused:
        row.note(column, "owner.none", msg("Nobody is named as the owner."))
    numbers = _id_numbers(row, row.layout.column("owner_id"), len(names))
    phones = read_phones(row, row.layout.column("owner_phone"), remarks)
    by_order = len(phones) == len(names)
    shared = [(phone,) for phone in phones] if by_order else [tuple(dict.fromkeys(phones)), *([()] * len(names))]
    owners = []
    for nth, (name, number, own) in enumerate(zip(names, numbers, shared, strict=False)):
        kind = party_kind(name, number)
        owners.append(
            PartyRecord(name, kind, id_kind(number) if number else None, number, own, f"at:{place(row, column, nth)}")
        )
    return tuple(owners)


def read_occupant(row: Row, remarks: list[str]) -> PartyRecord | None:
    """Who lives there without owning; None where the row names nobody."""
    column = row.layout.column("occupant")
    names = _names(row, column, remarks)
    if not names:
        return None
    remarks.extend(names[1:])
    phones = read_phones(row, row.layout.column("occupant_phone"), remarks)
    return PartyRecord(
        names[0], party_kind(names[0], None), None, None, tuple(dict.fromkeys(phones)), f"at:{place(row, column, 0)}"
    )


def place(row: Row, column: Column | None, nth: int) -> str:
    """Where a party is named, as one text."""
    return f"{row.sheet.name}!{row.name(column)}#{nth}"


def party_kind(name: str, number: str | None) -> PartyKind:
    """A company where the number is a credit code or the name ends like one; else a person."""
    company = (number and id_kind(number) is IdKind.CREDIT_CODE) or _COMPANY.fullmatch(name)
    return PartyKind.COMPANY if company else PartyKind.PERSON


def _names(row: Row, column: Column | None, remarks: list[str]) -> list[str]:
    written = row.value(column)
    text = row.text(column, 400)
    if isinstance(written, str) and text and written != written.strip():
        row.note(column, "name.blanks", msg("The blanks around the name were dropped."))
    if text in _NOBODY:
        return []
    whole = _fault(text.replace("\n", " "))
    if whole and whole[0] != "name.signs":
        row.refuse(column, *whole, name=text)
        return []
    names = (_name(row, column, part.strip(), remarks) for part in _PARTS.split(text))
    return list(dict.fromkeys(name for name in names if name))


def _name(row: Row, column: Column | None, text: str, remarks: list[str]) -> str:
    """One name, without the blanks inside a Chinese one and without the remark in brackets behind it."""
    bracket = _BRACKET.search(text)
    name = text
    if bracket:
        name = text[: bracket.start()]
        remarks.append(bracket[1])
    if name and is_han(name[0]):
        name = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", name)
    fault = _fault(name) if name else None
    if len(name) > LONGEST_NAME:
        row.refuse(
            column,
            "name.long",
            msg("The name has %(length)s characters; at most %(longest)s fit on a receipt."),
            length=len(name),
            longest=LONGEST_NAME,
        )
    elif fault:
        row.refuse(column, *fault, name=name)
    elif bracket and any(word in bracket[1] for word in _DEAD):
        row.doubt(
            column,
            "name.deceased",
            msg("“%(written)s” says that %(name)s has died. The heirs are not registered as owners yet."),
            (Choice("keep", msg("Keep %(name)s as owner, and keep the remark"), {"name": name}),),
            "keep",
            written=text,
            name=name,
        )
    elif bracket:
        row.note(column, "name.bracket", msg("“%(bracket)s” was moved to the remarks."), bracket=bracket[1])
    return name


def _fault(name: str) -> tuple[str, str] | None:
    """Why a text cannot be anybody's name, as code and sentence; None where it can."""
    plain = narrow(name)
    if plain[:1] in tuple("=+-@"):
        return "name.formula", msg("“%(name)s” looks like a formula, not like a name.")
    if re.search(r"[<>{}]|&#|javascript:", plain, re.IGNORECASE):
        return "name.markup", msg("“%(name)s” looks like the markup of a web page, not like a name.")
    odd = [sign for sign in plain if unicodedata.category(sign)[0] not in "LMN" and sign not in " ·•・.-'’()&《》〇"]
    if odd or (name and not any(unicodedata.category(sign)[0] == "L" or sign == "〇" for sign in name)):
        return "name.signs", msg("“%(name)s” contains characters that no name has.")
    return None


def _id_numbers(row: Row, column: Column | None, owners: int) -> list[str | None]:
    """One identity number an owner, or None; more numbers than owners are refused."""
    value = row.value(column)
    if isinstance(value, Decimal) and value >= 10**15:
        row.refuse(
            column,
            "id.rounded",
            msg("The number was kept as a figure, and a spreadsheet keeps only 15 digits. Type it again as text."),
        )
        return [None] * owners
    text = row.text(column, 200)
    numbers = [id_form(part) for part in _PARTS.split(text) if part.strip() and part.strip() not in DASHES]
    if len(numbers) > max(owners, 1) or len(set(numbers)) < len(numbers):
        row.refuse(
            column,
            "id.count",
            msg("%(numbers)s identity numbers for %(owners)s owners: it is not clear whose they are."),
            numbers=len(numbers),
            owners=owners,
        )
        return [None] * owners
    for nth, number in enumerate(numbers):
        _check_id(row, column, number, nth)
    if 0 < len(numbers) < owners:
        row.doubt(
            column,
            "id.few",
            msg("%(numbers)s identity numbers for %(owners)s owners."),
            (
                Choice("in_order", msg("They belong to the first-named owners")),
                Choice("without", msg("Import the owners without numbers")),
            ),
            "in_order",
            numbers=len(numbers),
            owners=owners,
        )
    return [*numbers, *([None] * (owners - len(numbers)))]


def _check_id(row: Row, column: Column | None, number: str, nth: int) -> None:
    seen = mask_id(number, Sight.STAFF)
    if not re.fullmatch(r"[0-9A-Z()]{4,32}", number):
        row.refuse(column, "id.form", msg("“%(number)s” is not an identity number."), number=seen)
    elif id_kind(number) is IdKind.CREDIT_CODE and not id_holds(number):
        row.note(column, "id.credit_code", msg("The check digit of %(number)s is not right."), number=number)
    elif not id_holds(number) or (len(number) == 18 and id_kind(number) is IdKind.OTHER):
        row.doubt(
            column,
            "id.check",
            msg("%(number)s cannot be right: its date of birth or its check digit is wrong."),
            (
                Choice("keep", msg("Keep it as it is written")),
                Choice("without", msg("Import the owner without a number")),
            ),
            None,
            number=seen,
            owner=nth,
        )


def read_phones(row: Row, column: Column | None, remarks: list[str]) -> list[str]:
    """The phones of a cell, mobiles as 11 digits, landlines as 0453-6221234; anything else goes to the remarks."""
    phones = []
    text = row.text(column, 200)
    for part in _PARTS.split(text):
        typed = part.strip()
        if not typed or typed in DASHES:
            continue
        phone = phone_form(typed)
        if phone:
            phones.append(phone)
        else:
            remarks.append(typed)
            row.note(
                column, "phone.odd", msg("“%(typed)s” is not a phone number; it was moved to the remarks."), typed=typed
            )
    return list(dict.fromkeys(phones))


def phone_form(typed: str) -> str:
    """A phone number in its one form, or "" for what is none."""
    digits = re.sub(r"[\s()-]", "", narrow(typed))
    digits = re.sub(r"^(\+|00)86", "", digits)
    if _MOBILE.fullmatch(digits) or (len(digits) == 12 and _MOBILE.fullmatch(digits[1:]) and digits[0] == "0"):
        return digits[-11:]
    found = _LANDLINE.fullmatch(digits)
    if not found:
        return ""
    return f"{found[1]}-{found[2]}" if found[1] else digits
