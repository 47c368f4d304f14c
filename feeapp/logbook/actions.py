"""Writing the logbook: in the same transaction as the deed it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.logbook.models import LogEntry
from feeapp.storage.columns import new_id, new_ids
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


def log_each(by: By, kind: str, subject_kind: str, subject_ids: Sequence[int], **facts: Sequence[Any]) -> None:
    """Note a deed done to many things at once, an entry each; every fact is given for each of them, in order."""
    told = [dict(zip(facts, values, strict=True)) for values in zip(*facts.values(), strict=True)]
    rows = [
        {
            "community_id": by.community_id,
            "id": entry_id,
            "at": by.at,
            "actor_id": by.actor_id,
            "kind": kind,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "facts": about,
        }
        for entry_id, subject_id, about in zip(new_ids(len(subject_ids)), subject_ids, told, strict=True)
    ]
    if rows:
        db.session.connection().execute(_INSERT, rows)


_INSERT = sa.insert(LogEntry.__table__)
