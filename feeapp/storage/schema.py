"""How the schema of a database stands to the one this version of feeapp is written for."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from feeapp.storage.db import MIGRATIONS


class Schema(enum.Enum):
    """Where a database's schema stands."""

    EMPTY = "EMPTY"
    BEHIND = "BEHIND"
    CURRENT = "CURRENT"
    UNKNOWN = "UNKNOWN"
    """Made by another, most likely a newer, version."""


def schema_of(connection: sa.Connection) -> Schema:
    """Read the migration a database is at and place it among ours."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    ours = ScriptDirectory.from_config(config)
    here = MigrationContext.configure(connection).get_current_heads()
    if not here:
        return Schema.EMPTY
    if set(here) == set(ours.get_heads()):
        return Schema.CURRENT
    try:
        ours.get_revisions(here)
    except CommandError:
        return Schema.UNKNOWN
    return Schema.BEHIND
