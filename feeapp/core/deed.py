"""Who acts, for which community, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class By:
    """The first argument of every action: the community (0 for the installation), the person, the instant."""

    community_id: int
    actor_id: int | None
    at: datetime
