"""``flask check`` is silent about a sound book; each check finds the fault that is planted for it, and no other."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp import create_app
from feeapp.commands import checking
from feeapp.commands.checking import CouldNotRun, all_checks, run_checks, snapshot
from feeapp.ledger.rules import INCOME_FEE, RECEIVABLE_FEE
from feeapp.storage.checking import SHOWN, Check, run
from feeapp.storage.db import db
from tests.breaking import run_schema, run_sql
from tests.databases import environment
from tests.owing import owe
from tests.people import Cast
from tests.plants import PLANTS, Plant, booked
from tests.scene import sound_book


@pytest.mark.broken_book
@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: f"{planted.check}, {planted.fault}")
def test_a_planted_fault_is_found_by_its_check_and_by_no_other(app: Flask, cast: Cast, planted: Plant) -> None:
    scene = sound_book(cast)
    assert run_checks() == []
    planted.sow(scene)
    companion = planted.also_on.get(db.engine.dialect.name)
    expected = {planted.check, *planted.also, *([companion] if companion else [])}
    assert {finding.check.id for finding in run_checks()} == expected


def test_every_check_has_its_plant_and_an_id_of_its_own() -> None:
    ids = Counter(check.id for check in all_checks())
    assert set(ids) == {planted.check for planted in PLANTS}
    assert max(ids.values()) == 1


def _command(app: Flask, *arguments: str) -> tuple[int, str, str]:
    done = app.test_cli_runner().invoke(args=["check", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_is_silent_about_a_sound_book(app: Flask, cast: Cast) -> None:
    sound_book(cast)
    assert _command(app) == (0, "", "")
    code, told, _errors = _command(app, "--json")
    assert (code, json.loads(told)["findings"], json.loads(told)["checks"]) == (0, [], len(all_checks()))


@pytest.mark.broken_book
def test_the_command_names_what_is_broken_and_counts_it(app: Flask, cast: Cast) -> None:
    scene = sound_book(cast)
    booked(scene, RECEIVABLE_FEE, INCOME_FEE)
    code, told, _errors = _command(app)
    assert (code, told.splitlines()) == (
        1,
        [
            "K1  The receivable accounts of the book come to what is open on the charges.  Broken 1 times:",
            f"      community_id={cast.community}  fund=OP  account=1122.01  open_less_book=-1000",
        ],
    )
    found = json.loads(_command(app, "--json")[1])["findings"]
    assert [(each["check"], each["count"], each["first"][0]["account"]) for each in found] == [("K1", 1, "1122.01")]


@pytest.mark.broken_book
def test_one_community_can_be_checked_alone(app: Flask, cast: Cast) -> None:
    scene = sound_book(cast)
    run_sql("DELETE FROM log_entries WHERE kind = 'cashier.take' AND subject_id = :id", id=scene.payment("a"))
    assert _command(app, "--community", "XHY")[0] == 1
    assert _command(app, "--community", "ZYL") == (0, "", "")


@pytest.mark.broken_book
def test_twenty_offending_rows_are_named_and_all_are_counted(site: Flask, cast: Cast) -> None:
    for number in range(25):
        run_sql("INSERT INTO vehicles (community_id, id, unit_id, plate) VALUES (1, :id, :id, '黑C')", id=number)
    (finding,) = run_checks()
    assert (finding.check.id, finding.count, len(finding.first)) == ("I4", 25, SHOWN)
    assert "… and 5 more" in _command(site)[1]


def _no_such_table(connection: sa.Connection) -> list[dict[str, object]]:
    return list(connection.exec_driver_sql("SELECT * FROM no_such_table").mappings())


def test_a_check_that_cannot_look_is_never_taken_for_a_sound_book(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "all_checks", lambda: (Check("X1", "This cannot be looked at.", _no_such_table),))
    code, told, errors = _command(app)
    assert (code, told) == (2, "")
    assert "could not run" in errors


def test_a_community_that_does_not_exist_is_not_called_sound(app: Flask, cast: Cast) -> None:
    code, told, errors = _command(app, "--community", "NOPE")
    assert (code, told, errors) == (2, "", "The check could not run: There is no community NOPE.\n")


def test_no_database_is_not_called_sound_and_none_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite"
    code, told, errors = _command(create_app(environment(f"sqlite:///{missing}", tmp_path)))
    assert (code, told) == (2, "")
    assert "There is no database" in errors
    assert not missing.exists()


def test_another_schema_is_not_called_sound(app: Flask) -> None:
    run_schema("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CouldNotRun, match="UNKNOWN"):
        run_checks()
    assert _command(app)[0] == 2


def test_a_check_can_only_read(app: Flask, cast: Cast) -> None:
    def writes(connection: sa.Connection) -> list[dict[str, object]]:
        connection.exec_driver_sql("DELETE FROM sessions")
        return []

    with snapshot() as connection, pytest.raises(sa.exc.DBAPIError):
        run(connection, [Check("X1", "This writes.", writes)])
    owe(cast, "3-2-501", "2026-01", "1")


@pytest.mark.broken_book
def test_two_receipts_may_swap_days_within_minutes_of_midnight(app: Flask, cast: Cast) -> None:
    """The one waits for the other's number; an hour apart it is a fault."""
    scene = sound_book(cast)
    first, second = scene.receipts["a"].id, scene.receipts["b"].id
    for receipt_id, at in ((first, "2026-01-20T16:00:01.000000Z"), (second, "2026-01-20T15:59:58.000000Z")):
        run_sql("UPDATE receipts SET issued_at = :at WHERE id = :id", at=at, id=receipt_id)
    run_sql("UPDATE receipts SET issued_on = '2026-01-21' WHERE id = :id", id=first)
    run_sql("UPDATE receipts SET issued_on = '2026-01-20' WHERE id = :id", id=second)
    assert "R3" not in {finding.check.id for finding in run_checks()}
    run_sql("UPDATE receipts SET issued_at = '2026-01-20T15:00:00.000000Z' WHERE id = :id", id=second)
    assert "R3" in {finding.check.id for finding in run_checks()}
