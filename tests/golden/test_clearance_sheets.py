"""The clearance sheet of a change of owner: what falls to whom, on as many pages as it takes, with places to sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from feeapp.core.money import Money
from feeapp.printing.clearance import CLEARANCE, ClearancePaper, PlainRow, SplitRow
from feeapp.printing.paper import render
from tests.golden import reading

yuan = Money.yuan
SHEET = ClearancePaper(
    community="西花园小区",
    body="西花园物业服务中心",
    number="XHYGH2026-0001",
    sellers="欧阳志远",
    buyers="陈静（1/2）、陈明（1/2）",
    units="1号楼1单元101（1-1-101）、车库G07（G07）",
    on=date(2026, 8, 16),
    rule="过户当月按天分摊，前一日及以前归原业主",
    issued_on=date(2026, 9, 20),
    split=(
        SplitRow("1-1-101 物业费", "2026年8月", 15, yuan("28.31"), 16, yuan("30.19"), True),
        SplitRow("G07 停车费", "2026年8月", 15, yuan("72.58"), 16, yuan("77.42"), False),
    ),
    debts=(PlainRow("1-1-101 物业费 2026年6月", "欧阳志远", "新业主承担", yuan("58.50")),),
    held=(PlainRow("1-1-101 物业费", "欧阳志远", "应退（转账）：工商银行 6222", yuan("30.19")),),
    readings=(PlainRow("1-1-101 水表 W1", "", "12（2026-08-16）"),),
    paper="不动产权证 黑（2026）第0012345号",
    agreement="补充协议第 3 条（签字：陈静）",
)
LONG = replace(
    SHEET,
    units="房" * 200,
    sellers="甲" * 200,
    paper="证" * 200,
    agreement="约" * 200,
    split=SHEET.split[:1] * 70,
    debts=tuple(PlainRow("物" * 60, "原" * 60, f"第{at}笔。", yuan("1.00")) for at in range(60)),
    held=SHEET.held * 20,
    readings=SHEET.readings * 10,
    language="en",
)


def _texts(sheet: ClearancePaper) -> list[str]:
    return ["".join(page.extract_text().split()) for page in reading.pages(render(CLEARANCE, sheet))]


def test_one_page_says_what_falls_to_whom() -> None:
    [text] = _texts(SHEET)
    for said in (
        "过户结清单", "XHYGH2026-0001", "欧阳志远", "陈静（1/2）", "2026年8月16日", "¥28.31", "¥30.19", "¥58.50",
        "¥100.89", "¥107.61", "¥208.50", "新业主承担", "6222", "水表", "补充协议", "未出账", "原业主（签字）",
        "新业主（签字）", "经办（盖章）", "2026年9月20日",
    ):  # fmt: skip
        assert said in text, said
    assert "Formerowner" not in text


def test_english_stands_beside_where_it_is_asked_for() -> None:
    [text] = _texts(replace(SHEET, language="en"))
    assert all(said in text for said in ("原业主Formerowners", "预存款Prepaidmoney", "新业主（签字）Newowner"))


def test_nothing_is_left_out_where_nothing_is_owed_or_held() -> None:
    [text] = _texts(replace(SHEET, split=(), debts=(), held=(), readings=(), agreement=""))
    assert text.count("无") >= 4
    assert "债务承担约定" not in text


def test_however_much_there_is_every_line_is_printed_and_the_signatures_stand_on_the_last_page() -> None:
    pages = reading.pages(render(CLEARANCE, LONG))
    texts = _texts(LONG)
    assert len(pages) > 3
    for page in pages:
        assert reading.size_mm(page) == pytest.approx((210, 297), abs=0.1)
    whole = "".join(texts)
    assert whole.count("1-1-101物业费2026年8月") == 70
    assert [at for at in range(60) if f"第{at}笔。" not in whole] == []
    assert whole.count("6222") == 20
    assert ["原业主（签字）" in text for text in texts] == [False] * (len(texts) - 1) + [True]
    assert all("打印日期" in text for text in texts)


@pytest.mark.parametrize(
    "change", [{"units": "x" * 201}, {"sellers": "x" * 201}, {"debts": (PlainRow("x" * 201, "", ""),)}]
)
def test_more_than_fits_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="more than"):
        replace(SHEET, **change)
