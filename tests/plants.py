"""One planted fault for every check of the book."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from feeapp.cashier.models import Receipt
from feeapp.cashier.rules import receipt_label
from feeapp.core.money import Money
from feeapp.ledger.actions import Source, post, reverse
from feeapp.ledger.rules import CASH, INCOME_FEE, RECEIVABLE_FEE, WAIVERS, Fund, credit, debit
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.breaking import drop_unique, past_the_guards, run_schema, run_sql
from tests.people import AT
from tests.scene import Scene


@dataclass(frozen=True)
class Plant:
    """A fault, the check that is made for it, and the checks that cannot help seeing it too."""

    check: str
    fault: str
    sow: Callable[[Scene], None]
    also: frozenset[str] = frozenset()
    also_on: dict[str, str] = field(default_factory=dict)
    """One more check, on one kind of database."""


PLANTS: list[Plant] = []

CHECK_CONSTRAINT = {"sqlite": "I1", "postgresql": "I3"}
"""SQLite itself reports a row against a CHECK; PostgreSQL cannot hold one without losing the constraint."""


def plant(
    check: str, fault: str, *also: str, also_on: dict[str, str] | None = None
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Register a fault."""

    def registered(sow: Callable[[Scene], None]) -> Callable[[Scene], None]:
        PLANTS.append(Plant(check, fault, sow, frozenset(also), also_on or {}))
        return sow

    return registered


def _entry(
    scene: Scene, debits: str, credits: str, total: str, account: str = INCOME_FEE, constraints: tuple[str, ...] = ()
) -> None:
    """Write an entry of two lines past the guards; amounts in fen."""
    with past_the_guards(*constraints) as connection:
        connection.exec_driver_sql(
            "INSERT INTO entries (community_id, id, fund, kind, happened_on, posted_at, source_kind, source_id, total) "
            f"VALUES ({scene.cast.community}, 7, 'OP', 'test', '2026-01-20', '2026-01-20T00:00:00Z', 'test', 1,"
            f" {total})"
        )
        for line, (code, sides) in enumerate(((WAIVERS, debits), (account, credits)), start=1):
            connection.exec_driver_sql(
                "INSERT INTO entry_lines (community_id, entry_id, line, fund, account, debit, credit) "
                f"VALUES ({scene.cast.community}, 7, {line}, 'OP', '{code}', {sides})"
            )


def booked(scene: Scene, left: str, right: str) -> int:
    by = scene.cast.by("accountant")
    lines = [debit(left, Money.yuan(10)), credit(right, Money.yuan(10))]
    return transaction(lambda: post(by, Fund.OPERATIONS, "test", AT.date(), Source("test", 1), lines))


def _rewrite(scene: Scene, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the frozen copy of a receipt."""
    with db.engine.connect() as connection:
        stands = connection.execute(
            sa.select(Receipt.snapshot).where(Receipt.id == scene.receipts[name].id)
        ).scalar_one()
    copy = json.loads(stands)
    change(copy)
    run_sql("UPDATE receipts SET snapshot = :copy WHERE id = :id", copy=json.dumps(copy), id=scene.receipts[name].id)


def _raise_receipt(scene: Scene, name: str) -> None:
    """Make a receipt a fen larger, its frozen copy too."""

    def a_fen_more(copy: dict[str, Any]) -> None:
        copy["total"] += 1
        copy["lines"][0]["amount"] += 1

    run_sql("UPDATE receipts SET amount = amount + 1 WHERE id = :id", id=scene.receipts[name].id)
    _rewrite(scene, name, a_fen_more)


def _renumber(scene: Scene, name: str, number: int) -> None:
    """Give a receipt another number, on its frozen copy too."""
    label = receipt_label("XHY", "OP", 2026, number)
    run_sql(
        "UPDATE receipts SET number = :number, label = :label WHERE id = :id",
        number=number, label=label, id=scene.receipts[name].id,
    )  # fmt: skip
    _rewrite(scene, name, lambda copy: copy.update(number=label))


@plant("L1", "an entry whose lines agree with each other, but not with its total")
def _(scene: Scene) -> None:
    _entry(scene, "100, 0", "0, 100", "90")


@plant("L1", "an entry whose sides differ", "L4")
def _(scene: Scene) -> None:
    _entry(scene, "100, 0", "0, 90", "100")


@plant("L2", "an entry without lines")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO entries (community_id, id, fund, kind, happened_on, posted_at, source_kind, source_id, total) "
        "VALUES (:community, 7, 'OP', 'test', '2026-01-20', '2026-01-20T00:00:00Z', 'test', 1, 5)",
        community=scene.cast.community,
    )


@plant("L3", "a line that is a debit and a credit", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    _entry(scene, "50, 50", "10, 10", "60", constraints=("ck_entry_lines_one_side",))


@plant("L4", "a fund out of balance, which only an unbalanced entry can bring about", "L1")
def _(scene: Scene) -> None:
    _entry(scene, "100, 0", "0, 99", "100")


@plant("L5", "a line on an account that the fund does not have", "I4")
def _(scene: Scene) -> None:
    _entry(scene, "100, 0", "0, 100", "100", account="9999")


@plant("L7", "a reversal of another amount")
def _(scene: Scene) -> None:
    first, second = booked(scene, WAIVERS, INCOME_FEE), booked(scene, INCOME_FEE, WAIVERS)
    run_sql("UPDATE entries SET reverses_id = :first, total = 900 WHERE id = :second", first=first, second=second)
    run_sql("UPDATE entry_lines SET debit = debit * 9 / 10, credit = credit * 9 / 10 WHERE entry_id = :id", id=second)


@plant("L8", "an entry reversed twice")
def _(scene: Scene) -> None:
    first, by = booked(scene, WAIVERS, INCOME_FEE), scene.cast.by("accountant")
    for _time in range(2):
        transaction(lambda: reverse(by, first, "test", AT.date(), Source("test", 1)))


@plant("L9", "a trigger of the book that was dropped")
def _(scene: Scene) -> None:
    on = {"sqlite": "", "postgresql": " ON entries"}[db.engine.dialect.name]
    run_schema(f"DROP TRIGGER entries_balance{on}")


@plant("L9", "a trigger of the book that lets everything pass")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "postgresql":
        run_schema(
            "CREATE OR REPLACE FUNCTION feeapp_sealed() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
        )
    else:
        run_schema("DROP TRIGGER entry_lines_sealed")
        run_schema("CREATE TRIGGER entry_lines_sealed BEFORE INSERT ON entry_lines WHEN 0 BEGIN SELECT 1; END")


@plant("B1", "a charge that is called paid by another's money")
def _(scene: Scene) -> None:
    run_sql("UPDATE charges SET settled = settled + 1 WHERE id = :id", id=scene.charges["open"])
    run_sql("UPDATE charges SET settled = settled - 1 WHERE id = :id", id=scene.charges["a"])


@plant("B1", "a charge that is called reduced by nothing")
def _(scene: Scene) -> None:
    run_sql("UPDATE charges SET reduced = reduced + 1 WHERE id = :id", id=scene.charges["open"])
    run_sql("UPDATE charges SET settled = settled - 1 WHERE id = :id", id=scene.charges["a"])


@plant("K1", "a receivable booked without a charge")
def _(scene: Scene) -> None:
    booked(scene, RECEIVABLE_FEE, INCOME_FEE)


@plant("P1", "a payment, and its receipt, of a fen more than was tendered and cleared")
def _(scene: Scene) -> None:
    run_sql("UPDATE payments SET amount = amount + 1 WHERE id = :id", id=scene.payment("a"))
    _raise_receipt(scene, "a")


@plant("P2", "a settlement below zero, made up for by another", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    with past_the_guards("ck_settlements_amount") as connection:
        for payer, cleared, other in (("b", "b", "c"), ("c", "c", "b")):
            connection.exec_driver_sql(
                f"UPDATE settlements SET amount = amount + 10 "
                f"WHERE payment_id = {scene.payment(payer)} AND charge_id = {scene.charges[cleared]}"
            )
            connection.exec_driver_sql(
                "INSERT INTO settlements (community_id, payment_id, charge_id, amount) "
                f"VALUES ({scene.cast.community}, {scene.payment(payer)}, {scene.charges[other]}, -10)"
            )


@plant("P3", "a payment that is said to be of another fund", "D1", "R2")
def _(scene: Scene) -> None:
    run_sql("UPDATE payments SET fund = 'RN' WHERE id = :id", id=scene.payment("a"))


@plant("P6", "two payments of one submission", "I3")
def _(scene: Scene) -> None:
    with past_the_guards() as connection:
        drop_unique(connection, "payments", "uq_payments_community_id_submission_key")
        connection.exec_driver_sql("UPDATE payments SET submission_key = 'a'")


@plant("P10", "two payments of a day booked on each other's accounts")
def _(scene: Scene) -> None:
    for name, method in (("b", "CASH"), ("c", "TRANSFER")):
        run_sql("UPDATE tenders SET method = :method WHERE payment_id = :id", method=method, id=scene.payment(name))


@plant("P11", "an entry that names another document than its payment")
def _(scene: Scene) -> None:
    run_sql("UPDATE entries SET source_id = 1 WHERE source_id = :id", id=scene.payment("a"))


@plant("D1", "cash booked on a day that nobody paid it")
def _(scene: Scene) -> None:
    booked(scene, CASH, INCOME_FEE)


@plant("A2", "a payment that the logbook does not know")
def _(scene: Scene) -> None:
    run_sql("DELETE FROM log_entries WHERE kind = 'cashier.take' AND subject_id = :id", id=scene.payment("a"))


@plant("R1", "a counter that is ahead of the last number")
def _(scene: Scene) -> None:
    run_sql("UPDATE counters SET value = value + 1 WHERE name = 'receipt/OP/2026'")


@plant("R1", "a receipt that is gone, and its payment left", "R2")
def _(scene: Scene) -> None:
    run_sql("DELETE FROM receipts WHERE id = :id", id=scene.receipts["b"].id)


@plant("R2", "a receipt of another amount than its payment")
def _(scene: Scene) -> None:
    _raise_receipt(scene, "a")


@plant("R3", "a number given out a day before a lower one")
def _(scene: Scene) -> None:
    _renumber(scene, "a", 9)
    _renumber(scene, "b", 1)
    _renumber(scene, "a", 2)


@plant("R5", "a printing that was not counted")
def _(scene: Scene) -> None:
    run_sql("UPDATE counters SET value = value + 1 WHERE name LIKE 'receipt_copy/%'")


@plant("R6", "a frozen copy that says another amount")
def _(scene: Scene) -> None:
    _rewrite(scene, "a", lambda copy: copy["lines"][0].update(amount=1) or copy.update(total=1))


@plant("R6", "a frozen copy that cannot be read")
def _(scene: Scene) -> None:
    run_sql("UPDATE receipts SET snapshot = '{' WHERE id = :id", id=scene.receipts["a"].id)


@plant("R6", "a printed number that is not the receipt's")
def _(scene: Scene) -> None:
    run_sql("UPDATE receipts SET label = 'XHYOP2026-000008' WHERE id = :id", id=scene.receipts["a"].id)
    _rewrite(scene, "a", lambda copy: copy.update(number="XHYOP2026-000008"))


@plant("R7", "a number given out twice", "I3")
def _(scene: Scene) -> None:
    with past_the_guards() as connection:
        drop_unique(connection, "receipts", "uq_receipts_community_id_series_year_number")
    _renumber(scene, "b", 1)


@plant("H1", "an owner who is listed twice")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO ownerships (community_id, id, unit_id, party_id, position, share, from_on) "
        "SELECT community_id, 7, unit_id, party_id, position, share, '2020-01-01' FROM ownerships WHERE unit_id = :id",
        id=scene.cast.units["S01"],
    )


@plant("I1", "a row against a CHECK on SQLite, an index that PostgreSQL calls invalid")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "sqlite":
        with past_the_guards("ck_counters_value") as connection:
            connection.exec_driver_sql("INSERT INTO counters (community_id, name, value) VALUES (1, 'x', -1)")
    else:
        run_schema("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_payments_day'::regclass")


@plant("I2", "a trigger that was dropped")
def _(scene: Scene) -> None:
    on = {"sqlite": "", "postgresql": " ON payments"}[db.engine.dialect.name]
    run_schema(f"DROP TRIGGER payments_keep_delete{on}")


@plant("I2", "a trigger that keeps one column less")
def _(scene: Scene) -> None:
    if db.engine.dialect.name == "postgresql":
        run_schema("DROP TRIGGER tenders_keep_update ON tenders")
        stop = "FOR EACH ROW EXECUTE FUNCTION feeapp_keep()"
    else:
        run_schema("DROP TRIGGER tenders_keep_update")
        stop = "BEGIN SELECT RAISE(ABORT, 'feeapp: this row is kept for ever'); END"
    columns = "community_id, payment_id, line, method, reference"
    run_schema(f"CREATE TRIGGER tenders_keep_update BEFORE UPDATE OF {columns} ON tenders {stop}")


@plant("I3", "an index that was dropped")
def _(scene: Scene) -> None:
    run_schema("DROP INDEX ix_payments_day")


@plant("I4", "a plate of a unit that does not exist")
def _(scene: Scene) -> None:
    run_sql(
        "INSERT INTO vehicles (community_id, id, unit_id, plate) VALUES (:community, 7, 7, '黑C12345')",
        community=scene.cast.community,
    )
