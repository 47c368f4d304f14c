"""The page on which demands are noted, and what the page of the charge says of the time to claim it."""

from __future__ import annotations

from flask import Flask

from feeapp.billing.models import Demand
from feeapp.storage.db import db
from tests.owing import owe
from tests.people import Cast


def test_a_demand_is_noted_and_the_time_runs_anew(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2022-11", "56.24")
    cashier, address = cast.client("cashier", "en"), f"/XHY/charges/{charge}/demands"
    page = cashier.get(f"/XHY/charges/{charge}").text
    assert f'href="{address}"' in page
    assert "Can be claimed until" in page
    assert "ran out on" in cashier.get(address).text
    wrong = cashier.post(address, data={"kind": "DELIVERED", "on": "2025-13-01", "proof": "registered letter"}).text
    assert ("registered letter" in wrong, 'value="2025-13-01"' in wrong) == (True, True)
    early = cashier.post(address, data={"kind": "DELIVERED", "on": "2022-11-30", "proof": "registered letter"}).text
    assert "not overdue yet" in early
    assert db.session.query(Demand).count() == 0
    sent = {"kind": "DELIVERED", "on": "2025-10-01", "proof": "registered letter 7", "every": "y"}
    assert cashier.post(address, data=sent).headers["Location"] == address
    page = cashier.get(address).text
    assert ("registered letter 7" in page, "ran out on" in page) == (True, False)
    assert cashier.post(address, data=sent).status_code == 302
    assert db.session.query(Demand).count() == 1, "pressed twice, noted once"


def test_only_whom_it_concerns(site: Flask, cast: Cast) -> None:
    charge = owe(cast, "3-2-501", "2025-11", "56.24")
    for who, status in (("cashier", 200), ("manager", 200), ("auditor", 403), ("resident", 404), ("outsider", 404)):
        assert cast.client(who).get(f"/XHY/charges/{charge}/demands").status_code == status, who
    assert cast.client("outsider").get(f"/ZYL/charges/{charge}/demands").status_code == 404
