"""What the sentence under a charge says, in English and in Chinese."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from feeapp.billing.charging import VersionFacts, amount, plan_bill, plan_month
from feeapp.billing.drafting import UnitFacts, draft_sum
from feeapp.billing.rules import Way
from feeapp.billing.saying import CarriedOver, ChargeFacts, Metered, Shared, english, explain
from feeapp.core.money import Money, Rounding, RoundTo
from feeapp.core.period import Period, Span
from feeapp.registry.rules import UnitUse
from feeapp.tariffs.rules import Basis, Price, Proration, RoundAt, Tier, tiered_fen

CATALOGUE = Path(__file__).parents[2] / "feeapp" / "languages" / "zh" / "billing.po"


@pytest.fixture(scope="module")
def chinese():
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")

    def say(sentence: str, **facts: str) -> str:
        return catalogue.get(sentence).string % facts

    return say


def facts(rate, quantity, period, start="2020-01-01", before=None, place=0, **manner) -> ChargeFacts:
    """The facts of the line at a place of a month, with an earlier rate until ``start`` where one is given."""
    price = Price(Decimal(rate), **manner)
    begin = date.fromisoformat(start)
    versions = [VersionFacts(1, price, begin)]
    if before:
        versions.append(VersionFacts(2, Price(Decimal(before), **manner), date(2019, 1, 1), begin))
    line = plan_month(versions, Period.read(period))[place]
    return ChargeFacts(line, price, quantity, amount(line, quantity))


def on_the_fifth_floor() -> ChargeFacts:
    """A floor that pays 0.8 of the price."""
    price, part = Price(Decimal("0.50")), Decimal("0.8")
    (line,) = plan_month([VersionFacts(1, price, date(2020, 1, 1))], Period(2026, 1), part)
    return ChargeFacts(line, price, 9000, amount(line, 9000), part)


def metered(rate: str, used: int, tiers=()) -> ChargeFacts:
    """What one meter used in a month, in 0.01."""
    price = Price(Decimal(rate), Basis.METER, tiers=tuple(Tier(upto, Decimal(each)) for upto, each in tiers))
    (charge,) = draft_sum(OWNED, VersionFacts(1, price, date(2020, 1, 1)), used, tiered_fen(price, used), MONTH, False)
    meters = (Metered("W-17", 10400, 10400 + used),)
    return ChargeFacts(charge.line, price, used, charge.amount, meters=meters)


def a_share() -> ChargeFacts:
    """BL-13: 86.53 of 238.90 m² of 100.00 yuan are 36.22."""
    price, part = Price(Decimal(0), Basis.POOL), Money.yuan("36.22")
    (charge,) = draft_sum(OWNED, VersionFacts(1, price, date(2020, 1, 1)), 1, Fraction(part.fen), MONTH, False)
    share = Shared(Way.AREA, Money.yuan(100), 8653, 23890, part)
    return ChargeFacts(charge.line, price, 1, charge.amount, share=share)


MONTH = Period(2026, 1)
OWNED = UnitFacts(
    7, "3-2-501", "3号楼2单元501", UnitUse.HOME, 3, 32, 5, ((Span(date(2026, 1, 1), date(2026, 2, 1)), 1),), ()
)

SAID = [
    (
        facts("0.65", 8653, "2026-01"),
        "86.53 m² × 0.65 yuan/m²/month = 56.2445 yuan, rounded half up to the fen: 56.24 yuan",
        "建筑面积 86.53 平方米 × 0.65 元/平方米·月 = 56.2445 元，四舍五入到分，计 56.24 元",
    ),
    (
        facts("0.65", 9000, "2026-01"),
        "90.00 m² × 0.65 yuan/m²/month = 58.50 yuan",
        "建筑面积 90.00 平方米 × 0.65 元/平方米·月 = 58.50 元",
    ),
    (
        facts("0.65", 8653, "2024-02", start="2024-02-10"),
        "86.53 m² × 0.65 yuan/m²/month × 20 of 29 days ≈ 38.7893 yuan, rounded half up to the fen: 38.79 yuan",
        "建筑面积 86.53 平方米 × 0.65 元/平方米·月 × 20 天 ÷ 29 天 ≈ 38.7893 元，四舍五入到分，计 38.79 元",
    ),
    (
        facts("0.65", 8653, "2024-02", start="2024-02-10", proration=Proration.THIRTY_360),
        "86.53 m² × 0.65 yuan/m²/month × 21/30 of a month = 39.37115 yuan, rounded half up to the fen: 39.37 yuan",
        "建筑面积 86.53 平方米 × 0.65 元/平方米·月 × 21/30 个月 = 39.37115 元，四舍五入到分，计 39.37 元",
    ),
    (
        facts("60", 1, "2026-04", start="2026-04-16", basis=Basis.UNIT, proration=Proration.HALF_AT_15),
        "60.00 yuan a month × 15 of 30 days = 30.00 yuan",
        "每月 60.00 元 × 15 天 ÷ 30 天 = 30.00 元",
    ),
    (
        facts("60", 1, "2026-01", start="2026-01-16", basis=Basis.UNIT, proration=Proration.HALF_AT_15),
        "60.00 yuan a month × 1/2 of a month = 30.00 yuan",
        "每月 60.00 元 × 1/2 个月 = 30.00 元",
    ),
    (facts("60", 1, "2026-01", basis=Basis.UNIT), "60.00 yuan a month", "每月 60.00 元"),
    (
        facts("15", 1, "2026-04", start="2026-04-16", basis=Basis.FIXED),
        "a fixed sum of 15.00 yuan for the month",
        "当月固定 15.00 元",
    ),
    (
        facts("15.0055", 1, "2026-01", basis=Basis.FIXED, rounding=Rounding.UP),
        "a fixed sum of 15.0055 yuan for the month = 15.0055 yuan, rounded up to the fen: 15.01 yuan",
        "当月固定 15.0055 元 = 15.0055 元，分以下进一，计 15.01 元",
    ),
    (
        facts("0.80", 9000, "2025-06", start="2025-06-16", before="0.65", place=1),
        "90.00 m² × 0.80 yuan/m²/month × 15 of 30 days = 36.00 yuan",
        "建筑面积 90.00 平方米 × 0.80 元/平方米·月 × 15 天 ÷ 30 天 = 36.00 元",
    ),
    (
        facts("0.5", 50, "2025-06", start="2025-06-16", before="0.5", place=1),
        "0.50 m² × 0.50 yuan/m²/month × 15 of 30 days = 0.125 yuan; with what came before it = 0.25 yuan, "
        "rounded half up to the fen, less 0.13 yuan already charged: 0.12 yuan",
        "建筑面积 0.50 平方米 × 0.50 元/平方米·月 × 15 天 ÷ 30 天 = 0.125 元；连同此前部分 = 0.25 元，"
        "四舍五入到分，减去此前已计 0.13 元，计 0.12 元",
    ),
    (
        facts("0.65", 8653, "2026-01", round_to=RoundTo.YUAN, rounding=Rounding.DOWN),
        "86.53 m² × 0.65 yuan/m²/month = 56.2445 yuan, rounded down to the yuan: 56.00 yuan",
        "建筑面积 86.53 平方米 × 0.65 元/平方米·月 = 56.2445 元，舍去元以下尾数，计 56.00 元",
    ),
    (
        facts("0", 8653, "2026-01", start="2026-01-16"),
        "86.53 m² × 0.00 yuan/m²/month = 0.00 yuan",
        "建筑面积 86.53 平方米 × 0.00 元/平方米·月 = 0.00 元",
    ),
    (
        on_the_fifth_floor(),
        "90.00 m² × 0.50 yuan/m²/month × 0.8 for the floor = 36.00 yuan",
        "建筑面积 90.00 平方米 × 0.50 元/平方米·月 × 楼层系数 0.8 = 36.00 元",
    ),
    (
        facts("0.65", 7000, "2026-01", basis=Basis.INNER_AREA),
        "70.00 m² inner area × 0.65 yuan/m²/month = 45.50 yuan",
        "套内面积 70.00 平方米 × 0.65 元/平方米·月 = 45.50 元",
    ),
    (
        metered("3.5", 1200),
        "12.00 used × 3.50 yuan (meter W-17: 104.00 → 116.00) = 42.00 yuan",
        "用量 12.00 × 3.50 元（表 W-17: 104.00 → 116.00） = 42.00 元",
    ),
    (
        metered("3", 1200, ((1000, "3"), (None, "4.5"))),
        "12.00 used, by tiers 10.00 × 3.00 + 2.00 × 4.50 yuan (meter W-17: 104.00 → 116.00) = 39.00 yuan",
        "用量 12.00，阶梯计价 10.00 × 3.00 + 2.00 × 4.50 元（表 W-17: 104.00 → 116.00） = 39.00 元",
    ),
    (
        a_share(),
        "100.00 yuan shared by gross floor area: 86.53 m² of 238.90 m² is 36.22 yuan",
        "公摊总额 100.00 元，按建筑面积分摊：86.53 m² ÷ 238.90 m²，计 36.22 元",
    ),
    (
        CarriedOver(Money.yuan("1349.76"), Money.yuan("674.88")),
        "Carried over from the ledger: 1,349.76 yuan billed less 674.88 yuan received",
        "台账期初结转：应收 1,349.76 元，减去已收 674.88 元",
    ),
]


@pytest.mark.parametrize(("given", "in_english", "in_chinese"), SAID)
def test_the_sentence(given, in_english, in_chinese, chinese):
    assert explain(given, english) == in_english
    assert explain(given, chinese) == in_chinese


def test_enough_decimals_to_see_which_way_it_was_rounded():
    """To four decimals this would be 37.9250 and seem to be rounded the wrong way."""
    said = explain(facts("0.65", 6237, "2026-01", start="2026-01-03"), english)
    assert said.endswith("× 29 of 31 days ≈ 37.92498 yuan, rounded half up to the fen: 37.92 yuan")


def test_the_months_of_a_bill_rounded_once():
    price = Price(Decimal("0.65"), round_at=RoundAt.PER_BILL)
    lines = plan_bill([VersionFacts(1, price, date(2020, 1, 1))], [Period(2025, 1), Period(2025, 2), Period(2025, 3)])
    said = [explain(ChargeFacts(line, price, 8653, amount(line, 8653)), english) for line in lines]
    assert said[0].endswith("rounded half up to the fen: 56.24 yuan")
    assert said[1] == (
        "86.53 m² × 0.65 yuan/m²/month = 56.2445 yuan; with what came before it = 112.489 yuan, "
        "rounded half up to the fen, less 56.24 yuan already charged: 56.25 yuan"
    )
