"""Statements imported: nothing counts twice, what came in is booked, the samples tie out."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feeapp.banking.accounts import add_account, save_format
from feeapp.banking.formats import Column
from feeapp.banking.importing import confirm, discard
from feeapp.banking.models import BankFormat, BankLine
from feeapp.banking.queries import find_own_format, get_file, list_accounts, list_formats, list_rows, sum_rows
from feeapp.banking.rules import AccountKind, LineState, RowKind
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound, Refused
from feeapp.ledger.queries import Days, trial_balance
from feeapp.ledger.rules import BANK, UNIDENTIFIED, Fund
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.banking import arrive, own_account, upload, upload_bytes
from tests.people import Cast

STATEMENTS = Path(__file__).parents[1] / "data" / "statements"
WANG = "2026-01-05,09:06:23,88.00,,王伟,6222,3-2-501,R1"
LI = "2026-01-06,,12.00,,李娜,6223,物业费,R2"
FEE = "2026-01-07,,-5.00,,,,账户管理费,R3"


def _states() -> dict[str, int]:
    rows = db.session.execute(sa.select(BankLine.state, sa.func.count()).group_by(BankLine.state))
    return {state.value: count for state, count in rows}


def _balance(cast: Cast, code: str, fund: Fund = Fund.OPERATIONS) -> Money:
    rows = {row.account.code: row.balance for row in trial_balance(cast.community, fund, Days()).rows}
    return rows.get(code, Money(0))


def test_money_in_is_booked_as_unidentified_and_money_out_waits(app: Flask, cast: Cast) -> None:
    account = own_account(cast)
    assert len(arrive(cast, account, WANG, LI, FEE)) == 3
    assert _states() == {"UNCLAIMED": 2, "WAITING": 1}
    assert (_balance(cast, BANK), _balance(cast, UNIDENTIFIED)) == (Money.yuan(100), Money.yuan(100))


def test_a_fund_has_its_own_account(app: Flask, cast: Cast) -> None:
    arrive(cast, own_account(cast, "改造专户", fund=Fund.RENOVATION), WANG)
    assert _balance(cast, UNIDENTIFIED, Fund.RENOVATION) == Money.yuan(88)
    assert _balance(cast, UNIDENTIFIED) == Money(0)


def test_the_same_file_and_an_overlapping_one_add_only_what_is_new(app: Flask, cast: Cast) -> None:
    account = own_account(cast)
    arrive(cast, account, WANG, LI)
    again = upload(cast, account, WANG, LI)
    assert sum_rows(cast.community, again)[RowKind.KNOWN].count == 2
    with pytest.raises(Refused) as refused:
        transaction(lambda: confirm(cast.by("accountant"), again))
    assert refused.value.code == "bank.nothing_new"
    assert len(arrive(cast, account, LI, FEE)) == 1
    assert _states() == {"UNCLAIMED": 2, "WAITING": 1}
    assert len(arrive(cast, own_account(cast, "中行"), WANG)) == 1


def test_two_files_that_wait_at_once_count_a_line_once(app: Flask, cast: Cast) -> None:
    account = own_account(cast)
    first, second = upload(cast, account, WANG), upload(cast, account, WANG, LI)
    assert transaction(lambda: confirm(cast.by("accountant"), first)) == 1
    assert transaction(lambda: confirm(cast.by("accountant"), second)) == 1
    assert _balance(cast, UNIDENTIFIED) == Money.yuan(100)


def test_a_line_listed_twice_counts_once_unless_a_person_ticks_it(app: Flask, cast: Cast) -> None:
    account, by = own_account(cast), cast.by("accountant")
    first = upload(cast, account, WANG, WANG)
    assert transaction(lambda: confirm(by, first)) == 1
    again = upload(cast, account, WANG, WANG)
    [repeated] = list_rows(cast.community, again, RowKind.REPEATED, None).items
    assert (repeated.row, repeated.first_row) == (3, 2)
    with pytest.raises(NotFound):
        transaction(lambda: confirm(by, again, [7]))
    repeated_id = repeated.id
    assert transaction(lambda: confirm(by, again, [repeated_id])) == 1
    assert _balance(cast, UNIDENTIFIED) == Money.yuan(176)
    assert sum_rows(cast.community, upload(cast, account, WANG, WANG))[RowKind.KNOWN].count == 2


@pytest.mark.parametrize(("name", "lines", "money"), [("abc", 40, "17522.59"), ("boc", 40, "17522.59")])
def test_both_sample_statements_import_without_the_line_listed_twice(
    app: Flask, cast: Cast, name: str, lines: int, money: str
) -> None:
    """18560.95 are in the files; 1038.36 of them stand there twice, and the fee of the last day is still to come."""
    file_id = upload_bytes(cast, own_account(cast), (STATEMENTS / f"{name}-2026-01.csv").read_bytes())
    by = cast.by("accountant")
    assert transaction(lambda: confirm(by, file_id)) == lines
    assert _balance(cast, UNIDENTIFIED) == Money.yuan(money)


def test_a_file_is_confirmed_or_put_away_once(app: Flask, cast: Cast) -> None:
    account, by = own_account(cast), cast.by("accountant")
    file_id = upload(cast, account, WANG)
    transaction(lambda: discard(by, file_id))
    for deed in (confirm, discard):
        with pytest.raises(Refused) as refused:
            transaction(lambda deed=deed: deed(by, file_id))
        assert refused.value.code == "state.move"
    assert _states() == {}
    with pytest.raises(NotFound):
        get_file(cast.neighbour, file_id)


def test_a_day_to_come_is_refused_in_the_preview(app: Flask, cast: Cast) -> None:
    file_id = upload(cast, own_account(cast), WANG, WANG.replace("2026-01-05", "2026-01-21"))
    [row] = list_rows(cast.community, file_id, RowKind.REFUSED, None).items
    assert row.problem is not None
    assert row.problem["code"] == "bank.future"


def test_a_channel_lists_and_books_nothing(app: Flask, cast: Cast) -> None:
    arrive(cast, own_account(cast, "微信", AccountKind.CHANNEL), WANG)
    assert _states() == {LineState.LISTED.value: 1}
    assert _balance(cast, UNIDENTIFIED) == Money(0)


def test_a_bank_s_statement_is_no_channel_s(app: Flask, cast: Cast) -> None:
    data = (STATEMENTS / "abc-2026-01.csv").read_bytes()
    with pytest.raises(Refused) as refused:
        upload_bytes(cast, own_account(cast, "微信", AccountKind.CHANNEL), data)
    assert refused.value.code == "bank.other_kind"


def test_an_account_is_kept_by_its_last_digits_and_its_name_is_its_own(app: Flask, cast: Cast) -> None:
    own_account(cast)
    with pytest.raises(Refused) as refused:
        own_account(cast)
    assert refused.value.code == "bank.account_name"
    by = cast.by("accountant")
    transaction(lambda: add_account(by, AccountKind.BANK, Fund.OPERATIONS, "无号", ""))
    assert {account.number for account in list_accounts(cast.community)} == {"****1234", ""}


def test_every_change_of_a_format_is_a_version(app: Flask, cast: Cast) -> None:
    by = cast.by("accountant")
    headers = {Column.DAY: ("记账日",), Column.INCOMING: ("进账",)}
    code = transaction(lambda: save_format(by, "", "商行", headers, False))
    more = {**headers, Column.NAME: ("汇款人",)}
    assert transaction(lambda: save_format(by, code, "牡丹江商行", more, False)) == code
    found = find_own_format(cast.community, code)
    assert found is not None
    assert (found.name, dict(found.headers)) == ("牡丹江商行", more)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BankFormat)) == 2
    assert list_formats(cast.community)[0].code == code
    assert find_own_format(cast.neighbour, code) is None
    with pytest.raises(NotFound):
        transaction(lambda: save_format(by, "own-9", "x", headers, False))
    assert len(upload_rows(cast, "记账日,进账,汇款人\n2026-01-05,88,王伟")) == 1


def upload_rows(cast: Cast, text: str) -> list[str]:
    file_id = upload_bytes(cast, own_account(cast), text.encode())
    return [row.payer for row in list_rows(cast.community, file_id, RowKind.NEW, None).items]
