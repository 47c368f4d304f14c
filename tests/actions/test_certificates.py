"""Certificates: what was owed on a day, of one household on one unit, numbered and frozen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from feeapp.core.refusal import NotFound, Refused
from feeapp.printing.certificate import from_facts
from feeapp.statements.actions import certify
from feeapp.statements.models import Certificate
from feeapp.statements.queries import get_certificate
from feeapp.statements.rules import CertificateKind
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.actions.test_bills import _sell
from tests.owing import owe
from tests.people import AT, Cast
from tests.scene import NEXT_DAY, sound_book

CLEAR, ARREARS = CertificateKind.NO_DEBT, CertificateKind.ARREARS
TODAY = AT.date()


def _certify(cast: Cast, code: str, kind: CertificateKind, on: date = TODAY, key: int = 0) -> Certificate:
    by = cast.by("accountant", NEXT_DAY)
    issued = transaction(lambda: certify(by, cast.units[code], key, kind, on))
    return get_certificate(cast.community, issued)


def test_the_day_decides_what_was_owed(app: Flask, cast: Cast) -> None:
    """Of 100 + 60 due in 2025, 100 were paid on the 20th and the rest on the 21st of January."""
    sound_book(cast)
    before = _certify(cast, "3-2-501", ARREARS, TODAY - timedelta(days=1))
    that_day = _certify(cast, "3-2-501", ARREARS)
    after = _certify(cast, "3-2-501", CLEAR, TODAY + timedelta(days=1))
    assert [str(each.amount) for each in (before, that_day, after)] == ["160.00", "60.00", "0.00"]
    assert [each.label for each in (before, that_day, after)] == [f"XHYZM2026-000{n}" for n in (1, 2, 3)]
    paper = from_facts(that_day.snapshot, "zh")
    assert (paper.holder, paper.title, str(paper.total)) == ("张小明、李娜", "欠费证明", "60.00")
    assert [(line.item, line.period) for line in paper.lines] == [("物业费", "2025年12月（1 笔）")]


@pytest.mark.parametrize(
    ("code", "kind", "on", "refusal"),
    [
        ("3-2-502", CLEAR, date(2026, 1, 31), "certificate.day"),
        ("3-2-501", CLEAR, TODAY, "certificate.owes"),
        ("1-1-101", ARREARS, TODAY, "certificate.clear"),
    ],
)
def test_what_the_books_do_not_say_is_not_certified(
    app: Flask, cast: Cast, code: str, kind: CertificateKind, on: date, refusal: str
) -> None:
    sound_book(cast)
    with pytest.raises(Refused) as refused:
        _certify(cast, code, kind, on)
    assert refused.value.code == refusal
    assert db.session.query(Certificate).count() == 0
    _certify(cast, "1-1-101", CLEAR)
    assert db.session.query(Certificate).one().number == 1


def test_a_former_owners_debt_is_certified_to_the_former_owner(app: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2025-12", "58.50")
    transaction(lambda: _sell(cast, "1-1-101", "company"))
    assert _certify(cast, "1-1-101", CLEAR).snapshot["holder"] == "牡丹江宏泰商贸有限公司"
    former = _certify(cast, "1-1-101", ARREARS, key=cast.parties["ouyang"])
    assert (former.snapshot["holder"], str(former.amount)) == ("欧阳志远", "58.50")


def test_another_communitys_unit_is_not_found(app: Flask, cast: Cast) -> None:
    with pytest.raises(NotFound):
        _certify(cast, "ZYL 1-1-101", CLEAR)
