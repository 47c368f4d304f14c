"""Pages that are not the page asked for."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.cashier import views
from feeapp.storage.db import db
from tests.people import Cast


def test_an_unexpected_error_shows_a_number_and_never_the_exception(
    site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(views.queries, "list_receipts", breaks)
    site.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = cast.client("cashier").get("/XHY/receipts")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert re.search(r"[0-9a-f]{8}", answer.text)


def test_with_the_database_away_there_are_still_plain_words(
    site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = cast.client("cashier")

    def away(*args: object, **options: object) -> None:
        raise RuntimeError("no database")

    site.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    with monkeypatch.context() as patch:
        patch.setattr(type(db.session()), "execute", away)
        patch.setattr(type(db.session()), "scalars", away)
        answer = client.get("/XHY/receipts")
    assert answer.status_code == 500
    assert "请稍后再试" in answer.text


def test_whoever_comes_second_at_the_same_instant_is_told_so(
    site: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(*args: object) -> None:
        raise sa.exc.IntegrityError("INSERT", {}, Exception("unique key"))

    monkeypatch.setattr(views.queries, "list_receipts", beaten)
    answer = cast.client("cashier", "en").get("/XHY/receipts")
    assert answer.status_code == 409
    assert "Somebody else has just entered the same" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/XHY/nowhere", 404), ("/ABC/today", 404), ("/XHY/receipts/999999999999999999999", 404), ("/language", 405)],
)
def test_what_is_not_there_says_what_to_do(site: Flask, cast: Cast, path: str, status: int) -> None:
    answer = cast.client("cashier").get(path)
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_every_form_that_is_posted_needs_its_token(site: Flask, cast: Cast) -> None:
    """With the token asked for, no POST of any route does anything without it."""
    site.config["WTF_CSRF_ENABLED"] = True
    manager = cast.client("manager")
    for rule in site.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            values = {
                name: "XHY" if name == "community" else "2026-01" if name == "period" else 1 for name in rule.arguments
            }
            with site.test_request_context():
                path = rule.build(values, append_unknown=False)[1]  # type: ignore[index]
            assert manager.post(path, data={"x": "1"}).status_code == 400, rule


def test_pages_carry_the_headers_that_fence_the_browser_in(site: Flask, cast: Cast) -> None:
    headers = cast.client("cashier").get("/XHY/counter").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
