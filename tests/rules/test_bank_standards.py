"""MT940 and camt.053: what a bank writes, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from feeapp.banking.lining import balances
from feeapp.banking.swift import read_standard
from feeapp.core.money import Money
from feeapp.core.refusal import Refused

MT940 = """{1:F01BANKCNBJAXXX0000000000}{4:
:20:STMT
:25:6228480012345678
:28C:1/1
:60F:C260101CNY50000,00
:61:2601050105C311,51NTRF062275869//B1
:86:?20 3-1-401 ?21改造费?31622848?32魏伟艳
:61:2601060106D20,00NCHGNONREF
:86:账户管理费
:62F:C260131CNY50291,51
-}
"""

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="CNY">311.51</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-01-05</Dt></BookgDt>
<AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>魏伟艳</Nm></Dbtr>
<DbtrAcct><Id><Othr><Id>6228</Id></Othr></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>3-1-401 改造费</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="CNY">20.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><DtTm>2026-01-06T09:00:00</DtTm></BookgDt><AddtlNtryInf>账户管理费</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="CNY">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.mark.parametrize("text", [MT940, MT940.replace("\n", "\r\n"), CAMT])
def test_what_came_in_and_what_went_out(text: str) -> None:
    reading = read_standard(text.encode())
    assert reading is not None
    told = [(line.on, line.amount, line.name, line.memo.replace(" ", ""), line.reference) for line in reading.lines]
    assert told == [
        (date(2026, 1, 5), Money.yuan("311.51"), "魏伟艳", "3-1-401改造费", "B1"),
        (date(2026, 1, 6), Money.yuan("-20.00"), "", "账户管理费", ""),
    ]
    assert reading.refused == ()


def test_the_balances_of_mt940_run_on() -> None:
    reading = read_standard(MT940.encode("gb18030"))
    assert reading is not None
    told = balances(reading.lines)
    assert told is not None
    assert (told.opening, told.closing, told.breaks) == (Money.yuan("50000"), Money.yuan("50291.51"), ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (MT940.replace("C311,51", "C,51"), "bank.broken"),
        (MT940.replace(":61:260105", ":61:261305"), "bank.broken"),
        (CAMT.replace('Ccy="CNY">311.51', 'Ccy="USD">311.51'), "bank.currency"),
        (CAMT.replace("311.51", "NaN"), "bank.amount"),
        (CAMT.replace("311.51", "3.115"), "bank.amount"),
        (CAMT.replace("2026-01-05", "soon"), "bank.day"),
    ],
)
def test_a_movement_that_cannot_be_read_is_refused_alone(text: str, code: str) -> None:
    reading = read_standard(text.encode())
    assert reading is not None
    assert ([refusal.code for _, refusal in reading.refused], len(reading.lines)) == ([code], 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CAMT.replace("</Stmt>", ""), "bank.broken"),
        (CAMT.replace("<Document", '<!DOCTYPE x [<!ENTITY a "b">]><Document'), "sheet.entities"),
        (MT940.replace("C260101CNY", "C260101USD"), "bank.currency"),
        (MT940.replace("C260101CNY50000,00", "nothing"), "bank.broken"),
        (":20:A\n:60F:C260101CNY1,00\n:62F:C260131CNY1,00\n", "bank.empty"),
    ],
)
def test_a_file_that_is_broken_is_refused_whole(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_standard(text.encode())
    assert refused.value.code == code


def test_a_table_is_none_of_the_two() -> None:
    assert read_standard("日期,金额\n2026-01-05,5\n".encode()) is None
    assert read_standard(b"PK\x03\x04\xff\xfe\x00\x81") is None
