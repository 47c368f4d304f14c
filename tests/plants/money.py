"""Faults of the book, of charges and of payments."""

from __future__ import annotations

from feeapp.ledger.actions import Source, reverse
from feeapp.ledger.rules import CASH, INCOME_FEE, RECEIVABLE_FEE, WAIVERS
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.breaking import drop_unique, past_the_guards, run_schema, run_sql
from tests.people import AT
from tests.plants.planting import CHECK_CONSTRAINT, booked, plant
from tests.plants.receipts import raise_receipt
from tests.scene import Scene


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
    raise_receipt(scene, "a")


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


@plant("A2", "a payment of the logbook that does not stand")
def _(scene: Scene) -> None:
    run_sql("UPDATE log_entries SET kind = 'cashier.take' WHERE kind = 'cashier.print'")
