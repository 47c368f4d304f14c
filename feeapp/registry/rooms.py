"""Room names: one canonical form, one short code and one full name for all the ways people write a room.

3号楼2单元501, 3栋2单501, 3幢2单元501室, 3#-2-501 and 3-2-501 are one room. In canonical form a building is "3"
(or what it is called, such as "车库"), a stair "2" (or "" where there is none) and a room "501" or "G07".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeapp.core.width import narrow

_HAN_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十]{1,3}(?=号楼|号|栋|幢|座|楼|单元|单|门)")
_DASHES = re.compile(r"[-‐‑‒–—―_/\\.]+")
_BUILDING = re.compile(r"第?([甲乙丙丁]?[0-9]{1,4}[A-Z]?|[A-Z][0-9]{0,3})(?:号楼|#楼|号|#|栋|幢|座|楼)?")
_STAIR = re.compile(r"第?([0-9]{1,3}|[A-Z])(?:单元|单|门|号门)?")
_ROOM = re.compile(r"([A-Z]{0,2}[0-9]{1,5}[A-Z]?)(?:室|号|户|房|号房|号车位)?")
_LETTER = re.compile(r"[A-Z]")
_LETTERED = re.compile(r"[A-Z]{1,2}[0-9]{1,4}")
_FULL = re.compile(
    r"第?(?P<building>[甲乙丙丁]?[0-9]{1,4}[A-Z]?|[A-Z][0-9]{0,3})(?:号楼|#楼|栋|幢|座|#|号|楼)-?"
    r"(?:第?(?P<stair>[0-9]{1,3}|[A-Z])(?:(?:单元|单|门)-?|-))?"
    r"(?P<room>[A-Z]{0,2}[0-9]{1,5}[A-Z]?)(?:室|号|户|房)?"
)
_PLACE = re.compile(
    r"(?P<building>[\u4e00-\u9fff]{2,8}|[0-9A-Z]{1,3}号?[\u4e00-\u9fff]{2,8})-?(?P<room>[A-Z]{0,2}[0-9]{1,5})号?"
)

PLACES_OF_LETTER = {"S": "商铺", "G": "车库", "C": "车位", "P": "车位", "B": "储藏室"}
"""Where a room with a letter lies when nobody says so."""
PLAIN_PLACES = frozenset({"商铺", "门市", "底商", "车库", "地下车库", "车位", "地下车位", "储藏室", "仓房", "地下室"})
"""Places that hold only rooms with letters, so that the short code need not name them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A room in canonical form. ``stair`` is empty where the building has none."""

    building: str
    stair: str
    room: str


def squeeze(text: str) -> str:
    """Plain signs, capitals, no blanks, Chinese numbers of buildings and stairs as digits, one kind of dash."""
    plain = re.sub(r"\s+", "", narrow(text)).upper()
    plain = _HAN_NUMBER.sub(lambda found: str(_from_han(found[0])), plain)
    return _DASHES.sub("-", plain).replace("＃", "#").strip("-")


def canonical_building(text: str) -> str:
    """ "3" for 3号楼, 3栋, 3幢, 3#, 03号楼 or 三号楼; any other name stays as it is written. "" for nothing."""
    plain = squeeze(text)
    found = _BUILDING.fullmatch(plain)
    return _unpadded(found[1]) if found else plain


def canonical_stair(text: str) -> str:
    """ "2" for 2单元, 2单, 2门 or 二单元; any other name stays as it is written. "" for nothing."""
    plain = squeeze(text)
    found = _STAIR.fullmatch(plain)
    return _unpadded(found[1]) if found else plain


def canonical_room(text: str) -> str:
    """ "501" for 501室, 0501 or ５０１; "G07" for g07号. Any other name stays as it is written. "" for nothing."""
    plain = squeeze(text)
    found = _ROOM.fullmatch(plain)
    return _unpadded(found[1]) if found else plain


def read_place(text: str) -> Place | None:
    """The room a whole name says, such as 3号楼2单元501, 3-2-501, 3-501, S01 or 车库 G07; None for anything else.

    A name in digits only (32501) says no single room and is left to the search.
    """
    plain = squeeze(text)
    found = _FULL.fullmatch(plain)
    if found:
        return Place(_unpadded(found["building"]), _unpadded(found["stair"] or ""), _unpadded(found["room"]))
    parts = plain.split("-")
    if len(parts) in (2, 3) and all(parts):
        stair = parts[1] if len(parts) == 3 else ""
        numbered = _BUILDING.fullmatch(parts[0]) and (not stair or _STAIR.fullmatch(stair))
        if numbered and _ROOM.fullmatch(parts[-1]):
            return Place(canonical_building(parts[0]), canonical_stair(stair), canonical_room(parts[-1]))
    if _LETTERED.fullmatch(plain) and plain[0] in PLACES_OF_LETTER:
        return Place(PLACES_OF_LETTER[plain[0]], "", plain)
    found = _PLACE.fullmatch(plain)
    return Place(found["building"], "", _unpadded(found["room"])) if found else None


def short_code(place: Place) -> str:
    """The form that is unique in a community and fits a receipt: 3-2-501, 3-501, S01, G07, 1号车库-G07."""
    if place.building in PLAIN_PLACES and _LETTERED.fullmatch(place.room):
        return place.room
    return "-".join(part for part in (place.building, place.stair, place.room) if part)


def full_name(place: Place) -> str:
    """The form for papers: 3号楼2单元501, 3号楼501, 车库G07."""
    stair = stair_name(place.stair) if place.stair else ""
    return f"{building_name(place.building)}{stair}{place.room}"


def building_name(building: str) -> str:
    """3号楼, A座, or a name that is neither number nor letter as it is."""
    if _LETTER.fullmatch(building):
        return f"{building}座"
    return f"{building}号楼" if _BUILDING.fullmatch(building) else building


def stair_name(stair: str) -> str:
    """2单元, or a name that is not a number as it is; "" for no stair."""
    return f"{stair}单元" if _STAIR.fullmatch(stair) else stair


def floor_of(room: str) -> int:
    """The floor a room number begins with: 501 is on 5, 1201 on 12; 0 where the number does not say."""
    found = re.fullmatch(r"([1-9][0-9]?)[0-9]{2}[A-Z]?", room)
    return int(found[1]) if found else 0


def walking_order(place: Place, floor: int) -> tuple[object, ...]:
    """A sort key: numbered buildings first, each walked stair by stair, floor by floor, room by room."""
    return (*_natural(place.building), *_natural(place.stair), floor, *_natural(place.room))


def short_forms(place: Place) -> tuple[str, ...]:
    """The forms without words that a search may begin with: 3-2-501, 3-501, 2-501, 32501 and 501; G07, G7, 车库G07."""
    ways = [short_code(place), place.room]
    if _BUILDING.fullmatch(place.building):
        ways += [f"{place.building}-{place.room}", *([f"{place.stair}-{place.room}"] if place.stair else [])]
    else:
        ways.append(f"{place.building}{place.room}")
    digits = place.building + place.stair + place.room
    if digits.isascii() and digits.isdigit():
        ways.append(digits)
    if _LETTERED.fullmatch(place.room):
        ways.append(re.sub(r"(?<=[A-Z])0+(?=[0-9])", "", place.room))
    return tuple(dict.fromkeys(ways))


def spellings(place: Place) -> tuple[str, ...]:
    """The ways people write this room, words included; the short code comes first."""
    ways = [*short_forms(place), full_name(place), f"{full_name(place)}室"]
    rest = (f"{place.stair}单元" if place.stair else "") + place.room
    if _BUILDING.fullmatch(place.building):
        ways += [f"{place.building}{kind}{rest}" for kind in ("栋", "幢", "座", "#", "#楼", "号")]
        if place.stair:
            ways.append(f"{place.building}栋{place.stair}单{place.room}")
            ways.append(f"{place.building}号楼{place.stair}门{place.room}")
            ways.append(f"{rest}室")
    else:
        ways.append(f"{place.building}-{place.room}")
    return tuple(dict.fromkeys(ways))


def _from_han(number: str) -> int:
    if "十" not in number:
        return int("".join(str(_HAN_DIGITS[sign]) for sign in number))
    tens, _, ones = number.partition("十")
    return 10 * (_HAN_DIGITS[tens] if tens else 1) + (_HAN_DIGITS[ones] if ones else 0)


def _unpadded(number: str) -> str:
    """Digits without leading zeros; letters keep theirs, because G07 is painted on the wall."""
    return (number.lstrip("0") or "0") if number.isdigit() else number


def _natural(name: str) -> tuple[object, ...]:
    found = re.match(r"([^0-9]*)([0-9]*)(.*)", name, re.DOTALL)
    lead, digits, rest = found.groups() if found else (name, "", "")
    return (lead != "", lead, int(digits or 0), rest)
