"""Statements for tests: an own account, and files of lines that are read as the counter would upload them."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.banking.accounts import add_account
from feeapp.banking.importing import confirm, read_file, stage
from feeapp.banking.models import BankLine
from feeapp.banking.queries import list_formats
from feeapp.banking.rules import AccountKind
from feeapp.ledger.rules import Fund
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import Cast

HEADINGS = "日期,时间,金额,余额,付款人,账号,备注,流水号"


def own_account(
    cast: Cast, name: str = "农行", kind: AccountKind = AccountKind.BANK, fund: Fund = Fund.OPERATIONS
) -> int:
    return transaction(lambda: add_account(cast.by("accountant"), kind, fund, name, "6228 4800 1234"))


def upload(cast: Cast, account_id: int, *lines: str, headings: str = HEADINGS) -> int:
    """Stage a CSV file of these lines; returns the file's id."""
    return upload_bytes(cast, account_id, "\n".join([headings, *lines]).encode())


def upload_bytes(cast: Cast, account_id: int, data: bytes) -> int:
    reading = read_file(data, list_formats(cast.community), None)
    return transaction(lambda: stage(cast.by("accountant"), account_id, "流水.csv", reading.format.name, reading))


def arrive(cast: Cast, account_id: int, *lines: str) -> list[int]:
    """Import these lines and return their ids, in the order of the file."""
    file_id = upload(cast, account_id, *lines)
    transaction(lambda: confirm(cast.by("accountant"), file_id))
    query = sa.select(BankLine.id).where(BankLine.file_id == file_id).order_by(BankLine.id)
    return list(db.session.scalars(query))
