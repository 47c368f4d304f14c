"""Meters of units, their readings, and the rule for what is asked about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meters",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("serial", columns.Words(32), nullable=False),
        sa.Column("digits", columns.Whole(), nullable=False),
        sa.Column("decimals", columns.Whole(), nullable=False),
        sa.Column("factor", columns.Rate(), nullable=False),
        sa.Column("installed_on", columns.Day(), nullable=False),
        sa.Column("removed_on", columns.Day(), nullable=True),
        sa.Column("added_at", columns.Instant(), nullable=False),
        sa.Column("added_by", columns.Key(), nullable=True),
        sa.Column("removed_at", columns.Instant(), nullable=True),
        sa.Column("removed_by", columns.Key(), nullable=True),
        sa.CheckConstraint("digits BETWEEN 3 AND 9", name=op.f("ck_meters_digits")),
        sa.CheckConstraint("decimals BETWEEN 0 AND 2", name=op.f("ck_meters_decimals")),
        sa.CheckConstraint("factor > 0", name=op.f("ck_meters_factor")),
        sa.CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", name=op.f("ck_meters_days")),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_meters_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_meters")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_meters_unit", "meters", ["community_id", "unit_id"], unique=False)
    op.create_index("ix_meters_kind", "meters", ["community_id", "kind"], unique=False)
    hanging = sa.text("removed_on IS NULL")
    op.create_index(
        "uq_meters_serial",
        "meters",
        ["community_id", "kind", "serial"],
        unique=True,
        sqlite_where=hanging,
        postgresql_where=hanging,
    )
    op.create_table(
        "meter_readings",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("meter_id", columns.Key(), nullable=False),
        sa.Column("read_on", columns.Day(), nullable=False),
        sa.Column("figure", columns.Whole(), nullable=False),
        sa.Column("source", columns.Choice(), nullable=False),
        sa.Column("baseline", columns.Flag(), nullable=False),
        sa.Column("answered", columns.Choice(), nullable=True),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("voids_id", columns.Key(), nullable=True),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.Column("voided_at", columns.Instant(), nullable=True),
        sa.Column("voided_by", columns.Key(), nullable=True),
        sa.Column("void_reason", columns.Words(200), nullable=True),
        sa.CheckConstraint("figure >= 0", name=op.f("ck_meter_readings_figure")),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name=op.f("ck_meter_readings_voided")),
        sa.ForeignKeyConstraint(
            ["community_id", "meter_id"],
            ["meters.community_id", "meters.id"],
            name=op.f("fk_meter_readings_community_id_meter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "voids_id"],
            ["meter_readings.community_id", "meter_readings.id"],
            name=op.f("fk_meter_readings_community_id_voids_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_meter_readings")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_meter_readings_day", "meter_readings", ["community_id", "read_on"], unique=False)
    op.create_index("ix_meter_readings_meter", "meter_readings", ["community_id", "meter_id", "read_on"], unique=False)
    standing = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_meter_readings_standing",
        "meter_readings",
        ["community_id", "meter_id", "read_on"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_table(
        "reading_rules",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("times", columns.Whole(), nullable=False),
        sa.Column("months", columns.Whole(), nullable=False),
        sa.Column("least", columns.Whole(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_reading_rules_community_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_reading_rules")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    bind = op.get_bind()
    key = ["community_id", "id"]
    meter = ["unit_id", "kind", "serial", "digits", "decimals", "factor", "installed_on", "added_at", "added_by"]
    guards.protect(bind, "meters", key, [*key, *meter])
    read = ["meter_id", "read_on", "figure", "source", "baseline", "answered", "reason", "voids_id", "at", "by_id"]
    guards.protect(bind, "meter_readings", key, [*key, *read])
    guards.protect(bind, "reading_rules", key, [*key, "times", "months", "least", "at", "by_id"])
    teach_tables(bind, many=("meters", "meter_readings"), few=("reading_rules",))
