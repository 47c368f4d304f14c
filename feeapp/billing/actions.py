"""What changes on a charge after it was billed: only what clears it."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from feeapp.billing.models import Charge
from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.storage.columns import Fen
from feeapp.storage.db import hits


def settle(community_id: int, cleared: Mapping[int, Money]) -> None:
    """Note what a payment clears of each charge.

    The UPDATE itself asks whether so much is still open, so two payments at the same instant cannot both clear it.
    Raises Refused where it is not.
    """
    for charge_id, amount in sorted(cleared.items()):
        paid = Charge.settled + sa.literal(amount, Fen())
        moved = hits(
            sa.update(Charge)
            .where(Charge.community_id == community_id, Charge.id == charge_id, paid + Charge.reduced <= Charge.amount)
            .values(settled=paid)
            .execution_options(synchronize_session=False)
        )
        if moved != 1:
            raise Refused(
                "settle.gone",
                msg("Something that was ticked is no longer open: it may have just been paid. Reload the page."),
                field="items",
            )
