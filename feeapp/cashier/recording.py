"""Writing a payment down: whatever it is for, its rows, its entry and its receipt come about together or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import sqlalchemy as sa

from feeapp.access.models import User
from feeapp.billing.actions import settle
from feeapp.billing.late_charges import Made, charge_late
from feeapp.billing.lateness import Memo
from feeapp.billing.offsetting import Held, Owing, match
from feeapp.billing.queries import ChargeLine
from feeapp.billing.rules import no_longer_open
from feeapp.cashier.composing import charge_lines, compose
from feeapp.cashier.models import Payment, Receipt, Settlement, Tender
from feeapp.cashier.rules import PAYMENT, account_of, receipt_label, series_name
from feeapp.cashier.settling import Method, Plan, Takings
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money, total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import INCOME_LATE, PREPAYMENTS, Fund, Line, credit, debit
from feeapp.logbook.actions import log
from feeapp.printing.receipt import ReceiptLine
from feeapp.registry.models import Community
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, dialect_insert, hits
from feeapp.wallets.actions import Drawing, Holder, draw_all, put
from feeapp.wallets.queries import list_wallets
from feeapp.wallets.rules import MoveKind


class Submission(Protocol):
    """What was sent: under a one-time key, with a digest that tells it from any other."""

    @property
    def key(self) -> str: ...

    @property
    def remark(self) -> str: ...

    def digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What a submission led to: the receipt, and whether this very submission made it or an earlier twin did."""

    receipt_id: int
    anew: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """Money of a payment that is put into a wallet, and the lines that say so on the receipt."""

    holder: Holder
    amount: Money
    kind: MoveKind
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A payment as it is to be written: whose it is, what came, what it clears and what of it is held."""

    fund: Fund
    party_id: int
    payer: str
    takings: Takings
    plan: Plan
    charges: Mapping[int, ChargeLine]
    holdings: tuple[Holding, ...] = ()
    memos: Mapping[int, Memo] = field(default_factory=dict)
    """The late charges that had run up, by the charge they ran up on."""
    let_off: Money = ZERO
    """The small change that was short and is not asked for; it stands on the receipt."""
    credited_on: date | None = None
    """The day the money reached the bank, where it is claimed from a statement."""

    @property
    def cleared(self) -> dict[int, Money]:
        """What is cleared of the charges themselves."""
        return {part.item_id: part.amount for part in self.plan.settled if part.amount}

    @property
    def late(self) -> dict[int, Money]:
        """What is cleared of the late charges that ran up on them."""
        return {part.item_id: part.late for part in self.plan.settled if part.late}


def once(community_id: int, submission: Submission, deed: Callable[[], Taken]) -> Taken:
    """Do a deed for a submission that did not come before; for one that did, give what it led to then."""
    earlier = _earlier(community_id, submission)
    if earlier is not None:
        return earlier
    try:
        return deed()
    except Refused:
        # A twin may have been committed while this one was looking; then what it found closed, it closed itself.
        earlier = _earlier(community_id, submission)
        if earlier is not None:
            return earlier
        raise


def record(
    by: By, submission: Submission, incoming: Incoming, also: Callable[[int], None] = lambda payment_id: None
) -> Taken:
    """Write a payment and issue its receipt; ``also`` is done with the payment's id before the receipt is issued.

    Raises Refused where something it clears or uses is gone.
    """
    today = office_day(by.at)
    payment_id, entry_id = new_id(), new_id()
    if not _start(by, submission, incoming, payment_id, entry_id, today):
        twin = _earlier(by.community_id, submission)
        if twin is None:
            raise no_longer_open()
        return twin
    if incoming.cleared:
        settle(by.community_id, incoming.cleared)
    made = charge_late(by, incoming.memos, incoming.late)
    _write_parts(by.community_id, payment_id, incoming, made)
    source = Source(PAYMENT, payment_id)
    _use_wallets(by, incoming, made, source, entry_id)
    for holding in incoming.holdings:
        put(by, holding.holder, holding.amount, holding.kind, source, entry_id)
    post(by, incoming.fund, "cashier.payment", today, source, _lines(incoming), entry_id=entry_id)
    also(payment_id)
    receipt_id = _issue(by, payment_id, incoming, made, submission.remark, today)
    log(by, "cashier.take", "payment", payment_id, fen=incoming.takings.settle.fen, receipt=receipt_id)
    return Taken(receipt_id, anew=True)


def _start(by: By, submission: Submission, incoming: Incoming, payment_id: int, entry_id: int, today: date) -> bool:
    """Write the payment itself; False where a twin of this submission is committing at this instant."""
    insert = dialect_insert(Payment.__table__).values(
        community_id=by.community_id,
        id=payment_id,
        fund=incoming.fund.value,
        party_id=incoming.party_id,
        payer=incoming.payer,
        amount=incoming.takings.settle,
        change=incoming.takings.change,
        received_on=today,
        received_at=by.at,
        cashier_id=by.actor_id,
        submission_key=submission.key,
        submission_hash=submission.digest(),
        entry_id=entry_id,
        remark=submission.remark,
        credited_on=incoming.credited_on,
    )
    return bool(hits(insert.on_conflict_do_nothing(index_elements=["community_id", "submission_key"])))


def _earlier(community_id: int, submission: Submission) -> Taken | None:
    asked = {"community": community_id, "key": submission.key}
    found = db.session.connection().execute(_EARLIER, asked).one_or_none()
    if found is None:
        return None
    if found.submission_hash != submission.digest():
        raise Refused(
            "cashier.key_used",
            msg("This page has already taken a payment. Open the household again for another one."),
        )
    return Taken(found.id, anew=False)


def _write_parts(community_id: int, payment_id: int, incoming: Incoming, made: Sequence[Made]) -> None:
    owner = {"community_id": community_id, "payment_id": payment_id}
    connection = db.session.connection()
    connection.execute(
        _INSERT_TENDER,
        [
            {
                **owner,
                "line": line,
                "method": kept.method,
                "amount": kept.amount,
                "reference": kept.reference,
                "unidentified": kept.unidentified,
            }
            for line, kept in enumerate(incoming.takings.kept, start=1)
        ],
    )
    cleared = [*incoming.cleared.items(), *((one.charge_id, one.paid) for one in made)]
    if cleared:
        connection.execute(
            _INSERT_SETTLEMENT, [{**owner, "charge_id": charge_id, "amount": amount} for charge_id, amount in cleared]
        )


def _use_wallets(by: By, incoming: Incoming, made: Sequence[Made], source: Source, entry_id: int) -> None:
    """Draw what is paid with prepaid money: from what is kept for the very item first, then from the general wallet."""
    wanted = total(kept.amount for kept in incoming.takings.kept if kept.method is Method.WALLET)
    if not wanted:
        return
    owing = [
        _owing(incoming.charges[charge_id], charge_id, incoming.charges[charge_id].item_id, amount)
        for charge_id, amount in incoming.cleared.items()
    ]
    owing += [_owing(one.memo.line, one.charge_id, one.item_id, one.paid) for one in made]
    held = [
        Held(each.id, (each.unit_id, each.party_id, each.fund), each.item_id, each.balance)
        for each in list_wallets(by.community_id, {one.owner[0] for one in owing})
    ]
    drawn: dict[int, Money] = defaultdict(lambda: ZERO)
    left = wanted
    for one in match(held, owing):
        part = min(left, one.amount)
        drawn[one.wallet_id] += part
        left -= part
    if left:
        raise Refused(
            "tender.wallet",
            msg(
                "Only %(usable)s yuan of prepaid money can pay for what is cleared: "
                "what is held for a unit pays for that unit alone."
            ),
            {"usable": str(wanted - left)},
            field="tenders",
        )
    drawings = [Drawing(wallet_id, part) for wallet_id, part in drawn.items() if part]
    draw_all(by, drawings, MoveKind.APPLIED, source, entry_id)


def _owing(line: ChargeLine, charge_id: int, item_id: int, amount: Money) -> Owing:
    return Owing(charge_id, (line.unit_id, line.debtor_id, line.fund), item_id, line.due_on, line.rank, amount)


def _lines(incoming: Incoming) -> list[Line]:
    received: dict[str, Money] = defaultdict(lambda: ZERO)
    for kept in incoming.takings.kept:
        received[account_of(kept)] += kept.amount
    cleared: dict[str, Money] = defaultdict(lambda: ZERO)
    for charge_id, amount in incoming.cleared.items():
        cleared[incoming.charges[charge_id].receivable] += amount
    for amount in incoming.late.values():
        cleared[INCOME_LATE] += amount
    for holding in incoming.holdings:
        cleared[PREPAYMENTS] += holding.amount
    return [debit(account, amount) for account, amount in sorted(received.items())] + [
        credit(account, amount) for account, amount in sorted(cleared.items())
    ]


def _issue(by: By, payment_id: int, incoming: Incoming, made: Sequence[Made], remark: str, today: date) -> int:
    body = db.session.connection().execute(_BODY, {"community": by.community_id, "cashier": by.actor_id}).one()
    series = incoming.fund.value
    number = take_number(by.community_id, series_name(series, today.year))
    label = receipt_label(body.code, series, today.year, number)
    held = [line for holding in incoming.holdings for line in holding.lines]
    lines = [*charge_lines(incoming.plan.settled, incoming.charges, made), *held]
    said = [remark, f"抹零 {incoming.let_off} 元" if incoming.let_off else ""]
    remark = "；".join(part for part in said if part)
    paper = compose(body, label, today, incoming.payer, remark, incoming.takings, lines)
    receipt_id = new_id()
    db.session.connection().execute(
        _INSERT_RECEIPT,
        {
            "community_id": by.community_id,
            "id": receipt_id,
            "payment_id": payment_id,
            "series": series,
            "year": today.year,
            "number": number,
            "label": label,
            "amount": incoming.takings.settle,
            "issued_on": today,
            "issued_at": by.at,
            "issued_by": by.actor_id,
            "snapshot": paper.to_json(),
        },
    )
    return receipt_id


_INSERT_TENDER = sa.insert(Tender.__table__)
_INSERT_SETTLEMENT = sa.insert(Settlement.__table__)
_INSERT_RECEIPT = sa.insert(Receipt.__table__)
_EARLIER = (
    sa.select(Payment.submission_hash, Receipt.id)
    .join(
        Receipt,
        sa.and_(
            Receipt.community_id == Payment.community_id,
            Receipt.payment_id == Payment.id,
            Receipt.reverses_id.is_(None),
        ),
    )
    .where(Payment.community_id == sa.bindparam("community"), Payment.submission_key == sa.bindparam("key"))
)
_BODY = (
    sa.select(Community.code, Community.name, Community.operator, User.name.label("cashier"))
    .select_from(Community)
    .join(User, User.id == sa.bindparam("cashier"))
    .where(Community.id == sa.bindparam("community"))
)
