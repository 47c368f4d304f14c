"""Closing the months of the book, one after the other, and opening the last one again; each takes two persons.

Nothing is booked on a day up to which the book is closed (docs/rules/closing.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.period import Period
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.ledger.models import Closing, ClosingBalance, Entry, EntryLine
from feeapp.ledger.rules import ClosingKind, ClosingState
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, hits


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must be put right before a month is closed; ``sentence`` is what should hold."""

    id: str
    sentence: str
    count: int


Gate = Callable[[int, Period], list[Problem]]

gates: list[Gate] = []
"""What is asked before a month is closed; rooms above add themselves where the app is wired together."""


def look_for_problems(community_id: int, period: Period) -> list[Problem]:
    """What keeps a month from being closed; nothing where all is well."""
    return [problem for gate in gates for problem in gate(community_id, period)]


def closed_upto(community_id: int) -> date | None:
    """The last day on which nothing can be booked any more; None where no month was ever closed."""
    query = sa.select(Closing.closed_upto).where(Closing.community_id == community_id, Closing.seq.is_not(None))
    return db.session.execute(query.order_by(Closing.seq.desc()).limit(1)).scalar()


def check_open(community_id: int, on: date) -> None:
    """Raises Refused where the book is closed on a day."""
    upto = closed_upto(community_id)
    if upto is not None and on <= upto:
        raise Refused(
            "ledger.closed",
            msg(
                "The book is closed up to %(upto)s, and this would be booked on %(day)s. Have the month reopened first."
            ),
            {"upto": upto.isoformat(), "day": on.isoformat()},
        )


def next_to_close(community_id: int) -> Period | None:
    """The month whose turn it is: the one after the last that is closed, else the first with an entry."""
    upto = closed_upto(community_id)
    if upto is not None:
        return Period.of(upto).plus(1)
    first = db.session.scalar(sa.select(sa.func.min(Entry.happened_on)).where(Entry.community_id == community_id))
    return None if first is None else Period.of(first)


def last_closed(community_id: int) -> Period | None:
    """The last month that is closed now."""
    upto = closed_upto(community_id)
    if upto is None:
        return None
    period = Period.of(upto)
    ever = sa.select(sa.func.count()).where(
        Closing.community_id == community_id, Closing.period == period, Closing.state == ClosingState.DONE
    )
    return period if db.session.scalar(ever) else None


def ask_to_close(by: By, period: Period) -> int:
    """Ask a second person to close a month. Raises Refused where it is not over, or not its turn."""
    _check_turn(by, period)
    return _ask(by, ClosingKind.CLOSE, period, "")


def ask_to_reopen(by: By, period: Period, reason: str) -> int:
    """Ask a second person to open the last closed month again. Raises Refused for any other month."""
    if last_closed(by.community_id) != period:
        raise Refused("ledger.not_last", msg("Only the month that was closed last can be reopened."))
    return _ask(by, ClosingKind.REOPEN, period, reason)


def confirm(by: By, closing_id: int) -> None:
    """Close or reopen the month that was asked for, and keep its balances. Raises Refused for whoever asked."""
    if db.engine.dialect.name == "postgresql":
        # Whoever is booking finishes first; who books afterwards finds the month closed (ledger/guards.py).
        db.session.execute(sa.text("LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE"))
    closing = _of_second_person(by, closing_id)
    if closing.kind is ClosingKind.CLOSE:
        _check_turn(by, closing.period)
        upto = closing.period.last_day
    else:
        if last_closed(by.community_id) != closing.period:
            raise Refused("ledger.not_last", msg("Only the month that was closed last can be reopened."))
        upto = closing.period.first_day - timedelta(days=1)
    seq = 1 + (
        db.session.scalar(sa.select(sa.func.max(Closing.seq)).where(Closing.community_id == by.community_id)) or 0
    )
    _decide(by, closing, ClosingState.DONE, "", seq, upto)
    if closing.kind is ClosingKind.CLOSE:
        _keep_balances(by.community_id, closing.id, upto)
    closes = closing.kind is ClosingKind.CLOSE
    log(by, "ledger.close" if closes else "ledger.reopen", "closing", closing.id, month=str(closing.period))


def refuse(by: By, closing_id: int, answer: str) -> None:
    """Leave the month as it is. Raises Refused for whoever asked."""
    closing = _of_second_person(by, closing_id)
    _decide(by, closing, ClosingState.REFUSED, answer)
    log(by, "ledger.refuse_closing", "closing", closing.id, month=str(closing.period))


def withdraw(by: By, closing_id: int) -> None:
    """Take a request back. Raises Refused for anybody but who made it."""
    closing = _waiting(by, closing_id)
    if closing.asked_by != by.actor_id:
        raise Refused("ledger.not_yours", msg("Only who asked can take the request back."))
    _decide(by, closing, ClosingState.WITHDRAWN, "")
    log(by, "ledger.withdraw_closing", "closing", closing.id, month=str(closing.period))


def _check_turn(by: By, period: Period) -> None:
    turn = next_to_close(by.community_id)
    if turn is None:
        raise Refused("ledger.nothing_to_close", msg("Nothing is booked yet, so there is no month to close."))
    if period != turn:
        raise Refused(
            "ledger.not_its_turn",
            msg("Months are closed one after the other; the next one is %(month)s."),
            {"month": str(turn)},
        )
    if office_day(by.at) <= period.last_day:
        raise Refused(
            "ledger.not_over", msg("%(month)s is not over yet; it can be closed once it is."), {"month": str(period)}
        )


def _ask(by: By, kind: ClosingKind, period: Period, reason: str) -> int:
    waiting = sa.select(Closing.id).where(Closing.community_id == by.community_id, Closing.state == ClosingState.ASKED)
    if db.session.scalar(waiting) is not None:
        raise Refused("ledger.asked", msg("A request waits already. It is decided or taken back first."))
    closing_id = new_id()
    try:
        db.session.execute(
            sa.insert(Closing).values(
                community_id=by.community_id, id=closing_id, period=period, kind=kind, state=ClosingState.ASKED,
                reason=reason, asked_at=by.at, asked_by=by.actor_id, answer="",
            )
        )  # fmt: skip
    except sa.exc.IntegrityError:
        raise Refused("ledger.asked", msg("A request waits already. It is decided or taken back first.")) from None
    closes = kind is ClosingKind.CLOSE
    log(by, "ledger.ask_close" if closes else "ledger.ask_reopen", "closing", closing_id, month=str(period))
    return closing_id


def _waiting(by: By, closing_id: int) -> Closing:
    found = db.session.get(Closing, (by.community_id, closing_id), populate_existing=True)
    if found is None:
        raise NotFound
    if found.state is not ClosingState.ASKED:
        raise Refused("ledger.decided", msg("This request was decided already. Look at the page again."))
    return found


def _of_second_person(by: By, closing_id: int) -> Closing:
    closing = _waiting(by, closing_id)
    if closing.asked_by == by.actor_id:
        raise Refused("ledger.second_person", msg("Who asked cannot decide. A second person has to look at it."))
    return closing


def _decide(
    by: By, closing: Closing, state: ClosingState, answer: str, seq: int | None = None, upto: date | None = None
) -> None:
    move = (
        sa.update(Closing)
        .where(
            Closing.community_id == by.community_id, Closing.id == closing.id, Closing.state == ClosingState.ASKED
        )
        .values(
            state=state, decided_at=by.at, decided_by=by.actor_id, answer=answer, seq=seq, closed_upto=upto
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if hits(move) != 1:
        raise Refused("ledger.decided", msg("This request was decided already. Look at the page again."))


def _keep_balances(community_id: int, closing_id: int, upto: date) -> None:
    """Keep what stands on every account on the last day, debits less credits."""
    rows = db.session.execute(balances_upto(community_id, upto)).all()
    if rows:
        db.session.execute(
            sa.insert(ClosingBalance),
            [
                {
                    "community_id": community_id, "closing_id": closing_id, "fund": fund, "account": account,
                    "balance": balance,
                }
                for fund, account, balance in rows
            ],
        )  # fmt: skip


def balances_upto(community_id: int, upto: date) -> sa.Select[Any]:
    """Fund, account and debits less credits of every account that was used until a day."""
    fen = [sa.func.sum(sa.type_coerce(side, sa.BigInteger)) for side in (EntryLine.debit, EntryLine.credit)]
    balance = sa.type_coerce(sa.cast(fen[0] - fen[1], sa.BigInteger), EntryLine.debit.type)
    return (
        sa.select(EntryLine.fund, EntryLine.account, balance)
        .join(Entry, sa.and_(Entry.community_id == EntryLine.community_id, Entry.id == EntryLine.entry_id))
        .where(EntryLine.community_id == community_id, Entry.happened_on <= upto)
        .group_by(EntryLine.fund, EntryLine.account)
        .order_by(EntryLine.fund, EntryLine.account)
    )
