"""``flask ready`` and ``flask prepare-demo``: what ``make serve`` and ``make run`` ask before they start anything."""

from __future__ import annotations

import os

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from feeapp.storage.db import MIGRATIONS, db, sqlite_version, wal_is_safe
from feeapp.storage.schema import Schema, schema_of

SAYINGS = {
    Schema.EMPTY: "The database has no tables yet: run `make upgrade`.",
    Schema.BEHIND: "The database is of an older version: run `make upgrade`.",
    Schema.UNKNOWN: "The database was made by another, most likely newer, version of feeapp: serve it with that one.",
}


@click.command("ready")
@with_appcontext
def ready() -> None:
    """Say whether feeapp may be served: silent when it may, else every reason why not."""
    reasons = [reason for look in (_key, _data_folder, _database, _font) for reason in look()]
    if not wal_is_safe(sqlite_version()) and db.engine.dialect.name == "sqlite":
        version = ".".join(str(part) for part in sqlite_version())
        click.echo(f"SQLite {version} has the WAL-reset bug; it is run in a slower mode that is free of it.", err=True)
    if reasons:
        raise click.ClickException("feeapp is not ready:\n" + "\n".join(f"  - {reason}" for reason in reasons))


@click.command("prepare-demo")
@with_appcontext
@click.pass_context
def prepare_demo(context: click.Context) -> None:
    """Bring the demo's database to this version, load the demo community where it is missing, print the log-ins."""
    with db.engine.connect() as connection:
        current = schema_of(connection) is Schema.CURRENT
    if not current:
        upgrade(directory=str(MIGRATIONS))
    context.invoke(current_app.cli.commands["demo"])


def register(app: Flask) -> None:
    """Add the commands to the app's command line."""
    app.cli.add_command(ready)
    app.cli.add_command(prepare_demo)


def _key() -> list[str]:
    key = current_app.config["SECRET_KEY"]
    return [] if len(key) >= 32 and len(set(key)) >= 10 else ["FEEAPP_SECRET_KEY is not 32 random characters."]


def _data_folder() -> list[str]:
    folder = current_app.config["FEEAPP_DATA"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [f"The data folder {folder} (FEEAPP_DATA) cannot be made: {error.strerror}."]
    return [] if os.access(folder, os.W_OK) else [f"The data folder {folder} (FEEAPP_DATA) cannot be written."]


def _database() -> list[str]:
    address = db.engine.url
    if address.get_backend_name() == "sqlite" and not os.path.exists(address.database or ""):
        return [f"There is no database at {address.database} yet: `make upgrade` makes it."]
    try:
        with db.engine.connect() as connection:
            schema = schema_of(connection)
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip()
        return [f"The database {address.render_as_string(hide_password=True)} cannot be reached: {reason}"]
    return [SAYINGS[schema]] if schema in SAYINGS else []


def _font() -> list[str]:
    from feeapp.printing.proof import prove_font  # brings in WeasyPrint, which the other commands do without

    try:
        prove_font()
    except Exception as error:
        return [f"A printed page does not carry the shipped Chinese font: {error}"]
    return []
