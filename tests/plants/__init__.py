"""One planted fault, or more, for every check of the book."""

from tests.plants import (
    banking,
    bills,
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
