"""Writing the logbook: in the same transaction as the deed it tells of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.logbook.models import LogEntry
from feeapp.storage.columns import new_id
from feeapp.storage.db import db


def log(by: By, kind: str, subject_kind: str, subject_id: int, **facts: Any) -> None:
    """Note a deed, named ``room.deed``. Facts hold ids, numbers and codes, never names, phones or passwords."""
    db.session.connection().execute(
        _INSERT,
        {
            "community_id": by.community_id,
            "id": new_id(),
            "at": by.at,
            "actor_id": by.actor_id,
            "kind": kind,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "facts": facts,
        },
    )


_INSERT = sa.insert(LogEntry.__table__)
