"""Publishing offers, and writing down what was paid ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, total
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import PREPAYMENTS, WAIVERS, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.prepay.models import Offer, Prepayment, PriceChoice
from feeapp.prepay.queries import get_offer
from feeapp.prepay.quoting import Quoted
from feeapp.prepay.rules import CHOICE, Terms
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, hits
from feeapp.tariffs.queries import get_priced_item
from feeapp.tariffs.rules import Authority
from feeapp.wallets.actions import Holder, draw, put
from feeapp.wallets.models import Wallet, WalletMove
from feeapp.wallets.rules import MoveKind

PREPAYMENT = "prepayment"
"""The source of the entries and moves of what an offer gives."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as it is to be published."""

    terms: Terms
    from_on: date
    to_on: date | None
    authority: Authority
    authority_text: str


def publish_offer(by: By, item_id: int, wanted: Offered) -> int:
    """Publish an offer and return its id. Raises NotFound for another community's item, Refused for days backwards."""
    item = get_priced_item(by.community_id, item_id)
    if wanted.to_on is not None and wanted.to_on < wanted.from_on:
        raise Refused("offer.days", msg("The last day lies before the first."), field="to_on")
    offer_id = new_id()
    db.session.add(
        Offer(
            community_id=by.community_id,
            id=offer_id,
            item_id=item.id,
            kind=wanted.terms.kind,
            months=wanted.terms.months,
            gift_months=wanted.terms.gift_months,
            percent=wanted.terms.percent,
            from_on=wanted.from_on,
            to_on=wanted.to_on,
            authority=wanted.authority,
            authority_text=wanted.authority_text,
            published_at=by.at,
            published_by=by.actor_id,
        )
    )
    db.session.flush()
    log(by, "prepay.offer", "prepay_offer", offer_id, item=item.code, months=wanted.terms.months)
    return offer_id


def end_offer(by: By, offer_id: int) -> None:
    """Let today be the last day of an offer. Raises NotFound, and Refused where it has ended."""
    offer, today = get_offer(by.community_id, offer_id), office_day(by.at)
    last = max(today, offer.from_on)
    ended = hits(
        sa.update(Offer)
        .where(
            Offer.community_id == by.community_id,
            Offer.id == offer.id,
            sa.or_(Offer.to_on.is_(None), Offer.to_on > last),
        )
        .values(to_on=last, ended_by=by.actor_id)
    )
    if ended != 1:
        raise Refused("offer.ended", msg("This offer has already ended."))
    log(by, "prepay.end_offer", "prepay_offer", offer_id)


def holder_of(quoted: Quoted) -> Holder:
    """Whose wallet the money of a quote goes into: the unit's, for that item alone."""
    return Holder(quoted.unit.id, quoted.party_id, quoted.item.fund, quoted.item.id)


def write_prepayment(by: By, payment_id: int, quoted: Quoted) -> int:
    """Write down what a payment paid ahead, and give what the offer gives; return its id.

    The payment has put the money itself into the wallet already. The gift is booked as a discount of the collecting
    body, never as a lower price (BL-18).
    """
    prepayment_id = new_id()
    if quoted.gift > ZERO:
        source = Source(PREPAYMENT, prepayment_id)
        lines = [debit(WAIVERS, quoted.gift), credit(PREPAYMENTS, quoted.gift)]
        entry_id = post(by, Fund(quoted.item.fund), "prepay.gift", office_day(by.at), source, lines)
        wallet_id = put(by, holder_of(quoted), quoted.gift, MoveKind.GIFT, source, entry_id)
    else:
        wallet_id = _wallet_id(by.community_id, holder_of(quoted))
    db.session.execute(
        sa.insert(Prepayment.__table__).values(
            community_id=by.community_id,
            id=prepayment_id,
            payment_id=payment_id,
            wallet_id=wallet_id,
            unit_id=quoted.unit.id,
            party_id=quoted.party_id,
            item_id=quoted.item.id,
            from_period=quoted.from_period,
            through_period=quoted.through_period,
            listed=quoted.listed,
            paid=quoted.paid,
            gift=quoted.gift,
            offer_id=quoted.offer.id if quoted.offer else None,
            months={str(period): amount.fen for period, amount in quoted.months.items()},
            at=by.at,
            by_id=by.actor_id,
        )
    )
    log(
        by, "prepay.take", PREPAYMENT, prepayment_id,
        months=len(quoted.months), through=str(quoted.through_period), fen=quoted.paid.fen, gift=quoted.gift.fen,
    )  # fmt: skip
    return prepayment_id


def undo_prepayments(by: By, payment_id: int, source: Source) -> None:
    """Let what a payment paid ahead count no longer, and take back what was given with it.

    The caller takes the money itself out of the wallet. Raises Refused where the wallet no longer holds the gift.
    """
    found = db.session.scalars(
        sa.select(Prepayment).where(
            Prepayment.community_id == by.community_id,
            Prepayment.payment_id == payment_id,
            Prepayment.undone_at.is_(None),
        )
    ).all()
    for each in found:
        hits(
            sa.update(Prepayment)
            .where(Prepayment.community_id == by.community_id, Prepayment.id == each.id)
            .values(undone_at=by.at)
            .execution_options(synchronize_session=False)
        )
        chosen = sa.select(PriceChoice.id).where(
            PriceChoice.community_id == by.community_id, PriceChoice.prepayment_id == each.id
        )
        given = total(
            db.session.scalars(
                sa.select(WalletMove.amount).where(
                    WalletMove.community_id == by.community_id,
                    WalletMove.kind == MoveKind.GIFT,
                    sa.or_(
                        sa.and_(WalletMove.source_kind == PREPAYMENT, WalletMove.source_id == each.id),
                        sa.and_(WalletMove.source_kind == CHOICE, WalletMove.source_id.in_(chosen)),
                    ),
                )
            )
        )
        if given > ZERO:
            fund = Fund(db.session.get_one(Wallet, (by.community_id, each.wallet_id)).fund)
            lines = [debit(PREPAYMENTS, given), credit(WAIVERS, given)]
            entry_id = post(by, fund, "prepay.gift_back", office_day(by.at), source, lines)
            draw(by, each.wallet_id, given, MoveKind.GIFT, source, entry_id)


def _wallet_id(community_id: int, holder: Holder) -> int:
    """The wallet that the payment has just put the money into."""
    return db.session.execute(
        sa.select(Wallet.id).filter_by(
            community_id=community_id,
            unit_id=holder.unit_id,
            party_id=holder.party_id,
            fund=holder.fund,
            item_id=holder.item_id,
        )
    ).scalar_one()
