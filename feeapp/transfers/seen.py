"""What a change of owner brings about by itself, as plain values: shown first, hashed, and kept with the record."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from feeapp.core.money import ZERO, Money, total
from feeapp.core.period import Period
from feeapp.registry.profile import OwnerChange


@dataclass(frozen=True, slots=True)
class Part:
    """One item of one unit and month, parted: days and sums of the former owners and of the owners from the day on.

    ``seller_was`` and ``buyer_was`` are what stood on their bills before; ``billed`` where the month is billed already.
    """

    unit: str
    item: str
    item_en: str
    period: Period
    billed: bool
    seller_days: int
    seller: Money
    buyer_days: int
    buyer: Money
    seller_was: Money = ZERO
    buyer_was: Money = ZERO

    @property
    def total(self) -> Money:
        return self.seller + self.buyer


@dataclass(frozen=True, slots=True)
class Debt:
    """What somebody who owns the unit no more still owes of one charge."""

    key: str
    unit: str
    item: str
    item_en: str
    period: Period
    due_on: date
    debtor: str
    open: Money
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Prepaid money of somebody who leaves: ``gift`` of it was never paid and is taken back first (BL-18)."""

    key: str
    unit: str
    item: str
    item_en: str
    holder: str
    fund: str
    balance: Money
    gift: Money
    through: Period | None = None
    """The last month that was paid ahead, where it is kept for one item."""

    @property
    def rest(self) -> Money:
        return self.balance - self.gift


@dataclass(frozen=True, slots=True)
class Ending:
    """A relief that ends with the change, or an application for one that is still open (``ends_on`` None)."""

    label: str
    kind: str
    unit: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class MeterSeen:
    """A meter that hangs at a unit, with its last reading in 0.01 of its unit."""

    meter_id: int
    unit: str
    kind: str
    serial: str
    last_on: date | None
    last: int | None


@dataclass(frozen=True, slots=True)
class UnitSeen:
    """A unit that changes hands: who owned it and who owns it from that day on, the first-named first."""

    code: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    occupants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything a change of owner brings about by itself, before anything is chosen."""

    on: date
    owner_change: OwnerChange
    units: tuple[UnitSeen, ...]
    parts: tuple[Part, ...]
    debts: tuple[Debt, ...]
    held: tuple[Held, ...]
    reliefs: tuple[Ending, ...]
    meters: tuple[MeterSeen, ...]

    @property
    def hash(self) -> str:
        """The same for two looks exactly when they show the same."""
        return hashlib.sha256(json.dumps(to_facts(self), sort_keys=True).encode()).hexdigest()

    @property
    def owed(self) -> Money:
        return total(debt.open for debt in self.debts)


def to_facts(value: Any) -> Any:
    """A look as plain values, to be kept with the change and to be hashed."""
    if isinstance(value, Money):
        return value.fen
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Period):
        return str(value)
    if isinstance(value, tuple):
        return [to_facts(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: to_facts(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def seen_from(facts: Mapping[str, Any]) -> Seen:
    """A look that was kept, as it was."""
    return Seen(
        on=date.fromisoformat(facts["on"]),
        owner_change=OwnerChange(facts["owner_change"]),
        units=tuple(
            UnitSeen(row["code"], row["name"], *(tuple(row[name]) for name in ("before", "after", "occupants")))
            for row in facts["units"]
        ),
        parts=tuple(
            Part(
                **{name: row[name] for name in ("unit", "item", "item_en", "billed", "seller_days", "buyer_days")},
                period=Period.read(row["period"]),
                seller=Money(row["seller"]),
                buyer=Money(row["buyer"]),
                seller_was=Money(row["seller_was"]),
                buyer_was=Money(row["buyer_was"]),
            )
            for row in facts["parts"]
        ),
        debts=tuple(
            Debt(
                **{name: row[name] for name in ("key", "unit", "item", "item_en", "debtor")},
                period=Period.read(row["period"]),
                due_on=date.fromisoformat(row["due_on"]),
                open=Money(row["open"]),
                disputed=row["disputed"],
            )
            for row in facts["debts"]
        ),
        held=tuple(
            Held(
                **{name: row[name] for name in ("key", "unit", "item", "item_en", "holder", "fund")},
                balance=Money(row["balance"]),
                gift=Money(row["gift"]),
                through=Period.read(row["through"]) if row["through"] else None,
            )
            for row in facts["held"]
        ),
        reliefs=tuple(Ending(row["label"], row["kind"], row["unit"], _day(row["ends_on"])) for row in facts["reliefs"]),
        meters=tuple(
            MeterSeen(row["meter_id"], row["unit"], row["kind"], row["serial"], _day(row["last_on"]), row["last"])
            for row in facts["meters"]
        ),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
