"""What waits on somebody's desk: a charge in dispute, a correction to approve, an application for relief to decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from feeapp.billing.disputing import open_dispute
from feeapp.billing.queries import ChargeLine, list_open_charges
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money
from feeapp.core.powers import Role
from feeapp.corrections import adjusting
from feeapp.corrections.adjusting import Wanted
from feeapp.corrections.rules import Ground
from feeapp.demo.people import HOME, find_unit
from feeapp.registry.models import Unit
from feeapp.registry.rules import UnitUse
from feeapp.reliefs.actions import apply_for
from feeapp.reliefs.rules import Application, PaperKind, ReliefKind
from feeapp.storage.db import db


def leave_open(community_id: int, people: Mapping[Role, int], at: datetime) -> None:
    """Leave three households' cases as the visitor finds them, none of them the resident's."""
    cashier, accountant = (By(community_id, people[role], at) for role in (Role.CASHIER, Role.ACCOUNTANT))
    disputed, wrong, poor = _owing(community_id)[:3]
    open_dispute(cashier, disputed.id, "业主称电梯停运十二天，要求核减当月费用")
    wanted = Wanted(None, -Money.yuan(5), Ground.WRONG)
    adjusting.ask(accountant, wrong.id, wanted, "垃圾清运漏做两次，核减 5 元", "巡查记录 12 号", "demo-correction")
    apply_for(cashier, _application(poor.unit_id, office_day(at)))


def _owing(community_id: int) -> list[ChargeLine]:
    """One open charge of each home that owes anything, in the order of homes."""
    homes = sa.select(Unit.id).filter_by(community_id=community_id, use=UnitUse.HOME)
    resident = find_unit(community_id, HOME)
    first: dict[int, ChargeLine] = {}
    for line in list_open_charges(community_id, list(db.session.scalars(homes))):
        if line.open == line.amount and line.unit_id != resident:
            first.setdefault(line.unit_id, line)
    return sorted(first.values(), key=lambda line: line.unit_code)


def _application(unit_id: int, today: date) -> Application:
    """A household on the minimum living allowance asks to pay half of next year's fee."""
    return Application(
        unit_id, ReliefKind.HARDSHIP, None, Decimal(50), today, date(today.year + 1, 1, 1), None, "低保证复印件",
        paper_kind=PaperKind.LOW_INCOME, paper_number="西安民低保〔2024〕0317", paper_issuer="西安区民政局",
        valid_until=date(today.year + 1, 12, 31), borne_by="街道困难救助金",
    )  # fmt: skip
