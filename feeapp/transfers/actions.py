"""Changing the owner of a unit: looked at first, then confirmed as it was seen, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.amending import Lowering, Raising, lower, raise_charges
from feeapp.billing.offsets import apply_wallets
from feeapp.billing.rules import AddedKind, ReductionKind
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, REFUNDS_PAYABLE, WAIVERS, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.metering.judging import Entry
from feeapp.metering.readings import enter
from feeapp.registry.queries import get_community
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db
from feeapp.transfers.looking import Left, look
from feeapp.transfers.models import Transfer, TransferDebt, TransferParty, TransferUnit, TransferWallet
from feeapp.transfers.queries import find_by_key
from feeapp.transfers.rules import TRANSFER, Choices, Side, WalletWay, check_choices, label
from feeapp.transfers.seen import Seen, to_facts
from feeapp.transfers.staging import Ask, Staged, stage
from feeapp.wallets.actions import Holder, draw, put
from feeapp.wallets.models import Wallet
from feeapp.wallets.rules import MoveKind


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one sum of prepaid money."""

    wallet: Wallet
    way: WalletWay
    gift: Money
    rest: Money
    to_wallet_id: int | None


def rehearse(by: By, ask: Ask) -> Seen:
    """Do everything a change of owner does by itself and tell what stands then; the caller undoes it all."""
    staged = stage(by, ask, Source(TRANSFER, new_id()))
    return look(by.community_id, ask.on, staged, ask.leave)[0]


def transfer(by: By, ask: Ask, choices: Choices) -> int:
    """Change the owner as it was seen, carry out what was chosen, and return the id of the record of it.

    The same submission sent twice leads to the same record. Raises Refused where anything has changed since it was
    seen, and as ``stage`` and ``check_choices`` do.
    """
    earlier = find_by_key(by.community_id, choices.key)
    if earlier is not None:
        return earlier.id
    transfer_id = new_id()
    source = Source(TRANSFER, transfer_id)
    try:
        staged = stage(by, ask, source)
    except Refused:
        # A twin may have been confirmed while this one waited.
        earlier = find_by_key(by.community_id, choices.key)
        if earlier is not None:
            return earlier.id
        raise
    seen, left = look(by.community_id, ask.on, staged, ask.leave)
    check_choices(seen, choices)
    taken = _take_over(by, ask, choices, staged, left, source)
    outcomes = [_part_with(by, seen, choices, staged, key, wallet, source) for key, wallet in left.held.items()]
    apply_wallets(by, [each.unit.id for each in staged.moved], None)
    readings = _read(by, ask, choices)
    record = _write(by, ask, choices, staged, seen, transfer_id, readings)
    _write_parts(by.community_id, transfer_id, ask, staged)
    _write_outcomes(by.community_id, transfer_id, left, taken, outcomes)
    log(by, "transfers.make", TRANSFER, transfer_id, code=staged.moved[0].unit.code, label=record.label)
    return transfer_id


def _take_over(by: By, ask: Ask, choices: Choices, staged: Staged, left: Left, source: Source) -> dict[str, int]:
    """Let the first-named new owner owe the chosen debts instead; the answer is the new charge of each.

    The month stays as it was, the day on which it falls due is new (CC 551, 552).
    """
    chosen = [(key, left.debts[key]) for key in left.debts if key in choices.take]
    if not chosen:
        return {}
    debtor = {each.unit.id: each.after_ids[0] for each in staged.moved}
    lower(
        by,
        [Lowering(line.id, line.open, ReductionKind.TAKEN_OVER, choices.agreement) for _, line in chosen],
        "transfers.take_over",
        source,
    )
    raised = raise_charges(
        by,
        [
            Raising(
                AddedKind.TAKEN_OVER, line.unit_id, line.item_id, line.period, debtor[line.unit_id], ask.due_on,
                line.open, choices.agreement, of_charge_id=line.id,
            )
            for _, line in chosen
        ],
        "transfers.take_over",
        source,
    )  # fmt: skip
    return {key: new for (key, _), new in zip(chosen, raised, strict=True)}


def _part_with(
    by: By, seen: Seen, choices: Choices, staged: Staged, key: str, wallet: Wallet, source: Source
) -> _Outcome:
    """Take the gift in a wallet back, and pay the rest back or hand it on, as it was chosen."""
    held = next(each for each in seen.held if each.key == key)
    way = choices.way_of.get(key, WalletWay.HAND_ON)
    fund, today = Fund(wallet.fund), office_day(by.at)
    if held.gift:
        lines = [debit(PREPAYMENTS, held.gift), credit(WAIVERS, held.gift)]
        entry_id = post(by, fund, "transfers.gift", today, source, lines)
        draw(by, wallet.id, held.gift, MoveKind.GIFT, source, entry_id)
    to_wallet_id = None
    if held.rest and way is WalletWay.HAND_ON:
        lines = [debit(PREPAYMENTS, held.rest), credit(PREPAYMENTS, held.rest)]
        entry_id = post(by, fund, "transfers.hand_on", today, source, lines)
        draw(by, wallet.id, held.rest, MoveKind.HANDED_ON, source, entry_id)
        debtor = {each.unit.id: each.after_ids[0] for each in staged.moved}[wallet.unit_id]
        holder = Holder(wallet.unit_id, debtor, wallet.fund, wallet.item_id)
        to_wallet_id = put(by, holder, held.rest, MoveKind.HANDED_ON, source, entry_id)
    elif held.rest:
        lines = [debit(PREPAYMENTS, held.rest), credit(REFUNDS_PAYABLE, held.rest)]
        entry_id = post(by, fund, "transfers.refund", today, source, lines)
        draw(by, wallet.id, held.rest, MoveKind.REFUNDED, source, entry_id)
    return _Outcome(wallet, way, held.gift, held.rest, to_wallet_id)


def _read(by: By, ask: Ask, choices: Choices) -> list[dict[str, int]]:
    """Enter the readings of the day. Raises Refused at the field of the meter."""
    for meter_id, figure in choices.readings:
        try:
            enter(by, meter_id, Entry(figure, ask.on))
        except Refused as refusal:
            field = f"reading_{meter_id}"
            if refusal.field != "confirmed":
                raise Refused(refusal.code, refusal.sentence, refusal.facts, field=field) from None
            raise Refused(
                "transfers.reading",
                msg(
                    "This figure is below the last one or far above what is usual. Leave it out here and enter it on "
                    "the page of the meter, where the question can be answered."
                ),
                field=field,
            ) from None
    return [{"meter_id": meter_id, "figure": figure} for meter_id, figure in choices.readings]


def _write(
    by: By,
    ask: Ask,
    choices: Choices,
    staged: Staged,
    seen: Seen,
    transfer_id: int,
    readings: Sequence[dict[str, int]],
) -> Transfer:
    year = office_day(by.at).year
    number = take_number(by.community_id, f"transfer/{year}")
    record = Transfer(
        community_id=by.community_id,
        id=transfer_id,
        unit_id=ask.unit_id,
        year=year,
        number=number,
        label=label(get_community(by.community_id).code, year, number),
        on=ask.on,
        due_on=ask.due_on,
        paper=ask.paper,
        agreement=choices.agreement if choices.take else "",
        signed_by=choices.signed_by if choices.take else "",
        refund_to=choices.refund_to,
        submission_key=choices.key,
        seen_hash=choices.seen,
        snapshot={"seen": to_facts(seen), "readings": list(readings)},
        at=by.at,
        by_id=by.actor_id,
    )
    db.session.add(record)
    db.session.flush()
    return record


def _write_parts(community_id: int, transfer_id: int, ask: Ask, staged: Staged) -> None:
    of = {"community_id": community_id, "transfer_id": transfer_id}
    for each in staged.moved:
        db.session.add(TransferUnit(**of, unit_id=each.unit.id))
    for place, party_id in enumerate(ask.leave, start=1):
        db.session.add(TransferParty(**of, side=Side.SELLER, position=place, party_id=party_id, share=""))
    for place, (party_id, share) in enumerate(staged.buyers, start=1):
        db.session.add(TransferParty(**of, side=Side.BUYER, position=place, party_id=party_id, share=share))
    db.session.flush()


def _write_outcomes(
    community_id: int, transfer_id: int, left: Left, taken: dict[str, int], outcomes: Sequence[_Outcome]
) -> None:
    of: dict[str, Any] = {"community_id": community_id, "transfer_id": transfer_id}
    rows = [
        of | {"charge_id": line.id, "amount": line.open, "new_charge_id": taken.get(key)}
        for key, line in left.debts.items()
        if line.open > ZERO
    ]
    if rows:
        db.session.execute(sa.insert(TransferDebt.__table__), rows)
    wallets = [
        of
        | {
            "wallet_id": each.wallet.id,
            "way": each.way,
            "gift": each.gift,
            "rest": each.rest,
            "to_wallet_id": each.to_wallet_id,
        }
        for each in outcomes
    ]
    if wallets:
        db.session.execute(sa.insert(TransferWallet.__table__), wallets)
