"""The kinds of charge items the house knows, and what the parts of a price are called."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from feeapp.core.money import Rounding, RoundTo
from feeapp.core.refusal import msg
from feeapp.tariffs.rules import Authority, Basis, Place, Proration, RoundAt


class ItemKind(enum.Enum):
    """What an item is charged for; it fixes the fund and the accounts."""

    PROPERTY_FEE = "PROPERTY_FEE"
    PARKING = "PARKING"
    SHARED = "SHARED"
    WATER = "WATER"
    POWER = "POWER"
    GAS = "GAS"
    HEAT = "HEAT"


class MeterKind(enum.Enum):
    """What a meter counts."""

    WATER = "WATER"
    POWER = "POWER"
    GAS = "GAS"
    HEAT = "HEAT"


METER_WORDS = {
    MeterKind.WATER: msg("Water meter (m³)"),
    MeterKind.POWER: msg("Power meter (kWh)"),
    MeterKind.GAS: msg("Gas meter (m³)"),
    MeterKind.HEAT: msg("Heat meter (kWh)"),
}


@dataclass(frozen=True, slots=True)
class Booked:
    """Where an item is booked: its fund, the receivable it is owed on, the account it is credited to."""

    fund: str
    receivable: str
    income: str


BOOKED: dict[ItemKind, Booked] = {
    ItemKind.PROPERTY_FEE: Booked("OP", "1122.01", "6001"),
    ItemKind.PARKING: Booked("OP", "1122.03", "6002"),
    ItemKind.SHARED: Booked("OP", "1122.04", "2242"),
    ItemKind.WATER: Booked("OP", "1122.04", "2242"),
    ItemKind.POWER: Booked("OP", "1122.04", "2242"),
    ItemKind.GAS: Booked("OP", "1122.04", "2242"),
    ItemKind.HEAT: Booked("OP", "1122.04", "2242"),
}
"""Domain chart 9.2, lump-sum mode; utilities are collected for others and never income."""

KIND_WORDS = {
    ItemKind.PROPERTY_FEE: msg("Property fee"),
    ItemKind.PARKING: msg("Parking fee"),
    ItemKind.SHARED: msg("Shared water and power"),
    ItemKind.WATER: msg("Water, collected for the waterworks"),
    ItemKind.POWER: msg("Power, collected for the grid"),
    ItemKind.GAS: msg("Gas, collected for the supplier"),
    ItemKind.HEAT: msg("Heating, collected for the supplier"),
}

BASIS_WORDS = {
    Basis.AREA: msg("per m² of gross floor area a month"),
    Basis.INNER_AREA: msg("per m² of inner floor area a month"),
    Basis.UNIT: msg("per unit a month"),
    Basis.FIXED: msg("a fixed sum for each billed month"),
    Basis.METER: msg("per unit the meter counts"),
    Basis.POOL: msg("a share of a sum spent in common"),
}

RATE_UNITS = {
    Basis.AREA: msg("yuan/m²·month"),
    Basis.INNER_AREA: msg("yuan/m²·month"),
    Basis.UNIT: msg("yuan/month"),
    Basis.FIXED: msg("yuan/month"),
    Basis.POOL: msg("shared as spent"),
}
"""What a rate is paid for; of a metered price the meter's unit says it."""

METER_UNITS = {"WATER": "m³", "POWER": "kWh", "GAS": "m³", "HEAT": "kWh"}

PLACE_WORDS = {
    Place.COMMUNITY: msg("the whole community"),
    Place.BUILDING: msg("one building"),
    Place.STAIR: msg("one stair"),
    Place.UNIT: msg("one unit"),
}

PRORATION_WORDS = {
    Proration.ACTUAL_DAYS: msg("by days, of the days of that month"),
    Proration.DAYS_30: msg("by days, thirty to the month"),
    Proration.THIRTY_360: msg("by days, every month having thirty"),
    Proration.NEXT_MONTH: msg("the month begun is free"),
    Proration.FULL_MONTH: msg("the month begun is full"),
    Proration.HALF_AT_15: msg("by half months, up to the 15th and after it"),
}

ROUNDING_WORDS = {
    Rounding.HALF_UP: msg("half up"),
    Rounding.DOWN: msg("down"),
    Rounding.UP: msg("up"),
    Rounding.HALF_EVEN: msg("half to even"),
}

ROUND_TO_WORDS = {
    RoundTo.FEN: msg("to the fen"),
    RoundTo.JIAO: msg("to the jiao"),
    RoundTo.YUAN: msg("to the yuan"),
}

ROUND_AT_WORDS = {
    RoundAt.PER_MONTH: msg("each month by itself"),
    RoundAt.PER_BILL: msg("once over all months of a bill"),
}

AUTHORITY_WORDS = {
    Authority.CONTRACT: msg("Service contract"),
    Authority.NOTICE: msg("Government notice"),
    Authority.RESOLUTION: msg("Resolution of the owners' assembly"),
}
