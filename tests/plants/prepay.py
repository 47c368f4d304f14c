"""Faults of what was paid ahead."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from feeapp.cashier.prepaying import PrepayRequest, prepay
from feeapp.cashier.settling import Method, Tender
from feeapp.core.money import Money
from feeapp.prepay.actions import Offered, publish_offer
from feeapp.prepay.rises import choose, list_rises
from feeapp.prepay.rules import OfferKind, Term, Terms, Way, Wish
from feeapp.registry.rules import UnitUse
from feeapp.storage.transaction import transaction
from feeapp.tariffs.actions import Published, publish
from feeapp.tariffs.rules import Authority, Price
from tests.breaking import run_sql
from tests.plants.planting import plant
from tests.scene import NEXT_DAY, Scene


def _publish(scene: Scene, rate: str, day: date) -> None:
    wanted = Published(UnitUse.HOME, Price(Decimal(rate)), day, Authority.CONTRACT, "合同", True)
    transaction(lambda: publish(scene.cast.by("manager", NEXT_DAY), scene.item("FEE"), wanted))


def _paid_ahead(scene: Scene) -> None:
    """Two months of 56.24 for home 501, one of them a gift."""
    item, unit = scene.item("FEE"), scene.cast.units["3-2-501"]
    _publish(scene, "0.65", date(2026, 2, 1))
    offered = Offered(Terms(OfferKind.MONTHS, 2, 1), date(2026, 1, 1), None, Authority.CONTRACT, "合同")
    transaction(lambda: publish_offer(scene.cast.by("manager"), item, offered))
    sum_ = Money.yuan("56.24")
    request = PrepayRequest(
        "ahead", unit, ((unit, item),), Wish(Term.MONTHS, months=2), sum_, (Tender(Method.CASH, sum_),), "张小明"
    )
    transaction(lambda: prepay(scene.cast.by("cashier", NEXT_DAY), request))


@plant("Y1", "months paid ahead whose gift is named a fen less")
def _(scene: Scene) -> None:
    _paid_ahead(scene)
    run_sql("UPDATE prepayments SET gift = gift - 1, listed = listed - 1")


@plant("Y2", "a choice to keep the old price that says another difference")
def _(scene: Scene) -> None:
    _paid_ahead(scene)
    later = scene.cast.by("accountant", NEXT_DAY.replace(hour=NEXT_DAY.hour + 1))
    wanted = Published(UnitUse.HOME, Price(Decimal("0.80")), date(2026, 3, 1), Authority.CONTRACT, "合同", True)
    manager = scene.cast.by("manager", later.at)
    transaction(lambda: publish(manager, scene.item("FEE"), wanted))
    [rise] = list_rises(scene.cast.community, date(2026, 1, 21))
    transaction(lambda: choose(later, [rise.prepayment.id], Way.KEEP, "已收足"))
    run_sql("UPDATE price_choices SET difference = difference + 1")
