"""How Alembic reaches the application's database and tables."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from feeapp.storage.db import db, writing


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types by name, and references of one database alone with the database's name."""
    if kind == "foreign_key" and "only" in item.info:
        columns, target = list(item.column_keys), [element.target_fullname for element in item.elements]
        name = item.info["only"]
        return f"sa.ForeignKeyConstraint({columns!r}, {target!r}, name={item.name!r}).ddl_if(dialect={name!r})"
    if kind == "type" and type(item).__module__ == "feeapp.storage.columns":
        autogen_context.imports.add("from feeapp.storage import columns")
        length = getattr(item, "length", None)
        return (
            f"columns.{type(item).__name__}({length if length and type(item).__name__ in ('Words', 'Sorted') else ''})"
        )
    return False


def run() -> None:
    """Run the migrations in one transaction: the schema is the old one or the new one, never between."""
    token = writing.set(True)
    try:
        with db.engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=db.metadata,
                render_item=render_item,
                transaction_per_migration=False,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        writing.reset(token)


with current_app.app_context():
    run()
