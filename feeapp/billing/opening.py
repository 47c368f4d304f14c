"""What a household ledger says was owed before: booked when the ledger is taken over, taken back with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feeapp.billing.actions import note_months
from feeapp.billing.models import Charge, Reduction
from feeapp.billing.rules import ReductionKind
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.ledger.actions import Source, post, reverse
from feeapp.ledger.models import Entry
from feeapp.ledger.rules import OPENING, RECEIVABLE_FEE, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.registry.followers import AppliedRow
from feeapp.registry.models import ImportRow
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.db import db
from feeapp.tariffs.models import ChargeItem

ITEM_CODE = "OPENING"
SOURCE = "import_batch"


@dataclass(frozen=True, slots=True)
class OpeningBalances:
    """Follows the imports of household ledgers (registry/followers.py)."""

    def applied(self, by: By, batch_id: int, rows: list[AppliedRow]) -> None:
        """Book each year's arrears as a charge of that year's last month, and one entry for them all."""
        if not any(year.owed > ZERO for row in rows for year in row.arrears):
            return
        item_id = _item_id(by.community_id)
        stands = _counts(by.community_id, item_id)
        charges: list[dict[str, Any]] = []
        for row in rows:
            for year in row.arrears:
                if year.owed > ZERO and row.party_id is not None:
                    period = Period(year.year, 12) if year.year else Period.of(office_day(by.at)).plus(-1)
                    place = (row.unit_id, period.key)
                    stands[place] = stands.get(place, 0) + 1
                    charges.append(
                        {
                            "community_id": by.community_id,
                            "unit_id": row.unit_id,
                            "period": period,
                            "item_id": item_id,
                            "seq": stands[place],
                            "part_id": None,
                            "debtor_id": row.party_id,
                            "due_on": period.last_day,
                            "quantity": 1,
                            "amount": year.owed,
                            "settled": ZERO,
                            "reduced": ZERO,
                            "booked_on": office_day(by.at),
                            "note": {"batch": batch_id, "billed": year.billed.fen, "received": year.received.fen},
                        }
                    )
        if charges:
            self._book(by, batch_id, charges)

    def _book(self, by: By, batch_id: int, charges: Sequence[dict[str, Any]]) -> None:
        ids = new_ids(len(charges))
        db.session.execute(
            sa.insert(Charge.__table__), [{**charge, "id": key} for key, charge in zip(ids, charges, strict=True)]
        )
        note_months(by.community_id, {(charge["period"], charge["item_id"]) for charge in charges})
        owed = total(charge["amount"] for charge in charges)
        lines = [debit(RECEIVABLE_FEE, owed), credit(OPENING, owed)]
        post(by, Fund.OPERATIONS, "billing.opening", office_day(by.at), Source(SOURCE, batch_id), lines)
        log(by, "billing.opening", SOURCE, batch_id, charges=len(charges), total=owed.fen)

    def blocks_undo(self, community_id: int, batch_id: int) -> Refused | None:
        """An import whose arrears have been paid, even in part, stays; so does one whose arrears were corrected, or
        whose new units were billed."""
        charges = _charges_of(community_id, batch_id)
        paid = sum(1 for charge in charges if charge.settled > ZERO)
        if paid:
            return Refused(
                "billing.opening_paid",
                msg("Arrears of this ledger have been paid since (%(count)s items), so it can no longer be undone."),
                {"count": paid},
            )
        corrected = sum(1 for charge in charges if charge.reduced > ZERO) + _added_beside(community_id, charges)
        if corrected:
            return Refused(
                "billing.opening_corrected",
                msg("Arrears of this ledger were corrected since (%(count)s items), so it can no longer be undone."),
                {"count": corrected},
            )
        billed = len(_made_by(community_id, batch_id) & _billed_units(community_id))
        if billed:
            return Refused(
                "billing.import_billed",
                msg("Units that this ledger added have been billed since (%(count)s), so it can no longer be undone."),
                {"count": billed},
            )
        return None

    def undone(self, by: By, batch_id: int) -> None:
        """Clear the arrears by reductions, and reverse the entry that booked them."""
        entry_id = db.session.scalar(
            sa.select(Entry.id).where(
                Entry.community_id == by.community_id,
                Entry.source_kind == SOURCE,
                Entry.source_id == batch_id,
                Entry.reverses_id.is_(None),
            )
        )
        charges = [charge for charge in _charges_of(by.community_id, batch_id) if charge.reduced == ZERO]
        if entry_id is None or not charges:
            return
        reversal = reverse(by, entry_id, "billing.opening_undone", office_day(by.at), Source(SOURCE, batch_id))
        self._reduce(by, charges, reversal)
        log(by, "billing.opening_undone", SOURCE, batch_id, charges=len(charges))

    def _reduce(self, by: By, charges: Sequence[Charge], entry_id: int) -> None:
        db.session.execute(
            sa.insert(Reduction.__table__),
            [
                {
                    "community_id": by.community_id,
                    "id": new_id(),
                    "charge_id": charge.id,
                    "entry_id": entry_id,
                    "kind": ReductionKind.IMPORT_UNDONE,
                    "amount": charge.amount,
                    "reason": "",
                    "at": by.at,
                    "by_id": by.actor_id,
                }
                for charge in charges
            ],
        )
        for charge in charges:
            charge.reduced = charge.amount
        db.session.flush()


def _item_id(community_id: int) -> int:
    """The item that opening balances are charged under, made on first use."""
    found = db.session.scalar(sa.select(ChargeItem.id).filter_by(community_id=community_id, code=ITEM_CODE))
    if found is not None:
        return found
    item = ChargeItem(
        community_id=community_id,
        code=ITEM_CODE,
        name="以前年度欠费",
        name_en="Arrears of earlier years",
        fund=Fund.OPERATIONS.value,
        receivable=RECEIVABLE_FEE,
        income=OPENING,
        due_day=31,
        position=0,
    )
    db.session.add(item)
    db.session.flush()
    return item.id


def _counts(community_id: int, item_id: int) -> dict[tuple[int, int], int]:
    """How many opening charges a unit has for a month already: an import that was undone left its own."""
    found = db.session.execute(
        sa.select(Charge.unit_id, Charge.period, sa.func.max(Charge.seq))
        .where(Charge.community_id == community_id, Charge.item_id == item_id)
        .group_by(Charge.unit_id, Charge.period)
    )
    return {(unit_id, period.key): seq for unit_id, period, seq in found}


def _made_by(community_id: int, batch_id: int) -> set[int]:
    """The units that an import added."""
    rows = db.session.execute(
        sa.select(ImportRow.unit_id, ImportRow.undo).where(
            ImportRow.community_id == community_id, ImportRow.batch_id == batch_id, ImportRow.undo.is_not(None)
        )
    )
    return {unit_id for unit_id, undo in rows if undo["unit"] is None}


def _billed_units(community_id: int) -> set[int]:
    """The units that a bill run has charged."""
    query = sa.select(Charge.unit_id).where(Charge.community_id == community_id, Charge.part_id.is_not(None)).distinct()
    return set(db.session.scalars(query))


def _charges_of(community_id: int, batch_id: int) -> list[Charge]:
    """The opening charges that a ledger brought along."""
    return [charge for charge in _opening(community_id) if (charge.note or {}).get("batch") == batch_id]


def _added_beside(community_id: int, charges: Sequence[Charge]) -> int:
    """How many charges were added to these since."""
    ids = {charge.id for charge in charges}
    return sum(1 for charge in _opening(community_id) if (charge.note or {}).get("of") in ids)


def _opening(community_id: int) -> list[Charge]:
    """Every charge of the item of opening balances."""
    found = db.session.scalars(
        sa.select(Charge)
        .join(ChargeItem, sa.and_(ChargeItem.community_id == Charge.community_id, ChargeItem.id == Charge.item_id))
        .where(Charge.community_id == community_id, ChargeItem.code == ITEM_CODE)
    )
    return list(found)
