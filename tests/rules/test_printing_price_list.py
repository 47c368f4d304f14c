"""The public price list: every price stands on it once, whole, above the foot of its page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from feeapp.printing.paper import Size, render
from feeapp.printing.price_list import MOST_RATES, PRICE_LIST, PostedPrice, PriceListPaper, cut
from tests.golden import reading

PRICE = PostedPrice("物业费", "清洁", "住宅", "按建筑面积", ("0.65 元",), "市场调节价", "合同")
LISTED = PriceListPaper("物业服务收费公示", "西花园小区", "物业", "", date(2026, 1, 31), (PRICE,))
BOTTOM_MM = 5


def _widest(letter: str) -> PostedPrice:
    return PostedPrice(
        item=letter * 32,
        content=letter * 200,
        payers=letter * 120,
        method=letter * 100,
        rates=(letter * 36,) * MOST_RATES,
        price_type=letter * 10,
        basis=letter * 230,
        note=letter * 2600,
    )


@pytest.mark.parametrize("letter", ["物", "W"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_widest_list_keeps_to_its_pages(letter: str, language: str) -> None:
    listed = replace(
        LISTED,
        community=letter * 64,
        body=letter * 64,
        phone="0" * 32,
        prices=(_widest(letter),) * 2,
        language=language,
    )
    pages = reading.pages(render(PRICE_LIST, listed))
    assert len(pages) == len(cut(listed, Size.A4))
    lowest = [min(low for _, _, low in reading.words_mm(page)) for page in pages]
    assert all(low >= BOTTOM_MM for low in lowest), lowest
    assert sum(page.extract_text().count(letter) for page in pages) >= 2 * (
        32 + 200 + 120 + 100 + 432 + 10 + 230 + 2600
    )


@settings(max_examples=30)
@given(some.lists(some.integers(0, 200), min_size=1, max_size=40))
def test_every_price_stands_once_and_in_order(lengths: list[int]) -> None:
    prices = tuple(replace(PRICE, content="字" * length, note="注" * (length // 2)) for length in lengths)
    leaves = cut(replace(LISTED, prices=prices), Size.A4)
    assert [row.price for leaf in leaves for row in leaf.rows if not row.is_note] == list(prices)
    assert [leaf.last for leaf in leaves] == [False] * (len(leaves) - 1) + [True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"prices": ()},
        {"prices": (replace(PRICE, rates=()),)},
        {"prices": (replace(PRICE, rates=("字" * 37,)),)},
        {"prices": (replace(PRICE, rates=("元",) * (MOST_RATES + 1)),)},
        {"prices": (replace(PRICE, content="字" * 201),)},
        {"community": "字" * 65},
    ],
)
def test_a_list_that_could_not_be_printed_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="has"):
        replace(LISTED, **wrong)
