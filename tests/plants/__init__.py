"""One planted fault, or more, for every check of the book."""

from tests.plants import house, money, receipts
from tests.plants.planting import PLANTS, Plant, booked

__all__ = ["PLANTS", "Plant", "booked", "house", "money", "receipts"]
