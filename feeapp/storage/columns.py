"""Column types that refuse anything but the value they are for, on SQLite (STRICT tables) and PostgreSQL alike."""

from __future__ import annotations

import enum
import json
import secrets
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.period import Period


class _Stored(TypeDecorator[Any]):
    """A type kept as INTEGER or TEXT on SQLite, whose STRICT tables know only those."""

    cache_ok = True
    on_sqlite: type[TypeEngine[Any]] = sa.Integer

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(self.on_sqlite())
        return dialect.type_descriptor(self.impl_instance)


class Whole(_Stored):
    """A 64-bit whole number; a float, a bool or text is refused."""

    cache_ok = True
    impl = sa.BigInteger

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is not None and type(value) is not int:
            raise TypeError(f"a whole number is stored here, not {type(value).__name__}")
        return value


class Key(Whole):
    """An identifier or a reference to one."""

    cache_ok = True


class Fen(_Stored):
    """Money, as whole fen."""

    cache_ok = True
    impl = sa.BigInteger

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Money):
            raise TypeError(f"money is stored here, not {type(value).__name__}")
        return value.fen

    def process_result_value(self, value: Any, dialect: Dialect) -> Money | None:
        return None if value is None else Money(int(value))


class CentiArea(_Stored):
    """Floor area, as whole 0.01 m²."""

    cache_ok = True
    impl = sa.BigInteger

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Area):
            raise TypeError(f"an area is stored here, not {type(value).__name__}")
        return value.centi

    def process_result_value(self, value: Any, dialect: Dialect) -> Area | None:
        return None if value is None else Area(int(value))


class Month(_Stored):
    """A billing month, as 202601."""

    cache_ok = True
    impl = sa.Integer

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Period):
            raise TypeError(f"a billing month is stored here, not {type(value).__name__}")
        return value.key

    def process_result_value(self, value: Any, dialect: Dialect) -> Period | None:
        return None if value is None else Period.from_key(value)


class Rate(_Stored):
    """A price in yuan with at most four decimals, as whole 0.0001 yuan."""

    cache_ok = True
    impl = sa.BigInteger

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value * 10_000 if isinstance(value, Decimal) else None
        if scaled is None or scaled != scaled.to_integral_value():
            raise TypeError("a price is stored as a Decimal with at most four decimals")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-4)


class Instant(_Stored):
    """An aware UTC instant; a naive one is refused."""

    cache_ok = True
    impl = sa.DateTime(timezone=True)
    on_sqlite = sa.Text

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant carries its time zone")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Day(_Stored):
    """A calendar day in the office's zone."""

    cache_ok = True
    impl = sa.Date
    on_sqlite = sa.Text

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if type(value) is not date:
            raise TypeError(f"a day is stored here, not {type(value).__name__}")
        return value.isoformat() if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Flag(_Stored):
    """True or false."""

    cache_ok = True
    impl = sa.Boolean

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if type(value) is not bool:
            raise TypeError("true or false is stored here")
        return int(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


_LIKE = frozenset(
    {
        *(operators.like_op, operators.not_like_op, operators.ilike_op, operators.not_ilike_op),
        *(operators.startswith_op, operators.endswith_op, operators.contains_op),
    }
)


class Words(_Stored):
    """Text of at most ``length`` characters; NUL, which PostgreSQL refuses, is refused on both."""

    cache_ok = True
    impl = sa.String
    on_sqlite = sa.Text

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """What is only searched for may be longer than what is stored: it is not found, and nobody is at fault."""
        return sa.String() if op in _LIKE else super().coerce_compared_value(op, value)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"text is stored here, not {type(value).__name__}")
        if len(value) > self.length or "\x00" in value:
            raise ValueError(f"text of at most {self.length} characters is stored here")
        return value


class Sorted(Words):
    """Text compared byte by byte on both databases, so that a prefix is a range."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.String(self.length, collation="C"))
        return super().load_dialect_impl(dialect)


class Choice(_Stored):
    """One member of an enum, stored by its value."""

    cache_ok = True
    impl = sa.String
    on_sqlite = sa.Text

    def __init__(self, members: type[enum.Enum] | None = None) -> None:
        super().__init__(32)
        self.members = members

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if self.members is None or not isinstance(value, self.members):
            raise TypeError(f"a {self.members} is stored here, not {value!r}")
        return str(value.value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or self.members is None:
            return value
        return next(member for member in self.members if str(member.value) == value)


class Facts(_Stored):
    """A small JSON value, kept as text with sorted keys, so that the same facts are the same bytes."""

    cache_ok = True
    impl = sa.Text
    on_sqlite = sa.Text

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; raises TypeError for floats and anything JSON does not know."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no place among stored facts")
    if isinstance(value, dict):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


_EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z


def new_id() -> int:
    """An identifier that grows with time and needs no shared counter: 42 bits of milliseconds, 20 random bits.

    Two made in the same millisecond meet once in a million pairs; the primary key then refuses the second.
    """
    return ((time.time_ns() // 1_000_000 - _EPOCH_MS) << 20) | secrets.randbits(20)


def new_ids(count: int) -> list[int]:
    """Identifiers for many rows at once: they follow each other, so that a thousand made in one moment never meet."""
    first = new_id()
    return list(range(first, first + count))
