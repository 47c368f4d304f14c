"""The house: every table of its rooms, and the triggers that keep what must be kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.billing.guards import protect_references
from feeapp.ledger.guards import protect_balance
from feeapp.storage import columns, guards
from feeapp.storage.statistics import teach_planner

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Append-only tables: their key, and the columns that are never updated.
KEPT = {
    "entries": (
        ["community_id", "id"],
        [
            "community_id",
            "id",
            "fund",
            "kind",
            "happened_on",
            "posted_at",
            "posted_by",
            "source_kind",
            "source_id",
            "total",
            "reverses_id",
        ],
    ),
    "log_entries": (
        ["community_id", "id"],
        ["community_id", "id", "at", "actor_id", "kind", "subject_kind", "subject_id", "facts"],
    ),
    "bill_runs": (
        ["community_id", "id"],
        ["community_id", "id", "period", "seen_hash", "charges", "total", "posted_at", "posted_by"],
    ),
    "entry_lines": (
        ["community_id", "entry_id", "line"],
        ["community_id", "entry_id", "line", "fund", "account", "debit", "credit"],
    ),
    "payments": (
        ["community_id", "id"],
        [
            "community_id",
            "id",
            "fund",
            "party_id",
            "payer",
            "amount",
            "change",
            "received_on",
            "received_at",
            "cashier_id",
            "submission_key",
            "submission_hash",
            "entry_id",
            "remark",
        ],
    ),
    "tariff_versions": (
        ["community_id", "id"],
        [
            "community_id",
            "id",
            "item_id",
            "use",
            "basis",
            "rate",
            "proration",
            "rounding",
            "round_to",
            "round_at",
            "from_on",
            "authority",
            "authority_text",
            "published_at",
            "published_by",
        ],
    ),
    "bill_parts": (
        ["community_id", "id"],
        [
            "community_id",
            "id",
            "run_id",
            "item_id",
            "version_id",
            "use",
            "seq",
            "from_on",
            "to_on",
            "days",
            "month_days",
            "weight_before",
            "weight_upto",
            "denominator",
        ],
    ),
    "receipts": (
        ["community_id", "id"],
        [
            "community_id",
            "id",
            "payment_id",
            "series",
            "year",
            "number",
            "label",
            "amount",
            "issued_on",
            "issued_at",
            "issued_by",
            "snapshot",
        ],
    ),
    "tenders": (
        ["community_id", "payment_id", "line"],
        ["community_id", "payment_id", "line", "method", "amount", "reference"],
    ),
    "charges": (
        [],
        [
            "community_id",
            "id",
            "unit_id",
            "period",
            "item_id",
            "seq",
            "part_id",
            "debtor_id",
            "due_on",
            "quantity",
            "amount",
            "note",
        ],
    ),
    "receipt_prints": (
        ["community_id", "id"],
        ["community_id", "id", "receipt_id", "copy", "printed_at", "printed_by"],
    ),
    "reductions": (
        ["community_id", "id"],
        ["community_id", "id", "charge_id", "entry_id", "kind", "amount", "reason", "at", "by_id"],
    ),
    "settlements": (["community_id", "payment_id", "charge_id"], ["community_id", "payment_id", "charge_id", "amount"]),
}

# Tables that hold few rows of a community.
SMALL = {
    "accounts",
    "bill_parts",
    "bill_runs",
    "billed_months",
    "buildings",
    "charge_items",
    "counters",
    "import_batches",
    "jobs",
    "stairs",
    "tariff_versions",
}


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("subject", columns.Words(128), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attempts_subject_at", "attempts", ["subject", "at"], unique=False)
    op.create_table(
        "communities",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("code", columns.Words(8), nullable=False),
        sa.Column("name", columns.Words(64), nullable=False),
        sa.Column("address", columns.Words(128), nullable=False),
        sa.Column("operator", columns.Words(64), nullable=False),
        sa.Column("phone", columns.Words(32), nullable=False),
        sa.Column("how_to_pay", columns.Words(300), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
        sa.UniqueConstraint("code", name=op.f("uq_communities_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "counters",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("name", columns.Words(64), nullable=False),
        sa.Column("value", columns.Whole(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_counters_value")),
        sa.PrimaryKeyConstraint("community_id", "name", name=op.f("pk_counters")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("kind", columns.Words(32), nullable=False),
        sa.Column("happened_on", columns.Day(), nullable=False),
        sa.Column("posted_at", columns.Instant(), nullable=False),
        sa.Column("posted_by", columns.Key(), nullable=True),
        sa.Column("source_kind", columns.Words(32), nullable=False),
        sa.Column("source_id", columns.Key(), nullable=False),
        sa.Column("total", columns.Fen(), nullable=False),
        sa.Column("reverses_id", columns.Key(), nullable=True),
        sa.CheckConstraint("total > 0", name=op.f("ck_entries_total")),
        sa.ForeignKeyConstraint(
            ["community_id", "reverses_id"],
            ["entries.community_id", "entries.id"],
            name=op.f("fk_entries_community_id_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_entries")),
        sa.UniqueConstraint("community_id", "id", "fund", name=op.f("uq_entries_community_id_id_fund")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entries_day", "entries", ["community_id", "happened_on"], unique=False)
    op.create_index("ix_entries_source", "entries", ["community_id", "source_kind", "source_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Words(32), nullable=False),
        sa.Column("facts", columns.Facts(), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("done", columns.Whole(), nullable=False),
        sa.Column("total", columns.Whole(), nullable=False),
        sa.Column("result", columns.Words(200), nullable=True),
        sa.Column("failure", columns.Words(64), nullable=True),
        sa.Column("made_at", columns.Instant(), nullable=False),
        sa.Column("made_by", columns.Key(), nullable=False),
        sa.Column("beat_at", columns.Instant(), nullable=True),
        sa.Column("ended_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_jobs")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_jobs_state", "jobs", ["community_id", "state"], unique=False)
    op.create_table(
        "log_entries",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("actor_id", columns.Key(), nullable=True),
        sa.Column("kind", columns.Words(64), nullable=False),
        sa.Column("subject_kind", columns.Words(32), nullable=False),
        sa.Column("subject_id", columns.Key(), nullable=False),
        sa.Column("facts", columns.Facts(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_log_entries")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_log_entries_at", "log_entries", ["community_id", "at"], unique=False)
    op.create_index(
        "ix_log_entries_subject", "log_entries", ["community_id", "subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("login", columns.Words(64), nullable=False),
        sa.Column("name", columns.Words(64), nullable=False),
        sa.Column("password_hash", columns.Words(200), nullable=False),
        sa.Column("password_until", columns.Instant(), nullable=True),
        sa.Column("language", columns.Words(16), nullable=True),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("disabled_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "accounts",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("code", columns.Words(16), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_accounts_community_id")),
        sa.PrimaryKeyConstraint("community_id", "fund", "code", name=op.f("pk_accounts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bill_runs",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("seen_hash", columns.Words(64), nullable=False),
        sa.Column("charges", columns.Whole(), nullable=False),
        sa.Column("total", columns.Fen(), nullable=False),
        sa.Column("posted_at", columns.Instant(), nullable=False),
        sa.Column("posted_by", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_bill_runs_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_bill_runs")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bill_runs_period", "bill_runs", ["community_id", "period"], unique=False)
    op.create_table(
        "billed_months",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_billed_months_community_id")),
        sa.PrimaryKeyConstraint("community_id", "period", "item_id", name=op.f("pk_billed_months")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "buildings",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("code", columns.Words(16), nullable=False),
        sa.Column("name", columns.Words(32), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_buildings_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("community_id", "code", name=op.f("uq_buildings_community_id_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "charge_items",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("code", columns.Words(16), nullable=False),
        sa.Column("name", columns.Words(32), nullable=False),
        sa.Column("name_en", columns.Words(64), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("receivable", columns.Words(16), nullable=False),
        sa.Column("income", columns.Words(16), nullable=False),
        sa.Column("due_day", columns.Whole(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.CheckConstraint("due_day BETWEEN 1 AND 31", name=op.f("ck_charge_items_due_day")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_charge_items_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_charge_items")),
        sa.UniqueConstraint("community_id", "code", name=op.f("uq_charge_items_community_id_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grants",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("user_id", columns.Key(), nullable=False),
        sa.Column("role", columns.Choice(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id")),
        sa.PrimaryKeyConstraint("community_id", "user_id", "role", "party_id", name=op.f("pk_grants")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_user_id", "grants", ["user_id"], unique=False)
    op.create_table(
        "import_batches",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("file_name", columns.Words(200), nullable=False),
        sa.Column("digest", columns.Words(64), nullable=False),
        sa.Column("state", columns.Choice(), nullable=False),
        sa.Column("typed_units", columns.Whole(), nullable=False),
        sa.Column("typed_area", columns.CentiArea(), nullable=False),
        sa.Column("typed_arrears", columns.Fen(), nullable=False),
        sa.Column("reading", columns.Facts(), nullable=False),
        sa.Column("staged_at", columns.Instant(), nullable=False),
        sa.Column("staged_by", columns.Key(), nullable=False),
        sa.Column("ended_at", columns.Instant(), nullable=True),
        sa.Column("ended_by", columns.Key(), nullable=True),
        sa.Column("undone_at", columns.Instant(), nullable=True),
        sa.Column("undone_by", columns.Key(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_import_batches_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_import_batches")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "parties",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("name", columns.Words(64), nullable=False),
        sa.Column("id_kind", columns.Choice(), nullable=True),
        sa.Column("id_number", columns.Words(32), nullable=True),
        sa.Column("phones", columns.Facts(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_parties_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_parties")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_parties_id_number",
        "parties",
        ["community_id", "id_number"],
        unique=True,
        sqlite_where=sa.text("id_number IS NOT NULL"),
        postgresql_where=sa.text("id_number IS NOT NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("user_id", columns.Key(), nullable=False),
        sa.Column("token_hash", columns.Words(64), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "activation_codes",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("code_hash", columns.Words(64), nullable=False),
        sa.Column("made_at", columns.Instant(), nullable=False),
        sa.Column("made_by", columns.Key(), nullable=False),
        sa.Column("expires_on", columns.Day(), nullable=False),
        sa.Column("used_at", columns.Instant(), nullable=True),
        sa.Column("used_by", columns.Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "party_id"],
            ["parties.community_id", "parties.id"],
            name=op.f("fk_activation_codes_community_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_activation_codes")),
        sa.UniqueConstraint("community_id", "code_hash", name=op.f("uq_activation_codes_community_id_code_hash")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_activation_codes_party", "activation_codes", ["community_id", "party_id"], unique=False)
    op.create_table(
        "entry_lines",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("entry_id", columns.Key(), nullable=False),
        sa.Column("line", columns.Whole(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("account", columns.Words(16), nullable=False),
        sa.Column("debit", columns.Fen(), nullable=False),
        sa.Column("credit", columns.Fen(), nullable=False),
        sa.CheckConstraint(
            "debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name=op.f("ck_entry_lines_one_side")
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id", "fund"],
            ["entries.community_id", "entries.id", "entries.fund"],
            name=op.f("fk_entry_lines_community_id_entry_id_fund"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "fund", "account"],
            ["accounts.community_id", "accounts.fund", "accounts.code"],
            name=op.f("fk_entry_lines_community_id_fund_account"),
        ),
        sa.PrimaryKeyConstraint("community_id", "entry_id", "line", name=op.f("pk_entry_lines")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entry_lines_account", "entry_lines", ["community_id", "fund", "account"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("batch_id", columns.Key(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.Column("heap", columns.Choice(), nullable=False),
        sa.Column("record", columns.Facts(), nullable=False),
        sa.Column("problems", columns.Facts(), nullable=False),
        sa.Column("changes", columns.Facts(), nullable=False),
        sa.Column("decisions", columns.Facts(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=True),
        sa.Column("undo", columns.Facts(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "batch_id"],
            ["import_batches.community_id", "import_batches.id"],
            name=op.f("fk_import_rows_community_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_import_rows")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_import_rows_batch", "import_rows", ["community_id", "batch_id", "heap", "position"], unique=False
    )
    op.create_table(
        "payments",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("fund", columns.Words(2), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("payer", columns.Words(64), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("change", columns.Fen(), nullable=False),
        sa.Column("received_on", columns.Day(), nullable=False),
        sa.Column("received_at", columns.Instant(), nullable=False),
        sa.Column("cashier_id", columns.Key(), nullable=False),
        sa.Column("submission_key", columns.Words(64), nullable=False),
        sa.Column("submission_hash", columns.Words(64), nullable=False),
        sa.Column("entry_id", columns.Key(), nullable=False),
        sa.Column("remark", columns.Words(200), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id"],
            ["entries.community_id", "entries.id"],
            name=op.f("fk_payments_community_id_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "party_id"],
            ["parties.community_id", "parties.id"],
            name=op.f("fk_payments_community_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint("community_id", "submission_key", name=op.f("uq_payments_community_id_submission_key")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_payments_day", "payments", ["community_id", "received_on"], unique=False)
    op.create_index("ix_payments_party", "payments", ["community_id", "party_id"], unique=False)
    op.create_table(
        "stairs",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("building_id", columns.Key(), nullable=False),
        sa.Column("code", columns.Words(16), nullable=False),
        sa.Column("name", columns.Words(32), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "building_id"],
            ["buildings.community_id", "buildings.id"],
            name=op.f("fk_stairs_community_id_building_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_stairs")),
        sa.UniqueConstraint(
            "community_id", "building_id", "code", name=op.f("uq_stairs_community_id_building_id_code")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tariff_versions",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("use", columns.Choice(), nullable=False),
        sa.Column("basis", columns.Choice(), nullable=False),
        sa.Column("rate", columns.Rate(), nullable=False),
        sa.Column("proration", columns.Choice(), nullable=False),
        sa.Column("rounding", columns.Choice(), nullable=False),
        sa.Column("round_to", columns.Choice(), nullable=False),
        sa.Column("round_at", columns.Choice(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=True),
        sa.Column("authority", columns.Choice(), nullable=False),
        sa.Column("authority_text", columns.Words(200), nullable=False),
        sa.Column("published_at", columns.Instant(), nullable=False),
        sa.Column("published_by", columns.Key(), nullable=False),
        sa.Column("ended_by", columns.Key(), nullable=True),
        sa.Column("billed_upto", columns.Month(), nullable=True),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_tariff_versions_rate")),
        sa.CheckConstraint("to_on IS NULL OR to_on > from_on", name=op.f("ck_tariff_versions_days")),
        sa.ForeignKeyConstraint(
            ["community_id", "item_id"],
            ["charge_items.community_id", "charge_items.id"],
            name=op.f("fk_tariff_versions_community_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_tariff_versions")),
        info={"may_change": ("to_on", "ended_by", "billed_upto"), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_tariff_versions_item", "tariff_versions", ["community_id", "item_id", "use", "from_on"], unique=False
    )
    op.create_table(
        "bill_parts",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("run_id", columns.Key(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("version_id", columns.Key(), nullable=False),
        sa.Column("use", columns.Choice(), nullable=False),
        sa.Column("seq", columns.Whole(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=False),
        sa.Column("days", columns.Whole(), nullable=False),
        sa.Column("month_days", columns.Whole(), nullable=False),
        sa.Column("weight_before", columns.Whole(), nullable=False),
        sa.Column("weight_upto", columns.Whole(), nullable=False),
        sa.Column("denominator", columns.Whole(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "item_id"],
            ["charge_items.community_id", "charge_items.id"],
            name=op.f("fk_bill_parts_community_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "run_id"],
            ["bill_runs.community_id", "bill_runs.id"],
            name=op.f("fk_bill_parts_community_id_run_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "version_id"],
            ["tariff_versions.community_id", "tariff_versions.id"],
            name=op.f("fk_bill_parts_community_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_bill_parts")),
        sa.UniqueConstraint("community_id", "id", "item_id", name=op.f("uq_bill_parts_community_id_id_item_id")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bill_parts_run", "bill_parts", ["community_id", "run_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("series", columns.Words(8), nullable=False),
        sa.Column("year", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.Column("label", columns.Words(32), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("issued_on", columns.Day(), nullable=False),
        sa.Column("issued_at", columns.Instant(), nullable=False),
        sa.Column("issued_by", columns.Key(), nullable=False),
        sa.Column("snapshot", columns.Words(100000), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_receipts_number")),
        sa.ForeignKeyConstraint(
            ["community_id", "payment_id"],
            ["payments.community_id", "payments.id"],
            name=op.f("fk_receipts_community_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("community_id", "payment_id", name=op.f("uq_receipts_community_id_payment_id")),
        sa.UniqueConstraint(
            "community_id", "series", "year", "number", name=op.f("uq_receipts_community_id_series_year_number")
        ),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_receipts_day", "receipts", ["community_id", "issued_on"], unique=False)
    op.create_table(
        "tenders",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("line", columns.Whole(), nullable=False),
        sa.Column("method", columns.Choice(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("reference", columns.Words(64), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_tenders_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "payment_id"],
            ["payments.community_id", "payments.id"],
            name=op.f("fk_tenders_community_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "payment_id", "line", name=op.f("pk_tenders")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "units",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("building_id", columns.Key(), nullable=False),
        sa.Column("stair_id", columns.Key(), nullable=True),
        sa.Column("floor", columns.Whole(), nullable=False),
        sa.Column("room", columns.Words(16), nullable=False),
        sa.Column("code", columns.Words(32), nullable=False),
        sa.Column("name", columns.Words(64), nullable=False),
        sa.Column("use", columns.Choice(), nullable=False),
        sa.Column("area", columns.CentiArea(), nullable=True),
        sa.Column("inner_area", columns.CentiArea(), nullable=True),
        sa.Column("use_state", columns.Choice(), nullable=False),
        sa.Column("moved_in_on", columns.Day(), nullable=True),
        sa.Column("remark", columns.Words(300), nullable=False),
        sa.Column("walk", columns.Whole(), nullable=False),
        sa.Column("withdrawn_at", columns.Instant(), nullable=True),
        sa.CheckConstraint("area IS NULL OR area > 0", name=op.f("ck_units_area")),
        sa.ForeignKeyConstraint(
            ["community_id", "building_id"],
            ["buildings.community_id", "buildings.id"],
            name=op.f("fk_units_community_id_building_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "stair_id"],
            ["stairs.community_id", "stairs.id"],
            name=op.f("fk_units_community_id_stair_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_units")),
        sa.UniqueConstraint("community_id", "code", name=op.f("uq_units_community_id_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_units_walk", "units", ["community_id", "building_id", "walk"], unique=False)
    op.create_table(
        "charges",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("period", columns.Month(), nullable=False),
        sa.Column("item_id", columns.Key(), nullable=False),
        sa.Column("seq", columns.Whole(), nullable=False),
        sa.Column("part_id", columns.Key(), nullable=True),
        sa.Column("debtor_id", columns.Key(), nullable=False),
        sa.Column("due_on", columns.Day(), nullable=False),
        sa.Column("quantity", columns.Whole(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("settled", columns.Fen(), nullable=False),
        sa.Column("reduced", columns.Fen(), nullable=False),
        sa.Column("note", columns.Facts(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_charges_amount")),
        sa.CheckConstraint(
            "settled >= 0 AND reduced >= 0 AND settled + reduced <= amount", name=op.f("ck_charges_open")
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "debtor_id"],
            ["parties.community_id", "parties.id"],
            name="fk_charges_community_id_debtor_id",
        ).ddl_if(dialect="sqlite"),
        sa.ForeignKeyConstraint(
            ["community_id", "part_id", "item_id"],
            ["bill_parts.community_id", "bill_parts.id", "bill_parts.item_id"],
            name="fk_charges_community_id_part_id_item_id",
        ).ddl_if(dialect="sqlite"),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"], ["units.community_id", "units.id"], name="fk_charges_community_id_unit_id"
        ).ddl_if(dialect="sqlite"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_charges")),
        sa.UniqueConstraint(
            "community_id",
            "period",
            "item_id",
            "unit_id",
            "seq",
            name=op.f("uq_charges_community_id_period_item_id_unit_id_seq"),
        ),
        info={"may_change": ("settled", "reduced"), "in_sets": True},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "occupancies",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "party_id"],
            ["parties.community_id", "parties.id"],
            name=op.f("fk_occupancies_community_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_occupancies_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_occupancies")),
        sa.UniqueConstraint(
            "community_id",
            "unit_id",
            "party_id",
            "from_on",
            name=op.f("uq_occupancies_community_id_unit_id_party_id_from_on"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_occupancies_party", "occupancies", ["community_id", "party_id"], unique=False)
    op.create_table(
        "ownerships",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("party_id", columns.Key(), nullable=False),
        sa.Column("position", columns.Whole(), nullable=False),
        sa.Column("share", columns.Words(32), nullable=False),
        sa.Column("from_on", columns.Day(), nullable=False),
        sa.Column("to_on", columns.Day(), nullable=True),
        sa.CheckConstraint("to_on IS NULL OR to_on > from_on", name=op.f("ck_ownerships_days")),
        sa.ForeignKeyConstraint(
            ["community_id", "party_id"],
            ["parties.community_id", "parties.id"],
            name=op.f("fk_ownerships_community_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_ownerships_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_ownerships")),
        sa.UniqueConstraint(
            "community_id",
            "unit_id",
            "party_id",
            "from_on",
            name=op.f("uq_ownerships_community_id_unit_id_party_id_from_on"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ownerships_first", "ownerships", ["community_id", "unit_id", "position", "from_on"], unique=False
    )
    op.create_index("ix_ownerships_party", "ownerships", ["community_id", "party_id"], unique=False)
    op.create_table(
        "receipt_prints",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("receipt_id", columns.Key(), nullable=False),
        sa.Column("copy", columns.Whole(), nullable=False),
        sa.Column("printed_at", columns.Instant(), nullable=False),
        sa.Column("printed_by", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "receipt_id"],
            ["receipts.community_id", "receipts.id"],
            name=op.f("fk_receipt_prints_community_id_receipt_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_receipt_prints")),
        sa.UniqueConstraint(
            "community_id", "receipt_id", "copy", name=op.f("uq_receipt_prints_community_id_receipt_id_copy")
        ),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_keys",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("key", columns.Sorted(64), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_search_keys_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "key", "kind", "unit_id", name=op.f("pk_search_keys")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_keys_unit", "search_keys", ["community_id", "unit_id"], unique=False)
    op.create_table(
        "vehicles",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("unit_id", columns.Key(), nullable=False),
        sa.Column("plate", columns.Words(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "unit_id"],
            ["units.community_id", "units.id"],
            name=op.f("fk_vehicles_community_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_vehicles")),
        sa.UniqueConstraint("community_id", "unit_id", "plate", name=op.f("uq_vehicles_community_id_unit_id_plate")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reductions",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("entry_id", columns.Key(), nullable=False),
        sa.Column("kind", columns.Choice(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("reason", columns.Words(200), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by_id", columns.Key(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reductions_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "charge_id"],
            ["charges.community_id", "charges.id"],
            name=op.f("fk_reductions_community_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id"],
            ["entries.community_id", "entries.id"],
            name=op.f("fk_reductions_community_id_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_reductions")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reductions_charge", "reductions", ["community_id", "charge_id"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("community_id", columns.Key(), nullable=False),
        sa.Column("payment_id", columns.Key(), nullable=False),
        sa.Column("charge_id", columns.Key(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settlements_amount")),
        sa.ForeignKeyConstraint(
            ["community_id", "charge_id"],
            ["charges.community_id", "charges.id"],
            name=op.f("fk_settlements_community_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "payment_id"],
            ["payments.community_id", "payments.id"],
            name=op.f("fk_settlements_community_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "payment_id", "charge_id", name=op.f("pk_settlements")),
        info={"may_change": (), "in_sets": False},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_settlements_charge", "settlements", ["community_id", "charge_id"], unique=False)

    for name, (key, fixed) in KEPT.items():
        guards.protect(op.get_bind(), name, key, fixed)
    protect_balance(op.get_bind())
    protect_references(op.get_bind())
    teach_planner(op.get_bind(), small=SMALL)
