"""What a change of owner shows before it is done, what may be chosen, and what the choices must be like.

docs/rules/transfers.md; domain rules BL-16, FEE-15; Civil Code arts. 549-552; Shanghai art. 49; Shandong art. 63.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.core.width import narrow
from feeapp.registry.profile import OwnerChange
from feeapp.transfers.seen import Seen

TRANSFER = "transfer"
"""The source of everything that a change of owner books."""

PAY_WITHIN_DAYS = 15
"""How many days the buyer has for what falls to them, unless the clerk says otherwise."""


class Side(enum.Enum):
    """Which side of a change of owner somebody is on."""

    SELLER = "SELLER"
    BUYER = "BUYER"


class WalletWay(enum.Enum):
    """What becomes of prepaid money of somebody who owns the unit no more."""

    REFUND_CASH = "REFUND_CASH"
    REFUND_TRANSFER = "REFUND_TRANSFER"
    HAND_ON = "HAND_ON"


WAY_WORDS: dict[WalletWay, str] = {
    WalletWay.REFUND_CASH: msg("Pay it back in cash"),
    WalletWay.REFUND_TRANSFER: msg("Pay it back by bank transfer"),
    WalletWay.HAND_ON: msg("Hand it on to the new owner"),
}

OWNER_CHANGE_WORDS: dict[OwnerChange, str] = {
    OwnerChange.BY_DAYS: msg(
        "The month of the change is parted by days: up to the day before it is the former owner’s."
    ),
    OwnerChange.WHOLE_MONTH: msg("The month of the change stays whole with whoever owned the unit first in it."),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen for what was seen. ``readings`` are figures in 0.01, by meter."""

    seen: str
    key: str
    take: tuple[str, ...] = ()
    agreement: str = ""
    signed_by: str = ""
    ways: tuple[tuple[str, WalletWay], ...] = ()
    refund_to: str = ""
    readings: tuple[tuple[int, int], ...] = ()

    @property
    def way_of(self) -> dict[str, WalletWay]:
        return dict(self.ways)


def check_choices(seen: Seen, choices: Choices) -> None:
    """Raises Refused where something is chosen that is not there, left open, or taken over without a paper."""
    if choices.seen != seen.hash:
        raise Refused(
            "transfers.changed",
            msg("Something has changed since you looked. Nothing was done: look at it again, then confirm."),
        )
    if not set(choices.take) <= {debt.key for debt in seen.debts}:
        raise Refused(
            "transfers.gone", msg("A debt that was ticked is no longer open. Look at it again."), field="take"
        )
    if any(debt.disputed for debt in seen.debts if debt.key in choices.take):
        raise Refused(
            "transfers.disputed",
            msg("A debt that was ticked is disputed. Answer the dispute first, or leave it with the former owner."),
            field="take",
        )
    if choices.take and not choices.agreement:
        raise Refused(
            "transfers.agreement",
            msg("Debts are taken over by agreement only: say which paper says so and what it says."),
            field="agreement",
        )
    if choices.take and not choices.signed_by:
        raise Refused("transfers.signed", msg("Name the new owner who signed it."), field="signed_by")
    ways = choices.way_of
    if ways.keys() - {held.key for held in seen.held}:
        raise Refused("transfers.wallet", msg("The prepaid money has changed. Look at it again."), field="ways")
    if any(held.rest and held.key not in ways for held in seen.held):
        raise Refused(
            "transfers.way",
            msg("Say for each sum of prepaid money whether it is paid back or handed on."),
            field="ways",
        )
    if WalletWay.REFUND_TRANSFER in ways.values() and not choices.refund_to:
        raise Refused(
            "transfers.account", msg("Write the account that the money is to be transferred to."), field="refund_to"
        )


_SHARE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})|([0-9]{1,3}(?:\.[0-9]{1,2})?)%")


def read_share(typed: str) -> Fraction:
    """A share in a unit written as ``1/2`` or ``50%``. Raises ValueError for anything that is none."""
    found = _SHARE.fullmatch(narrow(typed).strip())
    if not found:
        raise ValueError(typed)
    share = Fraction(int(found[1]), int(found[2])) if found[1] else Fraction(found[3]) / 100
    if not 0 < share <= 1:
        raise ValueError(typed)
    return share


def check_shares(typed: Sequence[tuple[str, str]], alone: bool) -> None:
    """Shares of the new owners by their form fields, empty where they hold jointly.

    Raises Refused for what is no share, where only some have one, and where together they are more than the unit, or
    (``alone``: nobody else owns it) not the whole of it.
    """
    written = [(field, share) for field, share in typed if share]
    if not written:
        return
    read = []
    for field, share in written:
        try:
            read.append(read_share(share))
        except ValueError:
            raise Refused("transfers.share", msg("A share is written like 1/2 or 50%."), {}, field=field) from None
    if len(written) != len(typed):
        missing = next(field for field, share in typed if not share)
        raise Refused("transfers.share", msg("Give every new owner a share, or none of them."), field=missing)
    if sum(read) > 1 or (alone and sum(read) != 1):
        raise Refused("transfers.shares", msg("The shares do not add up to the whole unit."), field=written[0][0])


def relief_ends_on(on: date, way: OwnerChange) -> date:
    """The day from which the reliefs of the former owners hold no more: where the month stays whole, the next one."""
    if way is OwnerChange.BY_DAYS or on.day == 1:
        return on
    return Period.of(on).plus(1).first_day


FIRST_MONTH = date(1990, 1, 1)
"""No month before is ever billed."""


def check_day(on: date) -> None:
    """Raises Refused for a day of which there are no bills; what the registry says of it comes later."""
    if on < FIRST_MONTH:
        raise Refused("transfers.long_ago", msg("Nothing is billed so long ago. Choose a later day."), field="on")


def check_due(due_on: date, on: date, today: date) -> None:
    """Raises Refused where what falls to the buyer would be due before the change, or before today."""
    if due_on < max(on, today):
        raise Refused(
            "transfers.due", msg("What falls to the new owner cannot be due before today or before the change."),
            field="due_on",
        )  # fmt: skip


def due_by_default(today: date) -> date:
    """When what falls to the buyer is due unless somebody says otherwise."""
    return today + timedelta(days=PAY_WITHIN_DAYS)


def label(community: str, year: int, number: int) -> str:
    """The number of a change of owner as printed, ``XHYGH2026-0001``."""
    return f"{community}GH{year}-{number:04d}"


def days_of(spans: Sequence[tuple[int, int]], buyers: Collection[int]) -> tuple[int, int]:
    """The days of the former owners and of the owners from the day on, from ``(owner, days)``."""
    later = sum(days for owner, days in spans if owner in buyers)
    return sum(days for _, days in spans) - later, later
