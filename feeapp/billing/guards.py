"""The references of charges on PostgreSQL, checked once a statement instead of once a row.

A bill run adds tens of thousands of charges in one statement. PostgreSQL looks every foreign key up row by row, which
alone costs three times the bare insert for each key; one join over all the new rows costs a tenth of that. So on
PostgreSQL these triggers refuse a charge whose unit, debtor, item or part does not exist, and refuse to delete or
renumber a unit, party or item that is charged. SQLite keeps ordinary foreign keys, which are cheap there.

Deleting takes a lock that waits for charges being written, and they for it, so neither can miss the other.
"""

from __future__ import annotations

import sqlalchemy as sa

PARENTS = {"units": "unit_id", "parties": "debtor_id", "charge_items": "item_id"}
"""What a charge refers to and nothing else keeps from being deleted, with the column that does."""

_DANGLING = """
    SELECT 1 FROM added LEFT JOIN units ON units.community_id = added.community_id AND units.id = added.unit_id
     WHERE units.id IS NULL
    UNION ALL
    SELECT 1 FROM added LEFT JOIN parties ON parties.community_id = added.community_id AND parties.id = added.debtor_id
     WHERE parties.id IS NULL
    UNION ALL
    SELECT 1 FROM (SELECT DISTINCT community_id, item_id, part_id FROM added) AS kinds
      LEFT JOIN charge_items ON charge_items.community_id = kinds.community_id AND charge_items.id = kinds.item_id
      LEFT JOIN bill_parts ON bill_parts.community_id = kinds.community_id AND bill_parts.id = kinds.part_id
     WHERE charge_items.id IS NULL OR kinds.part_id IS NOT NULL AND bill_parts.item_id IS DISTINCT FROM kinds.item_id
"""

STATEMENTS = (
    "CREATE OR REPLACE FUNCTION feeapp_charge_refers() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF EXISTS ({_DANGLING}) THEN RAISE EXCEPTION 'feeapp: a charge refers to something that does not exist' "
    "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER charges_refer AFTER INSERT ON charges REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION feeapp_charge_refers()",
    "CREATE OR REPLACE FUNCTION feeapp_still_charged() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "DECLARE charged boolean; BEGIN "
    "IF NOT EXISTS (SELECT 1 FROM gone) THEN RETURN NULL; END IF; "
    "LOCK TABLE charges IN SHARE MODE; "
    "EXECUTE 'SELECT EXISTS (SELECT 1 FROM gone JOIN charges ON charges.community_id = gone.community_id "
    "AND charges.' || quote_ident(TG_ARGV[0]) || ' = gone.id)' INTO charged; "
    "IF charged THEN RAISE EXCEPTION 'feeapp: charges refer to this row' USING ERRCODE = 'foreign_key_violation'; "
    "END IF; RETURN NULL; END $$",
    *(
        f"CREATE TRIGGER {parent}_still_charged AFTER DELETE ON {parent} REFERENCING OLD TABLE AS gone "
        f"FOR EACH STATEMENT EXECUTE FUNCTION feeapp_still_charged('{column}')"
        for parent, column in PARENTS.items()
    ),
    *(
        f"CREATE TRIGGER {parent}_keep_key BEFORE UPDATE OF community_id, id ON {parent} "
        "FOR EACH ROW EXECUTE FUNCTION feeapp_keep()"
        for parent in PARENTS
    ),
)


def protect_references(bind: sa.Connection) -> None:
    """Install the triggers on a PostgreSQL database that has the tables and the append-only triggers."""
    if bind.dialect.name == "postgresql":
        for statement in STATEMENTS:
            bind.exec_driver_sql(statement)
