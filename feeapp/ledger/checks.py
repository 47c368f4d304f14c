"""Checks of the book: every entry is sound, and so is the whole."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.ledger.guards import STATEMENTS
from feeapp.ledger.models import Account, Entry, EntryLine
from feeapp.storage.checking import Check
from feeapp.storage.checks import Rows, missing_guards

_DEBITS, _CREDITS = sa.func.sum(EntryLine.debit), sa.func.sum(EntryLine.credit)
_OF_ENTRY = sa.and_(EntryLine.community_id == Entry.community_id, EntryLine.entry_id == Entry.id)

_UNBALANCED = (
    sa.select(Entry.community_id, Entry.id, Entry.total, _DEBITS.label("debits"), _CREDITS.label("credits"))
    .join(EntryLine, _OF_ENTRY)
    .group_by(Entry.community_id, Entry.id, Entry.total)
    .having(sa.or_(Entry.total != _DEBITS, Entry.total != _CREDITS))
)

_TOO_FEW = (
    sa.select(Entry.community_id, Entry.id, sa.func.count(EntryLine.line).label("lines"))
    .outerjoin(EntryLine, _OF_ENTRY)
    .group_by(Entry.community_id, Entry.id)
    .having(sa.func.count(EntryLine.line) < 2)
)

_NOT_ONE_SIDE = sa.select(
    EntryLine.community_id, EntryLine.entry_id, EntryLine.line, EntryLine.debit, EntryLine.credit
).where(sa.text("debit < 0 OR credit < 0 OR (debit = 0) = (credit = 0)"))

_TRIAL_BALANCE = (
    sa.select(EntryLine.community_id, EntryLine.fund, _DEBITS.label("debits"), _CREDITS.label("credits"))
    .group_by(EntryLine.community_id, EntryLine.fund)
    .having(_DEBITS != _CREDITS)
)

_ASTRAY = (
    sa.select(EntryLine.community_id, EntryLine.entry_id, EntryLine.line, EntryLine.fund, EntryLine.account)
    .outerjoin(Entry, sa.and_(_OF_ENTRY, Entry.fund == EntryLine.fund))
    .outerjoin(
        Account,
        sa.and_(
            Account.community_id == EntryLine.community_id,
            Account.fund == EntryLine.fund,
            Account.code == EntryLine.account,
        ),
    )
    .where(sa.or_(Entry.id.is_(None), Account.code.is_(None)))
)

_SIGNED = sa.union_all(
    sa.select(
        Entry.community_id,
        Entry.id,
        EntryLine.account,
        sa.type_coerce(EntryLine.debit, sa.BigInteger).label("debit"),
        sa.type_coerce(EntryLine.credit, sa.BigInteger).label("credit"),
    )
    .join(EntryLine, _OF_ENTRY)
    .where(Entry.reverses_id.is_not(None)),
    sa.select(
        Entry.community_id,
        Entry.id,
        EntryLine.account,
        -sa.type_coerce(EntryLine.credit, sa.BigInteger),
        -sa.type_coerce(EntryLine.debit, sa.BigInteger),
    )
    .join(EntryLine, sa.and_(EntryLine.community_id == Entry.community_id, EntryLine.entry_id == Entry.reverses_id))
    .where(Entry.reverses_id.is_not(None)),
).subquery()

_NO_MIRROR = (
    sa.select(_SIGNED.c.community_id, _SIGNED.c.id, _SIGNED.c.account)
    .group_by(_SIGNED.c.community_id, _SIGNED.c.id, _SIGNED.c.account)
    .having(sa.or_(sa.func.sum(_SIGNED.c.debit) != 0, sa.func.sum(_SIGNED.c.credit) != 0))
)

_REVERSED_TWICE = (
    sa.select(Entry.community_id, Entry.reverses_id, sa.func.count().label("times"))
    .where(Entry.reverses_id.is_not(None))
    .group_by(Entry.community_id, Entry.reverses_id)
    .having(sa.func.count() > 1)
)


def _guards(connection: sa.Connection) -> Rows:
    return missing_guards(connection, STATEMENTS[connection.dialect.name])


CHECKS: tuple[Check, ...] = (
    Check("L1", "The debits and the credits of every entry both come to its total.", _UNBALANCED),
    Check("L2", "Every entry has two lines or more.", _TOO_FEW),
    Check("L3", "Every line is a debit or a credit above zero, never both.", _NOT_ONE_SIDE),
    Check("L4", "The trial balance of every fund is zero.", _TRIAL_BALANCE),
    Check("L5", "Every line stands in its entry's own fund and community, on an account that the fund has.", _ASTRAY),
    Check("L7", "A reversal is the mirror image of the entry it reverses.", _NO_MIRROR),
    Check("L8", "No entry is reversed twice.", _REVERSED_TWICE),
    Check("L9", "The triggers that refuse an unsound entry stand as they were written.", _guards),
)
