"""Residents: the way in by a code, and their own things and nobody else's."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader

from feeapp import clock
from feeapp.cashier.actions import take_payment
from feeapp.cashier.models import Receipt
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.portal.actions import issue_codes
from feeapp.portal.models import ActivationCode
from feeapp.portal.rules import ALPHABET, make_code, read_code, read_phone
from feeapp.registry.people import set_owners
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.owing import owe
from tests.pages.test_counter import _pay
from tests.people import Cast

PASSWORD = "秋天的西花园里很安静"


def _code(cast: Cast, party: str = "ouyang") -> str:
    by = By(cast.community, cast.users["cashier"], clock.now())
    pepper = cast.app.config["SECRET_KEY"]
    return transaction(lambda: issue_codes(by, [cast.parties[party]], pepper))[cast.parties[party]]


def _activate(cast: Cast, code: str, phone: str = "13700001111", password: str = PASSWORD):
    client = cast.app.test_client()
    answer = client.post("/my/activate", data={"code": code, "phone": phone, "password": password})
    return client, answer


def test_the_code_on_paper_opens_the_residents_own_pages(app: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2026-01", "58.50")
    client, answer = _activate(cast, _code(cast))
    assert answer.headers["Location"] == "/my/"
    home = client.get("/my/").text
    assert "欧阳志远" in home
    assert "58.50" in home


def test_a_code_works_once(app: Flask, cast: Cast) -> None:
    code = _code(cast)
    _activate(cast, code)
    _, answer = _activate(cast, code, "13911112222")
    assert answer.status_code == 200
    assert "已使用" in answer.text


def test_a_newer_code_ends_the_older_one(app: Flask, cast: Cast) -> None:
    older, newer = _code(cast), _code(cast)
    assert _activate(cast, older)[1].status_code == 200
    assert _activate(cast, newer)[1].status_code == 302


def test_a_code_past_its_last_day_does_nothing(site: Flask, cast: Cast) -> None:
    code = _code(cast)
    db.session.query(ActivationCode).update({"expires_on": clock.office_day(clock.now()) - timedelta(days=1)})
    db.session.commit()
    assert _activate(cast, code)[1].status_code == 200


def test_the_code_is_not_kept_as_it_is(site: Flask, cast: Cast) -> None:
    code = _code(cast)
    kept = db.session.query(ActivationCode).one().code_hash
    assert code not in kept
    assert len(kept) == 64


@pytest.mark.parametrize(
    ("code", "phone", "password", "said"),
    [
        ("K7MQ", "13700001111", PASSWORD, "激活码是十二位"),
        ("AAAA-AAAA-AAAA", "13700001111", PASSWORD, "激活码不正确"),
        (None, "12345", PASSWORD, "手机号应为十一位"),
        (None, "13700001111", "short", "至少"),
        ("", "", "", "请填写"),
    ],
)
def test_nonsense_is_answered_at_the_field(
    site: Flask, cast: Cast, code: str | None, phone: str, password: str, said: str
) -> None:
    answer = _activate(cast, _code(cast) if code is None else code, phone, password)[1]
    assert answer.status_code == 200
    assert said in answer.text


def test_guessing_codes_is_stopped(site: Flask, cast: Cast) -> None:
    """After twenty wrong codes from one address even the right one has to wait."""
    right = _code(cast)
    for number in range(20):
        _activate(cast, f"AAAA-AAAA-AA{ALPHABET[number]}A")
    assert _activate(cast, right)[1].status_code == 200


def test_a_second_unit_joins_the_same_log_in_only_with_its_password(site: Flask, cast: Cast) -> None:
    _activate(cast, _code(cast))
    assert _activate(cast, _code(cast, "company"), password="一个完全不同的密码")[1].status_code == 200
    client, answer = _activate(cast, _code(cast, "company"))
    assert answer.status_code == 302
    assert "S01" in client.get("/my/").text


def test_bills_explain_themselves_in_both_languages(site: Flask, cast: Cast) -> None:
    owe(cast, "3-2-501", "2026-01", "56.24")
    assert "台账" in cast.client("resident").get("/my/bills").text
    english = cast.client("resident", "en").get("/my/bills").text
    assert "Carried over from the ledger: 56.24 yuan billed less 0.00 yuan received" in english


def test_a_resident_sees_the_receipt_and_downloads_it_as_a_counted_copy(site: Flask, cast: Cast) -> None:
    _pay(cast.client("cashier"), cast, [owe(cast, "3-2-501", "2026-01", "56.24")], **{"tenders-0-amount": "56.24"})
    receipt = db.session.query(Receipt).one()
    resident = cast.client("resident")
    assert receipt.label in resident.get("/my/receipts").text
    assert "现金" in resident.get(f"/my/receipts/{receipt.id}").text
    pdf = resident.post(f"/my/receipts/{receipt.id}/pdf")
    pages = PdfReader(io.BytesIO(pdf.data)).pages
    assert len(pages) == 1
    assert receipt.label in re.sub(r"\s", "", pages[0].extract_text())


def test_nothing_of_anybody_else_is_found(site: Flask, cast: Cast) -> None:
    owe(cast, "1-1-101", "2026-01", "58.50")
    _pay(cast.client("cashier"), cast, [owe(cast, "3-2-502", "2026-01", "40.54")], **{"tenders-0-amount": "40.54"})
    receipt = db.session.query(Receipt).one()
    stranger, _ = _activate(cast, _code(cast))
    assert stranger.get(f"/my/receipts/{receipt.id}").status_code == 404
    assert stranger.post(f"/my/receipts/{receipt.id}/pdf").status_code == 404
    assert stranger.get("/XHY/receipts").status_code == 404
    assert "40.54" not in stranger.get("/my/bills").text
    assert "58.50" not in cast.client("resident").get("/my/bills").text


def test_a_co_owner_does_not_see_a_receipt_that_also_pays_for_another_flat(site: Flask, cast: Cast) -> None:
    """Li Na owns 3-2-501 with Zhang, but not 3-2-502: a receipt for both would tell her what he owes there."""
    both = [owe(cast, "3-2-501", "2026-01", "56.24"), owe(cast, "3-2-502", "2026-01", "40.54")]
    _pay(cast.client("cashier"), cast, both, **{"tenders-0-amount": "96.78"})
    receipt = db.session.query(Receipt).one()
    li, _ = _activate(cast, _code(cast, "li"), "13987654321")
    assert li.get(f"/my/receipts/{receipt.id}").status_code == 404
    assert cast.client("resident").get(f"/my/receipts/{receipt.id}").status_code == 200


def test_staff_are_not_residents_and_nobody_else_gets_in(site: Flask, cast: Cast) -> None:
    assert cast.client("cashier").get("/my/").status_code == 404
    assert site.test_client().get("/my/").status_code == 302


def test_codes_look_alike_on_paper_in_no_two_signs() -> None:
    assert not set("01IO") & set(ALPHABET)
    assert len(ALPHABET) == 32
    code = make_code(lambda signs: signs[-1])
    assert (code, read_code(" zzzz zzzz-ZZZZ ")) == ("ZZZZ-ZZZZ-ZZZZ", "ZZZZ-ZZZZ-ZZZZ")
    assert [read_code(bad) for bad in ("", "ZZZZ", "ZZZZ-ZZZZ-ZZZ0", "ZZZZ-ZZZZ-ZZZZ-Z")] == [None] * 4


def test_a_phone_number_is_read_as_people_write_it() -> None:
    assert {
        read_phone(typed) for typed in ("13812345678", "138 1234 5678", "+86 138-1234-5678", "１３８１２３４５６７８")
    } == {"13812345678"}
    assert [read_phone(bad) for bad in ("", "1381234567", "23812345678", "138123456789")] == [None] * 4


def test_after_a_sale_ones_own_bills_stay_and_the_buyers_are_never_seen(site: Flask, cast: Cast) -> None:
    """Zhang sells 3-2-502, bought by Ouyang: each sees their own months of it, and no more."""
    paid = owe(cast, "3-2-502", "2025-11", "41.11")
    tender = Tender(Method.CASH, Money.yuan("41.11"))
    cashier = By(cast.community, cast.users["cashier"], clock.now())
    request = Request("k", cast.units["3-2-502"], (paid,), (tender,), "张小明")
    transaction(lambda: take_payment(cashier, request))
    owe(cast, "3-2-502", "2025-12", "42.22")
    by = By(cast.community, cast.users["manager"], clock.now())
    units, parties = cast.units, cast.parties
    today = clock.office_day(clock.now())
    transaction(lambda: set_owners(by, units["3-2-502"], today, [], [parties["ouyang"]]))
    owe(cast, "3-2-502", "2026-01", "43.33", debtor="ouyang")
    client = cast.client("resident")
    home, bills, receipts = (client.get(f"/my/{page}").text for page in ("", "bills", "receipts"))
    assert "42.22" in home
    assert "41.11" in bills
    assert "42.22" in bills
    assert "43.33" not in home + bills
    assert db.session.query(Receipt).one().label in receipts
    assert "我以前的房屋" in home
    assert client.get(f"/my/bills/{units['3-2-502']}/2026-01.pdf").status_code == 404
    theirs, _ = _activate(cast, _code(cast, "ouyang"), "13700001111")
    bills = theirs.get("/my/bills").text
    assert "43.33" in bills
    assert "42.22" not in bills


def test_who_remains_does_not_show_their_bills_to_the_co_owner_who_left(site: Flask, cast: Cast) -> None:
    """Zhang leaves 3-2-501 to Li Na alone: what is billed to Li Na is not Zhang's to see."""
    by = By(cast.community, cast.users["manager"], clock.now())
    today = clock.office_day(clock.now())
    transaction(lambda: set_owners(by, cast.units["3-2-501"], today, [cast.parties["li"]], []))
    owe(cast, "3-2-501", "2026-01", "56.78", debtor="li")
    client = cast.client("resident")
    bills = client.get("/my/bills")
    assert bills.status_code == 200
    assert "56.78" not in bills.text
    theirs, _ = _activate(cast, _code(cast, "li"), "13987654321")
    assert "56.78" in theirs.get("/my/bills").text
