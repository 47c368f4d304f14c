"""Reading statements: what a cell says, which lines are one, what the balances say, and the two sample files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from feeapp import spreadsheet
from feeapp.banking.formats import Column, Format
from feeapp.banking.lining import Line, Reading, balances, find_format, number_equals, read_lines
from feeapp.banking.sampling import first_lines, guess_header_row, headers_of, list_headings, sample_of
from feeapp.banking.shipped import SHIPPED
from feeapp.banking.suggesting import WEIGHTS, Reason, choose, names_in, spots, sums_of
from feeapp.core.money import Money
from feeapp.core.refusal import Refused
from feeapp.registry.keys import normalise_query
from feeapp.spreadsheet import Sheet
from tests.rules.doctables import table

STATEMENTS = Path(__file__).parents[1] / "data" / "statements"
FORMATS = {made.code: made for made in SHIPPED}
OWN = Format(
    "own",
    "own",
    {Column.DAY: ("交易日期",), Column.AMOUNT: ("交易金额",), Column.INCOMING: ("收入",), Column.OUTGOING: ("支出",)},
)


def _sheet(*rows: list[str | None]) -> Sheet:
    width = max(map(len, rows))
    return Sheet("CSV", False, [[*row, *[None] * (width - len(row))] for row in rows])


def _read(name: str) -> Reading:
    sheet = spreadsheet.read(STATEMENTS / name)[0]
    return read_lines(sheet, find_format(sheet, SHIPPED))


@pytest.mark.parametrize(("heading", "cell", "read_as"), table("banking.md", "heading", "cell", "read as"))
def test_what_a_cell_says(heading: str, cell: str, read_as: str) -> None:
    told = {"交易日期": "2026-01-05", "交易金额": "1.00", heading: cell}
    if heading in ("收入", "支出"):
        del told["交易金额"]
    reading = read_lines(_sheet(list(told), list(told.values())), OWN)
    if read_as == "refused":
        assert (reading.lines, len(reading.refused)) == ((), 1)
        return
    [line] = reading.lines
    said = f"{line.on} {line.at}".strip() if heading == "交易日期" else f"{line.amount.in_yuan:.2f}"
    assert said == read_as


def test_which_lines_are_one() -> None:
    names = ("day", "time", "amount", "balance", "other side", "note", "number", "file 1", "file 2")
    rows = table("banking.md", *names)
    lines = [
        Line(
            row=at,
            on=date.fromisoformat(day),
            at=clock,
            amount=Money.yuan(amount),
            balance=Money.yuan(balance) if balance else None,
            name=name,
            memo=memo,
            reference=number,
        )
        for at, (day, clock, amount, balance, name, memo, number, _, _) in enumerate(rows, start=2)
    ]
    first, second = number_equals(lines), number_equals(lines)
    assert ["repeated" if each.is_repeat else "new" for each in first] == [row[7] for row in rows]
    counted = {each.fingerprint for each in first if not each.is_repeat}
    again = ["known" if each.fingerprint in counted else "repeated" if each.is_repeat else "new" for each in second]
    assert again == [row[8] for row in rows]
    assert len({each.fingerprint for each in first}) == len(lines)


def test_the_sample_of_the_agricultural_bank() -> None:
    """42 lines in GB 18030, 18560.95 in and 20.00 out; row 13 repeats the bank's number of row 12."""
    reading = _read("abc-2026-01.csv")
    assert (reading.format.code, len(reading.lines), reading.refused) == ("abc", 42, ())
    assert (reading.money_in, reading.money_out) == (Money.yuan("18560.95"), Money.yuan("20.00"))
    told = balances(reading.lines)
    assert told is not None
    assert (told.opening, told.closing, told.breaks) == (Money.yuan("50000.00"), Money.yuan("68540.95"), ())
    assert [(each.line.row, each.first_row) for each in number_equals(reading.lines) if each.is_repeat] == [(13, 12)]
    line = reading.lines[6]
    assert (line.on, line.at, line.amount) == (date(2026, 1, 7), "15:29:37", Money.yuan("748.44"))
    assert (line.name, line.memo, line.reference) == ("谢娜华", "转存 物业费2栋2单602", "388246102")
    assert reading.lines[-1].name == ""


def test_the_sample_of_the_bank_of_china() -> None:
    """A title above the headings, no balances, the latest first; row 33 is row 32 to the second."""
    reading = _read("boc-2026-01.csv")
    assert (reading.format.code, len(reading.lines), reading.refused) == ("boc", 41, ())
    assert (reading.money_in, balances(reading.lines)) == (Money.yuan("18560.95"), None)
    assert [(each.line.row, each.first_row) for each in number_equals(reading.lines) if each.is_repeat] == [(33, 32)]
    assert reading.lines[0].number == "6226******1292"


DOWNLOADS = [
    (
        "cmb", "88.00", "王伟",
        "交易日,交易时间,借方金额,贷方金额,余额,摘要,流水号,收(付)方名称,收(付)方账号",
        "20260105,090623,,88.00,100,房费,C1,王伟,6225",
    ),
    (
        "ccb", "88.00", "王伟",
        "账号,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,记账日期,摘要,备注",
        "1,20260105 09:06:23,0.00,88.00,100,人民币元,王伟,6227,20260105,转账,3-2-501",
    ),
    (
        "icbc", "-12.50", "",
        "凭证号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,摘要,用途,对方单位名称,余额",
        "7,6222,2026-01-05 09:06:23,借,12.50,,手续费,,,100",
    ),
    (
        "bocom", "88.00", "王伟",
        "交易日期,借贷标志,发生额,余额,对方户名,对方账号,摘要",
        "2026-01-05,贷,88.00,100,王伟,6222,房费",
    ),
    (
        "wechat", "88.00", "",
        "交易时间,微信订单号,商户订单号,用户标识,货币种类,商品名称,手续费,费率,订单金额,退款金额",
        "`2026-01-05 09:06:23,`42,`9,`oU,`CNY,`物业费,`0.53,`0.60%,`88.00,`0.00",
    ),
    (
        "alipay", "88.00", "王伟",
        "支付宝流水号,入账时间,商品名称,收入（+元）,支出（-元）,账户余额（元）,服务费（元）,对方名称,对方账户,备注",
        "2026,2026-01-05 09:06:23,物业费,88.00,,100,0.53,王伟,w***,",
    ),
    ("plain", "88.00", "王伟", "日期,金额,付款人,备注", "2026-01-05,88,王伟,3-2-501"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "amount", "name", "headings", "cells"), DOWNLOADS)
def test_a_shipped_format_finds_itself(code: str, amount: str, name: str, headings: str, cells: str) -> None:
    sheet = _sheet(["账户明细"], [*headings.split(",")], [*cells.split(",")], ["合计", "1"])
    made = find_format(sheet, SHIPPED)
    assert made.code == code
    [line] = read_lines(sheet, made).lines
    assert (line.on, line.amount, line.name) == (date(2026, 1, 5), Money.yuan(amount), name)
    assert line.fee == (Money.yuan("0.53") if made.of_channel else Money(0))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["a", "b"], ["1", "2"]], "bank.unknown"),
        ([["交易日期", "交易金额"]], "bank.empty"),
        ([["交易日期", "交易金额"], ["合计", "5"]], "bank.empty"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(rows: list[list[str | None]], code: str) -> None:
    sheet = _sheet(*rows)
    with pytest.raises(Refused) as refused:
        read_lines(sheet, find_format(sheet, SHIPPED))
    assert refused.value.code == code


def test_a_line_in_another_currency_or_without_a_way_is_refused_alone() -> None:
    sheet = _sheet(
        ["交易日期", "借贷标志", "发生额", "币种"],
        ["2026-01-05", "贷", "5", "美元"],
        ["2026-01-05", "?", "5", "人民币"],
        ["2026-01-05", "贷", "0.00", "人民币"],
        ["2026-01-05", "贷", "5", "人民币"],
    )
    reading = read_lines(sheet, FORMATS["bocom"])
    assert [(row, each.code) for row, each in reading.refused] == [
        (2, "bank.currency"),
        (3, "bank.way"),
        (4, "bank.nothing"),
    ]
    assert len(reading.lines) == 1


def test_balances_that_do_not_go_on_are_named_from_either_end() -> None:
    def line(row: int, amount: str, balance: str) -> Line:
        return Line(row, date(2026, 1, 5), "", Money.yuan(amount), balance=Money.yuan(balance))

    told = balances([line(2, "10", "110"), line(3, "5", "115"), line(4, "-15", "101")])
    assert told is not None
    assert (told.opening, told.closing, told.breaks) == (Money.yuan("100"), Money.yuan("101"), (4,))
    told = balances([line(2, "-15", "100"), line(3, "5", "115"), line(4, "10", "110")])
    assert told is not None
    assert (told.opening, told.closing, told.breaks) == (Money.yuan("100"), Money.yuan("100"), ())


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({Column.AMOUNT: ("金额",)}, "bank.format_day"),
        ({Column.DAY: ("日期",)}, "bank.format_amount"),
        ({Column.DAY: ("日期",), Column.AMOUNT: ("日 期",)}, "bank.format_twice"),
    ],
)
def test_a_format_that_could_not_read_is_refused(headers: dict[Column, tuple[str, ...]], code: str) -> None:
    with pytest.raises(Refused) as refused:
        Format("own", "own", headers)
    assert refused.value.code == code


def test_a_format_is_stored_and_comes_back_the_same() -> None:
    for made in SHIPPED:
        back = Format.from_facts(made.code, made.name, made.to_facts())
        assert back.to_facts() == made.to_facts()
        assert dict(back._words) == dict(made._words)


def test_a_format_is_set_up_from_a_sample() -> None:
    """Headings nobody knows: two are guessed, two are said, and the first lines are read."""
    rows = sample_of(
        _sheet(["牡丹江商业银行"], ["记账日", "余额", "进账", "汇款人"], ["2026-01-05", "9", "88", "王伟"])
    )
    assert guess_header_row(rows, SHIPPED) == 2
    guessed = list_headings(rows, 2, SHIPPED, {})
    assert [each.meaning for each in guessed] == [None, Column.BALANCE, None, None]
    said = {0: Column.DAY, 1: Column.BALANCE, 2: Column.INCOMING, 3: Column.NAME}
    made = Format("own", "own", headers_of(list_headings(rows, 2, SHIPPED, said)))
    lines, refused = first_lines(rows, made)
    assert ([(line.amount, line.name) for line in lines], refused) == ([(Money.yuan(88), "王伟")], ())
    with pytest.raises(Refused):
        list_headings(rows, 9, SHIPPED, {})


@pytest.mark.parametrize(("note", "written", "digits"), table("banking.md", "note", "written", "in digits"))
def test_rooms_in_a_note(note: str, written: str, digits: str) -> None:
    found = spots(note)
    assert [normalise_query(spot) for spot in found[0]] == ([written] if written else [])
    assert found[1] == ([digits] if digits else [])


def test_the_weights_are_the_ones_written_down() -> None:
    told = {Reason(reason): int(weight) for reason, weight in table("banking.md", "reason", "weight")}
    assert told == WEIGHTS


@pytest.mark.parametrize(
    ("reasons", "suggested", "score", "ticked"), table("banking.md", "reasons", "suggested", "score", "ticked")
)
def test_whom_much_speaks_for(reasons: str, suggested: str, score: str, ticked: str) -> None:
    units = {"a": 1, "b": 2}
    found = {}
    for part in reasons.split(";"):
        name, _, said = part.partition(":")
        found[units[name.strip()]] = {Reason(each.strip()) for each in said.split(",")}
    best = choose(found)
    if suggested == "none":
        assert best is None
        return
    assert best is not None
    assert (best.unit_id, best.score, best.is_sure) == (units[suggested], int(score), ticked == "yes")


def test_which_sum_is_exactly_something_open() -> None:
    """50 and 30 for two months of 2025 and 55 in 2026: 135 in all, 80 and 55 a year, 50 and 30 a month, 20 an item."""
    charges = ((2025, 11, 20), (2025, 11, 30), (2025, 12, 30), (2026, 1, 55))
    open_ = [(year, month, Money.yuan(yuan)) for year, month, yuan in charges]
    sums = sums_of(open_)
    told = {yuan: sums.fits(Money.yuan(yuan)) for yuan in (135, 80, 55, 50, 20, 30, 7)}
    assert told == {
        135: Reason.ALL_OPEN,
        80: Reason.ONE_YEAR,
        55: Reason.ONE_YEAR,
        50: Reason.ONE_MONTH,
        20: Reason.ONE_ITEM,
        30: Reason.ONE_MONTH,
        7: None,
    }
    assert sums_of([]).fits(Money(0)) is None


def test_names_in_a_note_are_runs_of_characters() -> None:
    assert {"王伟", "代王伟交"} <= names_in("代王伟交 3-2-501")
    assert names_in("3-2-501") == set()
