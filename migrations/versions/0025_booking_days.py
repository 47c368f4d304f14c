"""The office day on which each charge came into the book, found for those that stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeapp.storage import columns, guards

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CHARGE = [
    "community_id", "id", "unit_id", "period", "item_id", "seq", "part_id", "debtor_id", "due_on", "quantity",
    "amount", "note", "booked_on",
]  # fmt: skip

OFFICE_DAY = {
    "sqlite": "date(bill_runs.posted_at, '+8 hours')",
    "postgresql": "(bill_runs.posted_at AT TIME ZONE 'Asia/Shanghai')::date",
}
NOTED = {
    "sqlite": {
        "kind": "json_extract(charges.note, '$.source[0]')",
        "id": "json_extract(charges.note, '$.source[1]')",
        "batch": "json_extract(charges.note, '$.batch')",
    },
    "postgresql": {
        "kind": "charges.note::json->'source'->>0",
        "id": "(charges.note::json->'source'->>1)::bigint",
        "batch": "(charges.note::json->>'batch')::bigint",
    },
}
"""What a charge of no bill run says of the document it came from."""


def upgrade() -> None:
    op.add_column("charges", sa.Column("booked_on", columns.Day(), nullable=True))
    bind = op.get_bind()
    of_run = (
        "SELECT {day} FROM bill_parts JOIN bill_runs ON bill_runs.community_id = bill_parts.community_id "
        "AND bill_runs.id = bill_parts.run_id "
        "WHERE bill_parts.community_id = charges.community_id AND bill_parts.id = charges.part_id"
    ).format(day=OFFICE_DAY[bind.dialect.name])
    op.execute(f"UPDATE charges SET booked_on = ({of_run}) WHERE part_id IS NOT NULL")  # noqa: S608 - our own words
    booked = (
        "SELECT MIN(entries.happened_on) FROM entries WHERE entries.community_id = charges.community_id "
        "AND entries.source_kind = {kind} AND entries.source_id = {id}"
    )
    noted = NOTED[bind.dialect.name]
    of_document = booked.format(kind=noted["kind"], id=noted["id"])
    of_import = booked.format(kind="'import_batch'", id=noted["batch"])
    paid = (
        "SELECT MIN(payments.received_on) FROM settlements JOIN payments "
        "ON payments.community_id = settlements.community_id AND payments.id = settlements.payment_id "
        "WHERE settlements.community_id = charges.community_id AND settlements.charge_id = charges.id "
        "AND EXISTS (SELECT 1 FROM late_charges WHERE late_charges.community_id = charges.community_id "
        "AND late_charges.charge_id = charges.id)"
    )
    op.execute(
        f"UPDATE charges SET booked_on = COALESCE(({of_document}), ({of_import}), ({paid}), due_on) "  # noqa: S608
        "WHERE part_id IS NULL"
    )
    guards.unprotect(bind, "charges")
    guards.protect(bind, "charges", [], CHARGE)
