"""Checks of the book: every entry is sound, and so is the whole."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feeapp.ledger.guards import CLOSED_STATEMENTS, STATEMENTS
from feeapp.ledger.models import Account, Closing, ClosingBalance, Entry, EntryLine
from feeapp.ledger.rules import ClosingKind, ClosingState
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


_LATER = aliased(Closing)
_BEHIND = (
    sa.select(Entry.community_id, Entry.id, Entry.happened_on, Closing.id.label("closing"))
    .join(
        Closing,
        sa.and_(
            Closing.community_id == Entry.community_id,
            Closing.kind == ClosingKind.CLOSE,
            Closing.state == ClosingState.DONE,
            Closing.closed_upto >= Entry.happened_on,
            Closing.decided_at < Entry.posted_at,
        ),
    )
    .where(
        ~sa.exists().where(
            _LATER.community_id == Closing.community_id,
            _LATER.seq > Closing.seq,
            _LATER.closed_upto < Entry.happened_on,
            _LATER.decided_at <= Entry.posted_at,
        )
    )
)

_LAST = (
    sa.select(Closing.community_id, sa.func.max(Closing.seq).label("seq"))
    .where(Closing.seq.is_not(None))
    .group_by(Closing.community_id)
    .subquery()
)
_NOW = aliased(Closing)
_IN_FORCE = (
    sa.select(Closing.community_id, Closing.closed_upto, sa.func.max(Closing.seq).label("seq"))
    .join(_LAST, _LAST.c.community_id == Closing.community_id)
    .join(_NOW, sa.and_(_NOW.community_id == _LAST.c.community_id, _NOW.seq == _LAST.c.seq))
    .where(Closing.kind == ClosingKind.CLOSE, Closing.closed_upto == _NOW.closed_upto)
    .group_by(Closing.community_id, Closing.closed_upto)
    .subquery()
)
"""The close that says up to which day the book is closed now."""

_KEPT = sa.union_all(
    sa.select(
        ClosingBalance.community_id,
        ClosingBalance.fund,
        ClosingBalance.account,
        sa.type_coerce(ClosingBalance.balance, sa.BigInteger).label("x"),
    )
    .join(
        Closing, sa.and_(Closing.community_id == ClosingBalance.community_id, Closing.id == ClosingBalance.closing_id)
    )
    .join(_IN_FORCE, sa.and_(_IN_FORCE.c.community_id == Closing.community_id, _IN_FORCE.c.seq == Closing.seq)),
    sa.select(
        EntryLine.community_id,
        EntryLine.fund,
        EntryLine.account,
        sa.type_coerce(EntryLine.credit, sa.BigInteger) - sa.type_coerce(EntryLine.debit, sa.BigInteger),
    )
    .join(Entry, _OF_ENTRY)
    .join(
        _IN_FORCE,
        sa.and_(_IN_FORCE.c.community_id == Entry.community_id, Entry.happened_on <= _IN_FORCE.c.closed_upto),
    ),
).subquery()

_MOVED_SINCE = (
    sa.select(_KEPT.c.community_id, _KEPT.c.fund, _KEPT.c.account, sa.func.sum(_KEPT.c.x).label("difference"))
    .group_by(_KEPT.c.community_id, _KEPT.c.fund, _KEPT.c.account)
    .having(sa.func.sum(_KEPT.c.x) != 0)
)

_LEFT_OUT = (
    sa.select(
        Closing.community_id, sa.func.count(Closing.seq).label("closings"), sa.func.max(Closing.seq).label("last")
    )
    .where(Closing.seq.is_not(None))
    .group_by(Closing.community_id)
    .having(sa.or_(sa.func.count(Closing.seq) != sa.func.max(Closing.seq), sa.func.min(Closing.seq) != 1))
)


def _guards(connection: sa.Connection) -> Rows:
    dialect = connection.dialect.name
    return missing_guards(connection, (*STATEMENTS[dialect], *CLOSED_STATEMENTS[dialect]))


CHECKS: tuple[Check, ...] = (
    Check("L1", "The debits and the credits of every entry both come to its total.", _UNBALANCED),
    Check("L2", "Every entry has two lines or more.", _TOO_FEW),
    Check("L3", "Every line is a debit or a credit above zero, never both.", _NOT_ONE_SIDE),
    Check("L4", "The trial balance of every fund is zero.", _TRIAL_BALANCE),
    Check("L5", "Every line stands in its entry's own fund and community, on an account that the fund has.", _ASTRAY),
    Check("L6", "Nothing was booked on a day while the book was closed on it.", _BEHIND),
    Check("L7", "A reversal is the mirror image of the entry it reverses.", _NO_MIRROR),
    Check("L8", "No entry is reversed twice.", _REVERSED_TWICE),
    Check("L9", "The triggers that refuse an unsound entry stand as they were written.", _guards),
    Check("L10", "The accounts of the last closed month stand as they did when it was closed.", _MOVED_SINCE),
    Check("L11", "Closings and reopenings are numbered one after the other.", _LEFT_OUT),
)
