"""Corrections in tests: asked for by the accountant, decided by the manager."""

from __future__ import annotations

from datetime import datetime
from itertools import count

import sqlalchemy as sa

from feeapp.billing.models import Charge
from feeapp.cashier.actions import take_payment
from feeapp.cashier.rules import Request
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money, total
from feeapp.corrections import adjusting, correcting
from feeapp.corrections.adjusting import Wanted
from feeapp.corrections.rules import Ground
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from feeapp.wallets.models import Wallet
from tests.people import AT, Cast

_NUMBERS = count(1)


def ask(cast: Cast, charge: int, yuan: str, ground: Ground = Ground.WRONG, key: str = "", at: datetime = AT) -> int:
    """Ask that a charge be another amount; with a sign, that it change by so much."""
    amount = Money.yuan(yuan)
    wanted = Wanted(None, amount, ground) if yuan[0] in "+-" else Wanted(amount, None, ground)
    by, once = cast.by("accountant", at), key or f"form {next(_NUMBERS)}"
    return transaction(lambda: adjusting.ask(by, charge, wanted, "面积有误", "产权证", once))


def approve(cast: Cast, correction: int, who: str = "manager", at: datetime = AT) -> Money:
    """Let somebody approve it; the answer is what went back as credit."""
    by = cast.by(who, at)
    return transaction(lambda: correcting.approve(by, correction, "同意"))


def adjust(cast: Cast, charge: int, yuan: str, ground: Ground = Ground.WRONG) -> Money:
    """Ask for it and have it approved."""
    return approve(cast, ask(cast, charge, yuan, ground))


def pay(cast: Cast, code: str, charges: list[int], yuan: str, key: str = "") -> None:
    """Take cash of a household for charges."""
    tender = Tender(Method.CASH, Money.yuan(yuan))
    request = Request(key or f"pay {next(_NUMBERS)}", cast.units[code], tuple(charges), (tender,), "张小明")
    by = cast.by("cashier")
    transaction(lambda: take_payment(by, request))


def stands(charge: int) -> tuple[str, str, str]:
    """What was billed, what is paid and what was taken off of a charge, in yuan."""
    db.session.rollback()
    found = db.session.execute(
        sa.select(Charge.amount, Charge.settled, Charge.reduced).where(Charge.id == charge)
    ).one()
    return str(found.amount), str(found.settled), str(found.reduced)


def added_to(charge: int) -> list[Charge]:
    """The charges that were made beside a charge."""
    db.session.rollback()
    own = db.session.execute(sa.select(Charge).where(Charge.id == charge)).scalar_one()
    same = sa.select(Charge).filter_by(
        community_id=own.community_id, period=own.period, item_id=own.item_id, unit_id=own.unit_id
    )
    return list(db.session.scalars(same.where(Charge.id != charge).order_by(Charge.seq)))


def held(cast: Cast) -> Money:
    """What is held for all households of Xihuayuan together."""
    db.session.rollback()
    return total(db.session.scalars(sa.select(Wallet.balance).filter_by(community_id=cast.community)))
