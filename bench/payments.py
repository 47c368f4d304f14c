"""Taking a payment for three charges with two tenders, against a bare transaction that writes the same rows."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.lines import Line, in_turn
from feeapp import create_app
from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.databases import environment
from tests.owing import owe
from tests.people import Cast, settle_in

ROUNDS = 60
WRITTEN = ("payments", "tenders", "settlements", "entry_lines", "entries", "receipts", "log_entries")


def run(url: str) -> Iterator[Line]:
    """One line: the whole of ``take_payment`` over the bare writes."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(environment(url, Path(folder)))
        with app.app_context():
            cast = settle_in(app)
            months = itertools.count()
            _taking(cast, next(months))()
            write = _bare()
            ours, bare = in_turn(ROUNDS, lambda: _taking(cast, next(months)), lambda: write)
            yield Line(
                "take_payment / bare writes of the same rows", ours / bare, 10, "at most",
                f"{ours * 1000:.2f} ms / {bare * 1000:.2f} ms",
            )  # fmt: skip
            db.session.remove()
            db.engine.dispose()


def _taking(cast: Cast, month: int) -> Callable[[], object]:
    """Let the household owe for one more month, and return the payment that clears it."""
    period = f"{2000 + month // 12}-{1 + month % 12:02}"
    charges = (
        owe(cast, "3-2-501", period, "56.24"),
        owe(cast, "3-2-502", period, "40.54"),
        owe(cast, "G07", period, "150.00", "PARK"),
    )
    tenders = (Tender(Method.CASH, Money.yuan("100")), Tender(Method.TRANSFER, Money.yuan("146.78"), "T77"))
    request = Request(f"key {month}", cast.units["3-2-501"], charges, tenders, "张小明、李娜")
    by = cast.by("cashier")
    return lambda: transaction(lambda: take_payment(by, request))


def _bare() -> Callable[[], object]:
    """The same rows by the driver alone: into tables without keys, and the same updates by key."""
    with db.engine.connect() as connection:
        rows = {name: _sample(connection, name) for name in WRITTEN}
        for name in WRITTEN:
            connection.exec_driver_sql(f"CREATE TABLE bare_{name} AS SELECT * FROM {name} WHERE 1 = 0")
        connection.exec_driver_sql("CREATE TABLE bare_counters (id INTEGER PRIMARY KEY, value INTEGER)")
        connection.exec_driver_sql("INSERT INTO bare_counters VALUES (1, 0)")
        connection.exec_driver_sql("CREATE TABLE bare_charges (id INTEGER PRIMARY KEY, settled INTEGER)")
        for number in range(3):
            connection.exec_driver_sql(f"INSERT INTO bare_charges VALUES ({number}, 0)")
        connection.commit()
    raw = db.engine.raw_connection()
    cursor = raw.cursor()
    sqlite = db.engine.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    inserts = [
        (f"INSERT INTO bare_{name} VALUES ({', '.join([mark] * len(each[0]))})", [tuple(row) for row in each])
        for name, each in rows.items()
    ]

    def write() -> None:
        if sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        for statement, values in inserts:
            cursor.executemany(statement, values)
        for number in range(3):
            cursor.execute(f"UPDATE bare_charges SET settled = settled + 1 WHERE id = {number}")
        cursor.execute("UPDATE bare_counters SET value = value + 1 WHERE id = 1")
        raw.commit()

    return write


def _sample(connection: sa.Connection, name: str) -> list[Any]:
    """The rows that one payment wrote: of the newest payment, or of the newest entry or deed."""
    table = db.metadata.tables[name]
    newest = {
        "tenders": "payment_id = (SELECT max(id) FROM payments)",
        "settlements": "payment_id = (SELECT max(id) FROM payments)",
        "entry_lines": "entry_id = (SELECT entry_id FROM payments)",
        "entries": "id = (SELECT entry_id FROM payments)",
    }.get(name, f"id = (SELECT max(id) FROM {name})")
    found = connection.exec_driver_sql(f"SELECT * FROM {name} WHERE {newest}").all()
    assert found, table
    return list(itertools.islice(found, 10))
