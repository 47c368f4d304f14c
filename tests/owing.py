"""Charges to pay in tests, put straight into the tables with the entry that belongs to them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.models import Charge
from feeapp.core.money import ZERO, Money
from feeapp.core.period import Period
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import (
    INCOME_FEE,
    INCOME_PARKING,
    RECEIVABLE_FEE,
    RECEIVABLE_LEVY,
    RECEIVABLE_PARKING,
    RENOVATION_MONEY,
    Fund,
    credit,
    debit,
)
from feeapp.registry.models import Ownership
from feeapp.storage.columns import new_id
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.tariffs.models import ChargeItem
from tests.people import Cast

ITEMS = {
    "FEE": ("物业费", "Property fee", RECEIVABLE_FEE, INCOME_FEE, 1),
    "PARK": ("停车费", "Parking fee", RECEIVABLE_PARKING, INCOME_PARKING, 2),
    "LEVY": ("改造费", "Renovation share", RECEIVABLE_LEVY, RENOVATION_MONEY, 3),
}


def owe(
    cast: Cast, code: str, period: str, yuan: str, item: str = "FEE", due_on: date | None = None, debtor: str = ""
) -> int:
    """Let a unit of Xihuayuan owe an amount for a month, due on its last day; returns the charge's id.

    It stands in the name of its first-named owner, or of ``debtor``.
    """
    return transaction(lambda: _owe(cast, code, Period.read(period), Money.yuan(yuan), item, due_on, debtor))


def owe_now(cast: Cast, code: str, period: str, amount: Money) -> int:
    """The same for the property fee inside a transaction that is already open."""
    return _owe(cast, code, Period.read(period), amount, "FEE", None, "")


def _owe(cast: Cast, code: str, period: Period, amount: Money, item: str, due_on: date | None, who: str) -> int:
    fund = Fund.RENOVATION if item == "LEVY" else Fund.OPERATIONS
    name, name_en, receivable, income, position = ITEMS[item]
    item_id = db.session.scalar(sa.select(ChargeItem.id).filter_by(community_id=cast.community, code=item))
    if item_id is None:
        item_id = new_id()
        db.session.execute(
            sa.insert(ChargeItem.__table__).values(
                community_id=cast.community, id=item_id, code=item, name=name, name_en=name_en, fund=fund.value,
                receivable=receivable, income=income, due_day=31, position=position,
            )
        )  # fmt: skip
    unit_id = cast.units[code]
    debtor = (
        cast.parties[who]
        if who
        else db.session.scalars(
            sa.select(Ownership.party_id).filter_by(
                community_id=cast.community, unit_id=unit_id, position=1, to_on=None
            )
        ).one()
    )
    charge_id = new_id()
    db.session.execute(
        sa.insert(Charge.__table__).values(
            community_id=cast.community, id=charge_id, unit_id=unit_id, period=period, item_id=item_id, seq=1,
            part_id=None, debtor_id=debtor, due_on=due_on or period.last_day, quantity=1, amount=amount, settled=ZERO,
            reduced=ZERO, note={"kind": "opening", "billed": amount.fen, "received": 0}, booked_on=date(2026, 1, 1),
        )
    )  # fmt: skip
    note_months(cast.community, [(period, item_id)])
    lines = [debit(receivable, amount), credit(income, amount)]
    post(cast.by("accountant"), fund, "billing.run", date(2026, 1, 1), Source("charge", charge_id), lines)
    return charge_id
