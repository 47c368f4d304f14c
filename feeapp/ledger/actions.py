"""Writing the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.ledger.closing import check_open
from feeapp.ledger.models import Account, Entry, EntryLine
from feeapp.ledger.rules import CHART, Fund, Line, check_entry
from feeapp.storage.columns import new_id
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Source:
    """The document an entry comes from."""

    kind: str
    id: int


def open_book(by: By) -> None:
    """Open every account of the chart for a new community."""
    db.session.execute(
        sa.insert(Account.__table__),
        [
            {"community_id": by.community_id, "fund": fund.value, "code": account.code}
            for account in CHART
            for fund in account.funds
        ],
    )


def post(
    by: By,
    fund: Fund,
    kind: str,
    happened_on: date,
    source: Source,
    lines: Sequence[Line],
    entry_id: int | None = None,
) -> int:
    """Book one balanced entry and return its id; the caller may name the id where its own row already refers to it.

    Nothing in the book is ever changed afterwards. Raises Refused where the book is closed on that day.
    """
    return _write(by, fund, kind, happened_on, source, lines, None, entry_id or new_id())


def reverse(by: By, entry_id: int, kind: str, happened_on: date, source: Source) -> int:
    """Book the mirror image of an entry, linked to it, and return the new entry's id."""
    entry = db.session.get_one(Entry, (by.community_id, entry_id))
    stands = db.session.execute(
        sa.select(EntryLine).filter_by(community_id=by.community_id, entry_id=entry_id).order_by(EntryLine.line)
    ).scalars()
    mirror = [Line(line.account, debit=line.credit, credit=line.debit) for line in stands]
    return _write(by, Fund(entry.fund), kind, happened_on, source, mirror, entry_id, new_id())


def _write(
    by: By,
    fund: Fund,
    kind: str,
    happened_on: date,
    source: Source,
    lines: Sequence[Line],
    reverses_id: int | None,
    entry_id: int,
) -> int:
    amount = check_entry(fund, lines)
    check_open(by.community_id, happened_on)
    # The lines first: the entry seals them, and the database refuses it unless they balance.
    connection = db.session.connection()
    connection.execute(
        _INSERT_LINE,
        [
            {
                "community_id": by.community_id,
                "entry_id": entry_id,
                "line": number,
                "fund": fund.value,
                "account": line.account,
                "debit": line.debit,
                "credit": line.credit,
            }
            for number, line in enumerate(lines, start=1)
        ],
    )
    connection.execute(
        _INSERT_ENTRY,
        {
            "community_id": by.community_id,
            "id": entry_id,
            "fund": fund.value,
            "kind": kind,
            "happened_on": happened_on,
            "posted_at": by.at,
            "posted_by": by.actor_id,
            "source_kind": source.kind,
            "source_id": source.id,
            "total": amount,
            "reverses_id": reverses_id,
        },
    )
    return entry_id


_INSERT_LINE = sa.insert(EntryLine.__table__)
_INSERT_ENTRY = sa.insert(Entry.__table__)
