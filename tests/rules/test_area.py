"""Floor area as it is typed, kept and shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.core.area import Area


@pytest.mark.parametrize("nonsense", [1.0, True, "1", None, Decimal(1)])
def test_only_whole_hundredths(nonsense):
    with pytest.raises(TypeError):
        Area(nonsense)


def test_never_negative():
    with pytest.raises(ValueError):
        Area(-1)


@pytest.mark.parametrize(
    ("typed", "centi"),
    [
        ("48.89㎡", 4889),
        ("39.8㎡", 3980),
        ("４８．６２", 4862),
        ("86.53", 8653),
        (" 86.53 m² ", 8653),
        ("90m2", 9000),
        ("90 平方米", 9000),
        ("90平米", 9000),
        ("0", 0),
        ("1,234.56", 123456),
        ("9999999.99", 999999999),
    ],
)
def test_typed_area_is_understood(typed, centi):
    assert Area.read(typed) == Area(centi)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "㎡",
        "86.533",
        "86.5³",
        "5²",
        "-1",
        "1.",
        ".5",
        "86,53",
        "10000000",
        "12,345,678",
        "8 6",
        "1e2",
        "90m2m2",
        "abc",
    ],
)
def test_anything_doubtful_is_refused(typed):
    with pytest.raises(ValueError, match="area"):
        Area.read(typed)


@given(st.integers(0, 10**9 - 1))
def test_what_is_shown_is_read_back(centi):
    area = Area(centi)
    assert Area.read(str(area)) == area
    assert area.in_m2 * 100 == centi


def test_sum_and_order():
    assert Area(8820) + Area(180) == Area(9000)
    assert Area(1) < Area(2)
    assert not Area(0)
    assert str(Area(8650)) == "86.50"
