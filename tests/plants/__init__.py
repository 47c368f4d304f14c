"""One planted fault, or more, for every check of the book."""

from tests.plants import (
    banking,
    bills,
    closings,
    corrections,
    disputes,
    house,
    late,
    metering,
    money,
    prepay,
    receipts,
    reliefs,
    transfers,
    voids,
    wallets,
)
from tests.plants.planting import PLANTS, Plant, booked

__all__ = [
    "PLANTS",
    "Plant",
    "banking",
    "bills",
    "booked",
    "closings",
    "corrections",
    "disputes",
    "house",
    "late",
    "metering",
    "money",
    "prepay",
    "receipts",
    "reliefs",
    "transfers",
    "voids",
    "wallets",
]
