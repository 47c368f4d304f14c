"""A charge leads to a unit, a debtor, an item and a part that stand, and none of them can be taken from under it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.billing.models import Charge
from feeapp.storage.columns import new_id
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.people import Cast


@pytest.mark.parametrize("column", ["unit_id", "debtor_id", "part_id"])
def test_a_charge_of_something_that_does_not_exist_is_refused(app: Flask, cast: Cast, column: str) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    stands = db.session.execute(sa.select(Charge.__table__).filter_by(id=charge)).mappings().one()
    wrong = {**stands, "id": new_id(), "seq": 2, column: 7}
    with pytest.raises(sa.exc.IntegrityError):
        transaction(lambda: db.session.execute(sa.insert(Charge.__table__), [wrong]))


def test_one_wrong_charge_among_many_keeps_them_all_out(app: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    stands = dict(db.session.execute(sa.select(Charge.__table__).filter_by(id=charge)).mappings().one())
    rows = [{**stands, "id": new_id() + seq, "seq": seq} for seq in range(2, 12)]
    rows[5]["debtor_id"] = 7
    with pytest.raises(sa.exc.IntegrityError):
        transaction(lambda: db.session.execute(sa.insert(Charge.__table__), rows))
    assert db.session.query(Charge).count() == 1


@pytest.mark.parametrize("table", ["units", "parties"])
def test_what_is_charged_cannot_be_deleted(app: Flask, cast: Cast, table: str) -> None:
    owe(cast, "1-1-101", "2026-01", "58.50")
    key = cast.units["1-1-101"] if table == "units" else cast.parties["ouyang"]
    for each in ("ownerships", "search_keys"):
        column = "unit_id" if each == "search_keys" or table == "units" else "party_id"
        db.session.execute(sa.text(f"DELETE FROM {each} WHERE {column} = :id"), {"id": key})
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text(f"DELETE FROM {table} WHERE id = :id"), {"id": key})


def test_a_unit_that_is_not_charged_may_go(app: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "56.24")
    unit = cast.units["1-1-101"]
    db.session.execute(sa.text("DELETE FROM ownerships WHERE unit_id = :id"), {"id": unit})
    assert db.session.execute(sa.text("DELETE FROM units WHERE id = :id"), {"id": unit}).rowcount == 1


def test_a_charge_is_not_replaced_either(site: Flask, cast: Cast) -> None:
    """INSERT OR REPLACE deletes on its way; on our connections that fires the trigger that keeps charges."""
    charge = owe(cast, "3-2-501", "2026-01", "56.24")
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"):
        db.session.execute(
            sa.text("INSERT OR REPLACE INTO charges SELECT * FROM charges WHERE id = :id"), {"id": charge}
        )
