"""Amounts in Chinese words: every row of docs/rules/words.md, laws for any amount, and a second opinion."""

from __future__ import annotations

import re
from decimal import Decimal

import cn2an
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeapp.core.money import Money
from feeapp.core.words import in_words, read_words
from tests.rules.doctables import listed, table

ROWS = table("words.md", "amount", "written", "also read", "refused")
FEN = st.one_of(
    st.integers(-(10**16) + 1, 10**16 - 1), st.integers(-(10**7), 10**7), st.sampled_from(range(0, 10**6, 5))
)


@pytest.mark.parametrize(("amount", "written"), [row[:2] for row in ROWS])
def test_written(amount, written):
    assert in_words(Money.yuan(amount)) == written
    assert read_words(written) == Money.yuan(amount)


@pytest.mark.parametrize(("amount", "words"), [(row[0], words) for row in ROWS for words in listed(row[2])])
def test_also_read(amount, words):
    assert read_words(words) == Money.yuan(amount)
    assert read_words(f" {words} ") == Money.yuan(amount)


@pytest.mark.parametrize("words", [words for row in ROWS for words in listed(row[3])])
def test_refused(words):
    with pytest.raises(ValueError, match="not an amount in words"):
        read_words(words)


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "人民币",
        "负",
        "元",
        "整",
        "伍",
        "325.04",
        "五元整",
        "壹元整整",
        "壹元整壹角",
        "壹角壹元",
        "人民币 壹元整",
        "人民币人民币壹元整",
        "负负壹元整",
        "角整",
        "零角整",
        "壹亿亿亿元整",
        "壹仟万亿亿元整",
        "壹" * 100 + "元整",
    ],
)
def test_nonsense_is_refused(nonsense):
    with pytest.raises(ValueError):
        read_words(nonsense)


def test_nothing_is_never_negative():
    with pytest.raises(ValueError):
        read_words("人民币负零元整")


@pytest.mark.parametrize("fen", [10**16, -(10**16), 10**20])
def test_too_large_to_be_said(fen):
    with pytest.raises(ValueError, match="too large"):
        in_words(Money(fen))


@given(FEN)
@example(10**16 - 1)
@example(-(10**16) + 1)
def test_round_trip_and_form(fen):
    words = in_words(Money(fen))
    assert read_words(words) == Money(fen)
    assert words.startswith("人民币")
    assert "零零" not in words
    assert ("零元" in words) == (fen == 0)
    assert "零整" not in words
    assert words.endswith("整") == (fen % 10 == 0)
    assert not re.search("(?<![壹贰叁肆伍陆柒捌玖])[拾佰仟]", words)
    assert len(words) <= 60


@given(FEN, FEN)
def test_two_amounts_never_share_their_words(one, other):
    assert (in_words(Money(one)) == in_words(Money(other))) == (one == other)


@given(st.integers(0, 10**14 - 1))
@example(1_0000_0500_0000)
@example(12_0000_0000)
def test_another_reader_understands_the_yuan(yuan):
    words = in_words(Money(yuan * 100)).removeprefix("人民币").removesuffix("元整")
    assert cn2an.cn2an(words, "strict") == yuan


@given(st.integers(0, 10**9))
def test_another_writer_is_understood(fen):
    words = cn2an.an2cn(str(Decimal(fen).scaleb(-2)), "rmb")
    assert read_words(words) == Money(fen)


@given(st.integers(0, 10**8), st.text("零壹贰伍拾佰仟万亿元角分整", max_size=14))
def test_one_slip_of_the_pen_never_reads_as_another_spelling_of_something_else(fen, slip):
    """Whatever is read at all is read as the one amount whose words it is, up to the freedoms of the rules."""
    for text in (slip, in_words(Money(fen)).replace("零", "", 1)):
        try:
            value = read_words(text)
        except ValueError:
            continue
        significant = "".join(sign for sign in text if sign not in "人民币零元整")
        canonical = "".join(sign for sign in in_words(value) if sign not in "人民币零元整")
        assert significant == canonical
