"""Looks at own accounts, formats, uploaded statements and their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp.banking.formats import Format
from feeapp.banking.models import BankAccount, BankClaim, BankFile, BankFormat, BankLine, BankNote, BankRow
from feeapp.banking.rules import LineState, RowKind
from feeapp.banking.shipped import SHIPPED
from feeapp.cashier.models import Payment, Receipt, Tender
from feeapp.cashier.settling import Method
from feeapp.cashier.standing import OWN_RECEIPT, UNDONE
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


def get_line(community_id: int, line_id: int) -> BankLine:
    """A line of this community as it stands now. Raises NotFound."""
    found = db.session.get(BankLine, (community_id, line_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


def find_claim(community_id: int, line_id: int) -> BankClaim | None:
    """What a line turned out to be, if it is a household's payment."""
    return db.session.scalars(sa.select(BankClaim).filter_by(community_id=community_id, line_id=line_id)).first()


def list_notes(community_id: int, line_ids: Collection[int]) -> dict[int, list[BankNote]]:
    """What was noted of these lines, the oldest first."""
    notes: dict[int, list[BankNote]] = defaultdict(list)
    rows = db.session.scalars(
        sa.select(BankNote)
        .where(BankNote.community_id == community_id, BankNote.line_id.in_(line_ids))
        .order_by(BankNote.id)
    )
    for row in rows:
        notes[row.line_id].append(row)
    return notes


def list_lines(community_id: int, state: LineState, typed: str, page: int | None) -> Page[BankLine]:
    """The lines in a state, the oldest first, narrowed to a payer, a note or a number; all of them for ``None``."""
    here = [BankLine.community_id == community_id, BankLine.state == state]
    if typed:
        pattern = "%" + typed.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        looked_at = (BankLine.payer, BankLine.memo, BankLine.reference)
        here.append(sa.or_(*(column.like(pattern, escape="\\") for column in looked_at)))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(BankLine).where(*here)) or 0
    query = sa.select(BankLine).where(*here).order_by(BankLine.happened_on, BankLine.id)
    if page:
        query = query.limit(SIZE).offset((page - 1) * SIZE)
    return Page(list(db.session.scalars(query)), page or 1, count)


def count_lines(community_id: int) -> dict[LineState, tuple[int, Money]]:
    """How many lines stand in each state, and what they come to."""
    amount: Any = sa.type_coerce(BankLine.amount, sa.BigInteger)
    rows = db.session.execute(
        sa.select(BankLine.state, sa.func.count(), sa.cast(sa.func.sum(amount), sa.BigInteger))
        .where(BankLine.community_id == community_id)
        .group_by(BankLine.state)
    )
    return {state: (count, Money(fen)) for state, count, fen in rows}


@dataclass(frozen=True, slots=True)
class CounterTransfer:
    """A bank transfer that was taken at the counter with its slip, and that no line of a statement is matched with."""

    payment_id: int
    receipt_id: int
    label: str
    received_on: date
    payer: str
    amount: Money
    reference: str


def list_counter_transfers(community_id: int, amounts: Collection[Money] | None = None) -> list[CounterTransfer]:
    """Transfers of the counter without a line, the oldest first: of these sums, or since the first line there is."""
    query = (
        sa.select(
            Payment.id, Receipt.id.label("receipt_id"), Receipt.label, Payment.received_on, Payment.payer,
            Tender.amount, Tender.reference,
        )
        .join(Tender, sa.and_(Tender.community_id == Payment.community_id, Tender.payment_id == Payment.id))
        .join(Receipt, OWN_RECEIPT)
        .where(
            Payment.community_id == community_id,
            Tender.method == Method.TRANSFER,
            Tender.unidentified.is_(sa.false()),
            ~sa.exists().where(UNDONE),
            ~sa.exists().where(
                BankClaim.community_id == Payment.community_id, BankClaim.payment_id == Payment.id
            ),
        )
        .order_by(Payment.received_on, Payment.id)
    )  # fmt: skip
    if amounts is not None:
        query = query.where(Tender.amount.in_(list(amounts)))
    else:
        first = sa.select(sa.func.min(BankLine.happened_on)).where(BankLine.community_id == community_id)
        query = query.where(Payment.received_on >= first.scalar_subquery())
    return [CounterTransfer(*row) for row in db.session.execute(query)]
