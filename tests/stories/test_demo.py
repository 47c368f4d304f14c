"""The demo: loaded once, in order, the same every time; never into real use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp import create_app
from feeapp.access.queries import find_kept
from feeapp.access.rules import check_password
from feeapp.billing.models import Charge, Dispute
from feeapp.cashier.models import Payment
from feeapp.core.money import Money
from feeapp.corrections.models import Correction
from feeapp.corrections.rules import CorrectionState
from feeapp.demo.people import PASSPHRASE
from feeapp.reliefs.models import Relief
from feeapp.reliefs.rules import ReliefState
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.databases import environment
from tests.people import settle_in
from tests.stories.paper import month_of_tidy


def _load(app: Flask) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["demo"])
    return done.exit_code, done.output


def test_the_demo_is_a_community_at_work_with_books_in_order(app: Flask) -> None:
    code, said = _load(app)
    assert code == 0, said
    month = sum(month_of_tidy(home="0.65", shop="1.20", space="150").values())
    billed = db.session.execute(sa.select(Charge.period, sa.func.count(), _fen(Charge.amount)).group_by(Charge.period))
    assert [(count, int(fen)) for _, count, fen in billed] == [(244, month), (244, month)]
    in_part = sa.and_(Charge.settled > Money(0), Charge.settled < Charge.amount)
    assert db.session.scalar(sa.select(sa.func.count()).where(in_part)), "somebody paid in part"
    assert db.session.scalar(sa.select(_fen(Charge.settled))) == db.session.scalar(sa.select(_fen(Payment.amount)))
    assert app.test_cli_runner().invoke(args=["check"]).exit_code == 0


def _fen(column: Any) -> Any:
    return sa.func.sum(sa.type_coerce(column, sa.BigInteger))


def test_cases_wait_on_the_desks(site: Flask) -> None:
    assert _load(site)[0] == 0
    waiting = (
        Dispute.closed_at.is_(None),
        Correction.state == CorrectionState.ASKED,
        Relief.state == ReliefState.APPLIED,
    )
    assert [db.session.scalar(sa.select(sa.func.count()).where(case)) for case in waiting] == [1, 1, 1]


def test_everybody_on_the_sheet_can_log_in_with_its_password(site: Flask) -> None:
    _, said = _load(site)
    logins = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    assert logins == ["admin", "manager", "accountant", "cashier", "committee", "auditor", "15824932739"]
    for login in logins:
        opened = site.test_client().post("/login", data={"login": login, "password": said.split()[-1]})
        assert opened.status_code == 302, login


def test_loading_it_again_changes_nothing_and_says_the_same(site: Flask) -> None:
    first = _load(site)
    payments = db.session.scalar(sa.select(sa.func.count()).select_from(Payment))
    db.session.rollback()
    assert _load(site) == first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Payment)) == payments


def test_two_loadings_of_the_same_day_hold_the_same_payments(
    site: Flask, fresh_database: object, tmp_path: Path
) -> None:
    amounts = []
    with fresh_database("sqlite") as url:  # type: ignore[operator]
        other = create_app(environment(url, tmp_path))
        for each in (site, other):
            with each.app_context():
                assert _load(each)[0] == 0
                query = sa.select(Payment.received_on, Payment.payer, Payment.amount)
                amounts.append(sorted((str(day), payer, fen.fen) for day, payer, fen in db.session.execute(query)))
                db.session.remove()
                db.engine.dispose()
    assert amounts[0] == amounts[1]


def test_it_does_not_come_into_a_database_that_is_in_use(site: Flask) -> None:
    settle_in(site)
    code, said = _load(site)
    assert code == 1
    assert "only loaded into an empty one" in said
    assert transaction(lambda: find_kept("admin")) is None


def test_it_is_never_loaded_for_real_use(site: Flask) -> None:
    site.config["FEEAPP_PRODUCTION"] = True
    code, said = _load(site)
    assert code == 1
    assert "never loaded for real use" in said
    assert find_kept("admin") is None


@pytest.mark.parametrize("word", ["admin", "manager", "cashier"])
def test_its_password_is_not_one_that_real_use_would_refuse(word: str) -> None:
    check_password(PASSPHRASE, word, "孙丽华")
