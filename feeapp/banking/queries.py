"""Looks at own accounts, formats, uploaded statements and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.banking.formats import Format
from feeapp.banking.models import BankAccount, BankFile, BankFormat, BankRow
from feeapp.banking.rules import RowKind
from feeapp.banking.shipped import SHIPPED
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import NotFound
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


def list_accounts(community_id: int) -> list[BankAccount]:
    """Every own account, by name."""
    return list(
        db.session.scalars(sa.select(BankAccount).filter_by(community_id=community_id).order_by(BankAccount.name))
    )


def get_account(community_id: int, account_id: int) -> BankAccount:
    """An own account of this community. Raises NotFound."""
    account = db.session.get(BankAccount, (community_id, account_id))
    if account is None:
        raise NotFound
    return account


def list_own_formats(community_id: int) -> list[BankFormat]:
    """The latest version of every format of the community's own."""
    rows = db.session.scalars(
        sa.select(BankFormat).filter_by(community_id=community_id).order_by(BankFormat.code, BankFormat.version)
    )
    return list({row.code: row for row in rows}.values())


def find_own_format(community_id: int, code: str) -> Format | None:
    """A format of the community's own, as its latest version has it."""
    found = next((row for row in list_own_formats(community_id) if row.code == code), None)
    return Format.from_facts(found.code, found.name, found.facts) if found else None


def list_formats(community_id: int) -> list[Format]:
    """Every format a statement may be in: the community's own before the shipped ones."""
    own = [Format.from_facts(row.code, row.name, row.facts) for row in list_own_formats(community_id)]
    return [*own, *SHIPPED]


def get_file(community_id: int, file_id: int) -> BankFile:
    """An uploaded statement of this community. Raises NotFound."""
    found = db.session.get(BankFile, (community_id, file_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def list_files(community_id: int, page: int) -> Page[BankFile]:
    """Every uploaded statement, the latest first."""
    here = sa.select(BankFile).where(BankFile.community_id == community_id)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(here.subquery())) or 0
    found = db.session.scalars(
        here.order_by(BankFile.staged_at.desc(), BankFile.id.desc()).limit(SIZE).offset((page - 1) * SIZE)
    )
    return Page(list(found), page, count)


@dataclass(frozen=True, slots=True)
class RowSums:
    """How many rows of one kind a file has, and the money in and out on them."""

    count: int = 0
    money_in: Money = ZERO
    money_out: Money = ZERO


def sum_rows(community_id: int, file_id: int) -> Mapping[RowKind, RowSums]:
    """What the rows of a file come to, by what becomes of them."""
    amount: Any = sa.type_coerce(BankRow.amount, sa.BigInteger)
    found = db.session.execute(
        sa.select(
            BankRow.kind,
            sa.func.count(),
            sa.cast(sa.func.sum(sa.case((amount > 0, amount), else_=0)), sa.BigInteger),
            sa.cast(sa.func.sum(sa.case((amount < 0, -amount), else_=0)), sa.BigInteger),
        )
        .where(BankRow.community_id == community_id, BankRow.file_id == file_id)
        .group_by(BankRow.kind)
    )
    sums = {kind: RowSums() for kind in RowKind}
    return sums | {kind: RowSums(count, Money(came), Money(went)) for kind, count, came, went in found}


def list_rows(community_id: int, file_id: int, kind: RowKind, page: int | None) -> Page[BankRow]:
    """One page of the rows of one kind, in the order of the file; all of them for ``None``."""
    here = (BankRow.community_id == community_id, BankRow.file_id == file_id, BankRow.kind == kind)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(BankRow).where(*here)) or 0
    query = sa.select(BankRow).where(*here).order_by(BankRow.row)
    if page:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page(list(db.session.scalars(query)), page or 1, count)
