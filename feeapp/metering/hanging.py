"""A ledger whose new units carry meters by now can no longer be undone (registry/followers.py)."""

from __future__ import annotations

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.refusal import Refused, msg
from feeapp.metering.models import Meter
from feeapp.registry.followers import AppliedRow
from feeapp.registry.models import ImportRow
from feeapp.storage.db import db


class MetersHang:
    """Metering follows imports: it only asks that no unit with a meter be taken away."""

    def applied(self, by: By, batch_id: int, rows: list[AppliedRow]) -> None:
        """A ledger brings no meters."""

    def blocks_undo(self, community_id: int, batch_id: int) -> Refused | None:
        """An import whose new units carry meters stays."""
        rows = db.session.execute(
            sa.select(ImportRow.unit_id, ImportRow.undo)
            .where(ImportRow.community_id == community_id, ImportRow.batch_id == batch_id)
            .where(sa.exists().where(Meter.community_id == ImportRow.community_id, Meter.unit_id == ImportRow.unit_id))
        )
        added = {unit_id for unit_id, undo in rows if undo is not None and undo["unit"] is None}
        if not added:
            return None
        return Refused(
            "meter.hangs",
            msg("Units that this ledger added carry meters by now (%(count)s), so it can no longer be undone."),
            {"count": len(added)},
        )

    def undone(self, by: By, batch_id: int) -> None:
        """Nothing was done for it."""
