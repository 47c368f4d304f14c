"""The unit of a row: where it lies, what it is for, how large it is and who uses it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from feeapp.core.area import Area
from feeapp.core.refusal import msg
from feeapp.core.width import narrow
from feeapp.registry import rooms
from feeapp.registry.cells import Row, as_text
from feeapp.registry.figures import Figures, derived_area
from feeapp.registry.records import Choice
from feeapp.registry.rules import UnitUse, UseState

LONGEST_REMARK = 200
LONGEST_CODE = 32
"""What fits the line of a receipt."""
_NAMED = re.compile(r"[\w#·一-鿿-]{1,16}")
_USES = {
    UnitUse.HOME: "住宅 居住 民用 住房 普通住宅 成套住宅 住 home residential",
    UnitUse.SHOP: "商业 商铺 门市 底商 店铺 商用 网点 商业用房 商服 门面 非住宅 办公 shop commercial",
    UnitUse.PARKING: "车位 车库 停车位 停车 地下车位 汽车库 parking",
    UnitUse.STORAGE: "储藏室 储藏间 仓房 储物间 地下室 小棚 杂物间 库房 storage",
}
_USE_OF = {word: use for use, words in _USES.items() for word in words.split()}
_STATES = {
    UseState.SELF: "自住 自用 业主自住 已入住 入住 自营 owner",
    UseState.LET: "出租 租住 已租 租赁 出租中 let",
    UseState.VACANT: "空置 空房 未入住 毛坯 未装修 闲置 vacant",
    UseState.UNKNOWN: "不详 未知 unknown",
}
_STATE_OF = {word: state for state, words in _STATES.items() for word in words.split()}
_DAY = re.compile(r"((?:19|20)[0-9]{2})[-./年]?([0-9]{1,2})[-./月]?([0-9]{1,2})日?(?: .*)?")


def read_place(row: Row, default_building: str) -> rooms.Place | None:
    """Where the unit lies; None, with the reason, where the row does not say."""
    layout = row.layout
    address, room_column = layout.column("address"), layout.column("room")
    building = row.text(layout.column("building"), 40) or default_building
    stair, room = row.text(layout.column("stair"), 40), row.text(room_column, 40)
    whole = row.text(address, 60) or room
    column = address if row.value(address) is not None or room_column is None else room_column
    if row.refused:
        return None
    if not whole:
        row.refuse(column, "room.missing", msg("There is no room in this row."))
        return None
    place = rooms.read_place(whole) if whole != room or not row.value(layout.column("building")) else None
    place = place or rooms.Place(
        rooms.canonical_building(building), rooms.canonical_stair(stair), rooms.canonical_room(room or whole)
    )
    if not place.building:
        row.refuse(column, "room.building", msg("“%(room)s” does not say which building it is in."), room=whole)
        return None
    named = all(_NAMED.fullmatch(part) for part in (place.building, place.room, place.stair or "0"))
    if not named or len(rooms.short_code(place)) > LONGEST_CODE:
        row.refuse(column, "room.odd", msg("“%(room)s” is not a room. Write it like 3-2-501."), room=whole)
        return None
    return place


def read_use(row: Row, place: rooms.Place) -> UnitUse:
    """What the unit is for, from its column, else from the place or the letter of its room."""
    column = row.layout.column("use")
    text = row.text(column, 40)
    guess = _use_of_place(place)
    if not text:
        return guess
    use = _USE_OF.get(narrow(text).lower())
    if use is None:
        row.doubt(
            column,
            "use.unknown",
            msg("“%(text)s” is not a use that is known here."),
            (
                Choice("HOME", msg("It is a home")),
                Choice("SHOP", msg("It is a shop")),
                Choice("PARKING", msg("It is a parking space")),
                Choice("STORAGE", msg("It is a storage room")),
            ),
            None,
            text=text,
        )
    return use or guess


def _use_of_place(place: rooms.Place) -> UnitUse:
    where = place.building + rooms.PLACES_OF_LETTER.get(place.room[0], "")
    known = (use for word, use in _USE_OF.items() if len(word) > 1 and word in where)
    return next(known, UnitUse.SHOP if "铺" in where else UnitUse.HOME)


def read_floor(row: Row, place: rooms.Place, use: UnitUse) -> int:
    """The floor from its column (5, 5层, B1, -1), else from the room number; 0 where nothing says."""
    column = row.layout.column("floor")
    value = row.value(column)
    text = narrow(as_text(value)).upper()
    found = re.fullmatch(r"(B|-|负|地下)?([0-9]{1,3})(?:层|F|楼)?", text)
    if found:
        return -int(found[2]) if found[1] else int(found[2])
    if text:
        row.note(column, "floor.odd", msg("“%(text)s” is not a floor; it was taken from the room number."), text=text)
    return rooms.floor_of(place.room) if use is not UnitUse.PARKING else 0


def read_area(row: Row, use: UnitUse, figures: Figures, price: Decimal | None) -> Area | None:
    """The area billed by; where it is missing, what the bills of the row say is proposed, never taken silently."""
    column = row.layout.column("area")
    before = len(row.problems)
    area = row.area(column)
    lost = any(row.name(column) == problem.cell for problem in row.problems[before:]) and row.refused
    if area or lost or column is None:
        return area
    if use in (UnitUse.PARKING, UnitUse.STORAGE):
        row.note(column, "area.none", msg("There is no area, so this unit cannot be billed by area."))
        return None
    without = Choice("without", msg("Import it without an area; it cannot be billed by area until it has one"))
    derived = derived_area(figures, price)
    if derived is None:
        row.doubt(column, "area.missing", msg("There is no area."), (without,), "without")
        return None
    billed = next(one.billed for one in figures.years if one.billed)
    facts = {"billed": str(billed), "price": as_text(price), "area": str(derived)}
    row.doubt(
        column,
        "area.missing",
        msg("There is no area, but the bills say one: %(billed)s ÷ %(price)s ÷ 12 = %(area)s m²."),
        (Choice("derived", msg("Use %(area)s m²"), {"area": str(derived)}), without),
        "derived",
        **facts,
    )
    return None


def read_price(row: Row) -> Decimal | None:
    """The price per m² and month the ledger was kept with; only ever used to propose a missing area."""
    column = row.layout.column("price")
    price = row.number(column)
    if isinstance(price, Decimal) and 0 < price < 1000 and price == round(price, 4):
        return price
    if price is not None:
        row.note(column, "price.odd", msg("“%(text)s” is not a price per m²; it was not used."), text=as_text(price))
    return None


def read_use_state(row: Row, remarks: list[str]) -> UseState:
    """Lived in, let or vacant; unknown words go to the remarks."""
    column = row.layout.column("use_state")
    text = row.text(column, 40)
    state = _STATE_OF.get(narrow(text).lower())
    if text and state is None:
        remarks.append(text)
        row.note(column, "use_state.odd", msg("“%(text)s” was moved to the remarks."), text=text)
    return state or UseState.UNKNOWN


def read_day(row: Row, remarks: list[str]) -> date | None:
    """The day the owner moved in or took the unit over; what is no day goes to the remarks."""
    column = row.layout.column("from_on")
    value = row.value(column)
    if isinstance(value, date):
        return value
    text = row.text(column, 40)
    found = _DAY.fullmatch(narrow(text))
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    if text:
        remarks.append(text)
        row.note(column, "day.odd", msg("“%(text)s” is not a date; it was moved to the remarks."), text=text)
    return None
