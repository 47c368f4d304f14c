"""The words of the registry, who may see how much of a person, and what an identity number must look like."""

from __future__ import annotations

import enum
import re
from datetime import date

from stdnum.cn import ric, uscc

from feeapp.core.states import Moves
from feeapp.core.width import narrow


class UnitUse(enum.Enum):
    """What a unit is for."""

    HOME = "HOME"
    SHOP = "SHOP"
    PARKING = "PARKING"
    STORAGE = "STORAGE"


class PartyKind(enum.Enum):
    """A natural person, or a company or other body."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class UseState(enum.Enum):
    """Who uses a unit now: its owner, a tenant, nobody, or nobody has said."""

    SELF = "SELF"
    LET = "LET"
    VACANT = "VACANT"
    UNKNOWN = "UNKNOWN"


LIVED_IN = frozenset({UseState.SELF, UseState.LET})
"""The states of a unit that somebody uses."""


class Heap(enum.Enum):
    """Where a row of an uploaded ledger falls in the preview."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    SAME = "SAME"
    DOUBTFUL = "DOUBTFUL"
    REFUSED = "REFUSED"


class IdKind(enum.Enum):
    """Resident identity card, unified social credit code, or something else (passport, permit)."""

    ID_CARD = "ID_CARD"
    CREDIT_CODE = "CREDIT_CODE"
    OTHER = "OTHER"


class BatchState(enum.Enum):
    """The life of an uploaded ledger."""

    STAGED = "STAGED"
    APPLIED = "APPLIED"
    DISCARDED = "DISCARDED"
    UNDONE = "UNDONE"


BATCH_MOVES = Moves(
    {
        BatchState.STAGED: {"confirm": BatchState.APPLIED, "discard": BatchState.DISCARDED},
        BatchState.APPLIED: {"undo": BatchState.UNDONE},
    }
)


class Sight(enum.Enum):
    """How much of a person is shown: on a public posting, in a staff list, or in an authorised detail view."""

    PUBLIC = "PUBLIC"
    STAFF = "STAFF"
    FULL = "FULL"


COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛尉迟万俟单于司徒夏侯皇甫东方慕容令狐长孙宇文司空公孙轩辕钟离闾丘"
        "东郭南宫西门独孤端木百里呼延赫连澹台濮阳淳于太史申屠公冶宗政拓跋第五鲜于左丘司寇",
    )
)
"""The two-character surnames still met."""

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def is_han(sign: str) -> bool:
    """Whether a sign is a Chinese character, rare ones outside the basic plane included."""
    return bool(_HAN.fullmatch(sign))


def surname(name: str) -> str:
    """The surname a Chinese name begins with: one character, or two of the compound surnames."""
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]


def mask_name(name: str, sight: Sight, kind: PartyKind = PartyKind.PERSON) -> str:
    """A person's name as far as this viewer may see it (PIPL arts. 6, 25); a company's name is public."""
    if sight is Sight.FULL or kind is PartyKind.COMPANY or not name:
        return name
    if not is_han(name[0]):
        return name[0] + "***" if sight is Sight.PUBLIC else name.split()[0]
    if len(name) <= 2:
        return name[0] + "*"
    if sight is Sight.STAFF:
        return name[0] + "*" * (len(name) - 2) + name[-1]
    family = surname(name)
    return family + "*" * (len(name) - len(family))


def mask_phone(phone: str, sight: Sight) -> str:
    """A phone number as far as this viewer may see it: nothing in public, 138****5678 for staff."""
    if sight is Sight.PUBLIC:
        return ""
    if sight is Sight.FULL or not phone:
        return phone
    if len(phone) < 7:
        return "****"
    return (phone[:3] if len(phone) == 11 and phone[0] == "1" else "") + "****" + phone[-4:]


def mask_id(number: str, sight: Sight) -> str:
    """An identity number as far as this viewer may see it: never in public, first and last four for staff."""
    if sight is Sight.PUBLIC:
        return ""
    if sight is Sight.FULL:
        return number
    if len(number) < 12:
        return "*" * len(number)
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


_OLD_CARD = re.compile(r"[0-9]{15}")
_CARD = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT_CODE = re.compile(r"[0-9]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def id_form(text: str) -> str:
    """An identity number in its one canonical form: plain signs, capitals, no blanks; 15-digit cards as 18.

    A card of the first generation had no century and no check digit; GB 11643 maps it by inserting 19.
    """
    number = re.sub(r"[\s-]", "", narrow(text)).upper()
    if _OLD_CARD.fullmatch(number):
        longer = number[:6] + "19" + number[6:] + "0"
        return longer[:-1] + ric.calc_check_digit(longer)
    return number


def id_kind(number: str) -> IdKind:
    """What kind of number a canonical identity number is, by its form alone."""
    if _CARD.fullmatch(number) and number[6:8] in ("18", "19", "20"):
        return IdKind.ID_CARD
    if _CREDIT_CODE.fullmatch(number):
        return IdKind.CREDIT_CODE
    return IdKind.OTHER


def id_holds(number: str) -> bool:
    """Whether the check digit, and for a card the date of birth, of a canonical number are right.

    The place of birth is not judged: districts are renumbered, and real cards keep the old number.
    """
    kind = id_kind(number)
    if kind is IdKind.ID_CARD:
        try:
            date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            return False
        return number[-1] == ric.calc_check_digit(number)
    return kind is not IdKind.CREDIT_CODE or number[-1] == uscc.calc_check_digit(number[:-1])
