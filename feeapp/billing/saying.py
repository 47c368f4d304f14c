"""What a charge is made of, as kept with it, and the one sentence that says so to the person who pays it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from feeapp.billing.charging import PlanLine
from feeapp.billing.late import LateFacts, Say, explain_late
from feeapp.billing.rules import ADDED_WORDS, KEY_SCALE, WAY_WORDS, AddedKind, Way
from feeapp.core.area import Area
from feeapp.core.money import Money, Rounding, RoundTo
from feeapp.core.refusal import msg
from feeapp.tariffs.rules import Basis, Price, Proration, tiered_fen


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """All that one charge was made from, as kept with it: the line, the price, the quantity and what it came to."""

    line: PlanLine
    price: Price
    quantity: int
    amount: Money
    coefficient: Decimal | None = None
    carried: Fraction | None = None
    """The exact fen of the parts before, where they had another quantity; None where the line's weights say it."""
    share: Shared | None = None
    meters: tuple[Metered, ...] = ()

    @property
    def own(self) -> Fraction:
        """The exact fen of this part."""
        return Fraction(self.quantity * (self.line.weight_upto - self.line.weight_before), self.line.denominator)

    @property
    def before(self) -> Fraction:
        """The exact fen of the parts rounded together with this one and before it."""
        if self.carried is not None:
            return self.carried
        return Fraction(self.quantity * self.line.weight_before, self.line.denominator)


@dataclass(frozen=True, slots=True)
class Metered:
    """What one meter stood at before and after, in 0.01 of its unit."""

    serial: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A part of a pool: its weight among all weights, and the sum they share."""

    way: Way
    whole: Money
    weight: int
    weights: int
    part: Money


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """An opening balance: what the household ledger says was billed and received for a period."""

    billed: Money
    received: Money


@dataclass(frozen=True, slots=True)
class Added:
    """A charge made by itself after its month was billed: why, what was charged before, and what is right.

    ``was`` and ``should`` are None where nothing was reckoned.
    """

    kind: AddedKind
    reason: str
    was: Money | None
    should: Money | None


Facts = ChargeFacts | CarriedOver | LateFacts | Added
"""What a charge may be made of."""


def english(sentence: str, **facts: str) -> str:
    """The sentence as it is written here, with its facts filled in."""
    return sentence % facts if facts else sentence


def explain(facts: Facts, say: Say) -> str:
    """One sentence that works the charge out for the person who pays it, in the language of ``say``."""
    if isinstance(facts, LateFacts):
        return explain_late(facts, say)
    if isinstance(facts, Added):
        return _added(facts, say)
    if isinstance(facts, CarriedOver):
        return say(
            msg("Carried over from the ledger: %(billed)s yuan billed less %(received)s yuan received"),
            billed=str(facts.billed),
            received=str(facts.received),
        )
    own, price = facts.own, facts.price
    part = own / whole if (whole := _whole(facts)) else Fraction(1)
    reckoned = _reckoned(facts, part, say)
    amount_shown = str(facts.amount)
    if own == facts.amount.fen:
        if part == 1 and facts.coefficient is None and price.basis in (Basis.UNIT, Basis.FIXED, Basis.POOL):
            return reckoned
        return say(msg("%(reckoned)s = %(amount)s yuan"), reckoned=reckoned, amount=amount_shown)
    said = {
        "reckoned": reckoned,
        "exact": _exactly(own, price),
        "rounding": say(_ROUNDED[price.rounding, price.round_to]),
        "amount": amount_shown,
    }
    if price.round(own) == facts.amount:
        return say(msg("%(reckoned)s %(exact)s yuan, rounded %(rounding)s: %(amount)s yuan"), **said)
    upto = facts.before + own
    return say(
        msg(
            "%(reckoned)s %(exact)s yuan; with what came before it %(together)s yuan, rounded %(rounding)s, "
            "less %(before)s yuan already charged: %(amount)s yuan"
        ),
        **said,
        together=_exactly(upto, price),
        before=str(price.round(upto) - facts.amount),
    )


def _added(facts: Added, say: Say) -> str:
    said = say(ADDED_WORDS[facts.kind])
    if facts.was is not None and facts.should is not None:
        said = say(
            msg("%(said)s, %(should)s yuan instead of %(was)s yuan"),
            said=said, should=str(facts.should), was=str(facts.was),
        )  # fmt: skip
    return say(msg("%(said)s: %(reason)s"), said=said, reason=facts.reason) if facts.reason else said


def _whole(facts: ChargeFacts) -> Fraction:
    """The exact fen of a full month, or of all that was used or shared."""
    if facts.share is not None:
        return Fraction(facts.share.part.fen)
    if facts.price.basis is Basis.METER:
        return tiered_fen(facts.price, facts.quantity)
    whole = facts.price.exact_fen(facts.quantity, Fraction(1))
    return whole if facts.coefficient is None else whole * Fraction(facts.coefficient)


def _reckoned(facts: ChargeFacts, part: Fraction, say: Say) -> str:
    price = _priced(facts, say)
    if facts.coefficient is not None:
        shown = _decimals(Fraction(facts.coefficient), 1)
        price = say(msg("%(price)s × %(coefficient)s for the floor"), price=price, coefficient=shown)
    if part == 1:
        return price
    line = facts.line
    if part == Fraction(line.days, line.month_days):
        return say(
            msg("%(price)s × %(days)s of %(month_days)s days"),
            price=price,
            days=str(line.days),
            month_days=str(line.month_days),
        )
    shown = f"{part.numerator}/{part.denominator}"
    if facts.price.proration in (Proration.DAYS_30, Proration.THIRTY_360) and 30 % part.denominator == 0:
        shown = f"{int(part * 30)}/30"
    return say(msg("%(price)s × %(part)s of a month"), price=price, part=shown)


def _priced(facts: ChargeFacts, say: Say) -> str:
    rate = _decimals(Fraction(facts.price.rate), 2)
    basis = facts.price.basis
    if facts.share is not None:
        return _shared(facts.share, say)
    if basis is Basis.METER:
        return _metered(facts, say)
    if basis is Basis.AREA:
        return say(msg("%(area)s m² × %(rate)s yuan/m²/month"), area=str(Area(facts.quantity)), rate=rate)
    if basis is Basis.INNER_AREA:
        return say(msg("%(area)s m² inner area × %(rate)s yuan/m²/month"), area=str(Area(facts.quantity)), rate=rate)
    if basis is Basis.UNIT:
        return say(msg("%(rate)s yuan a month"), rate=rate)
    return say(msg("a fixed sum of %(rate)s yuan for the month"), rate=rate)


def _metered(facts: ChargeFacts, say: Say) -> str:
    """``used 12.00 × 3.50 yuan``, or step by step where the price has tiers."""
    used, price = facts.quantity, facts.price
    if not price.tiers:
        rate = _decimals(Fraction(price.rate), 2)
        said = say(msg("%(used)s used × %(rate)s yuan"), used=_hundredths(used), rate=rate)
    else:
        steps, below = [], 0
        for tier in price.tiers:
            inside = (used if tier.upto is None else min(used, tier.upto)) - below
            if inside > 0:
                steps.append(f"{_hundredths(inside)} × {_decimals(Fraction(tier.rate), 2)}")
            below = tier.upto if tier.upto is not None else used
        said = say(msg("%(used)s used, by tiers %(steps)s yuan"), used=_hundredths(used), steps=" + ".join(steps))
    if facts.meters:
        read = "; ".join(f"{one.serial}: {_hundredths(one.before)} → {_hundredths(one.after)}" for one in facts.meters)
        said = say(msg("%(used)s (meter %(read)s)"), used=said, read=read)
    return said


def _shared(part: Shared, say: Say) -> str:
    weight, weights = (_weight(part.way, each) for each in (part.weight, part.weights))
    return say(
        msg("%(whole)s yuan shared %(way)s: %(weight)s of %(weights)s is %(part)s yuan"),
        whole=str(part.whole), way=say(WAY_WORDS[part.way]), weight=weight, weights=weights, part=str(part.part),
    )  # fmt: skip


def _weight(way: Way, weight: int) -> str:
    if way in (Way.AREA, Way.INNER_AREA):
        return f"{_hundredths(weight)} m²"
    return _decimals(Fraction(weight, KEY_SCALE), 0) if way is Way.KEY else str(weight)


def _hundredths(number: int) -> str:
    return f"{Decimal(number).scaleb(-2):,f}"


def _exactly(fen: Fraction, price: Price) -> str:
    """``= 56.2445`` where the decimals end, else ``≈ 38.7893``: enough of them to see which way it is rounded."""
    yuan = fen / 100
    if _ends(yuan):
        return f"= {_decimals(yuan, 2)}"
    places = 4
    while price.round(Fraction(round(yuan, places)) * 100) != price.round(fen):
        places += 1
    return f"≈ {_decimals(Fraction(round(yuan, places)), places)}"


def _ends(number: Fraction) -> bool:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _decimals(number: Fraction, least: int) -> str:
    """A number whose decimals end, exactly, with at least so many of them."""
    places = least
    while number * 10**places % 1:
        places += 1
    return f"{Decimal(int(number * 10**places)).scaleb(-places):,f}"


_ROUNDED = {
    (Rounding.HALF_UP, RoundTo.FEN): msg("half up to the fen"),
    (Rounding.DOWN, RoundTo.FEN): msg("down to the fen"),
    (Rounding.UP, RoundTo.FEN): msg("up to the fen"),
    (Rounding.HALF_EVEN, RoundTo.FEN): msg("half to even to the fen"),
    (Rounding.HALF_UP, RoundTo.JIAO): msg("half up to the jiao"),
    (Rounding.DOWN, RoundTo.JIAO): msg("down to the jiao"),
    (Rounding.HALF_UP, RoundTo.YUAN): msg("half up to the yuan"),
    (Rounding.DOWN, RoundTo.YUAN): msg("down to the yuan"),
}
