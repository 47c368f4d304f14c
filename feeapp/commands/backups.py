"""``flask backup`` and ``flask restore``: whole copies of the database, proved before anybody relies on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

from feeapp import clock
from feeapp.commands.checking import run_checks
from feeapp.config import database_url
from feeapp.storage import db as database
from feeapp.storage.copies import Copies, CopyFailed, Scratch, broken_seal, seal, to_disk
from feeapp.storage.db import db
from feeapp.storage.postgres_copies import PostgresCopies
from feeapp.storage.schema import Schema, schema_of
from feeapp.storage.sqlite_copies import SqliteCopies

NOTHING_DONE = "Nothing was changed."


@click.command("backup")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder; else backups/ of the data."
)
@with_appcontext
def backup(folder: Path | None) -> None:
    """Write a checked copy of the database, also while it is in use."""
    folder = (folder or current_app.config["FEEAPP_DATA"] / "backups").absolute()
    copies = _copies()
    name = f"feeapp-{_stamp(clock.now())}"
    part = folder / f"{name}{copies.suffix}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600, exist_ok=False)
        copies.dump(part)
        fault = _fault(copies, part)
        file = folder / f"{name}{'-unproved' if fault else ''}{copies.suffix}"
        part.rename(file)
        seal(file)
        to_disk(folder)
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} is there already: another backup is at work.") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write to {folder}: {error.strerror}.") from error
    except CopyFailed as error:
        part.unlink(missing_ok=True)
        raise click.ClickException(str(error)) from error
    if fault:
        raise click.ClickException(f"{fault}\nThe copy is kept as {file}; look into it before you rely on it.")
    click.echo(f"Backed up and checked: {file} ({file.stat().st_size:,} bytes)")


@click.command("restore")
@click.option("--from", "file", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Also where a database with data stands; it is set aside, not deleted.")
@click.option("--despite-faults", is_flag=True, help="Also where the check of the books finds faults in the copy.")
@with_appcontext
def restore(file: Path, force: bool, despite_faults: bool) -> None:
    """Put a copy in the place of the database, after it is checked."""
    copies = _copies()
    broken = broken_seal(file)
    if broken:
        raise click.ClickException(f"{file} is not the file that was written: its SHA-256 differs. {NOTHING_DONE}")
    if broken is None:
        click.echo(f"{file} has no .sha256 beside it; its content is checked all the same.", err=True)
    try:
        if copies.holds_rows() and not force:
            raise CopyFailed("A database with data stands in that place. FORCE=1 (--force) sets it aside.")
        with copies.unpacked(file) as scratch:
            schema = _schema(scratch)
            _refuse_foreign(schema, file)
            fault = _books(scratch) if schema is Schema.CURRENT else None
            if fault and not despite_faults:
                raise CopyFailed(f"{fault}\n--despite-faults puts it back all the same.")
            aside = copies.put_in_place(scratch, _stamp(clock.now()))
    except CopyFailed as error:
        raise click.ClickException(f"{error}\n{NOTHING_DONE}") from error
    click.echo(f"Restored from {file}." + (f" What stood there before: {aside}" if aside else ""))
    if schema is Schema.BEHIND:
        click.echo("The copy is of an older version: run `make upgrade` before serving.")


def register(app: Flask) -> None:
    """Add the commands to the app's command line."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)


def _copies() -> Copies:
    address = sa.make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    if address.get_backend_name() == "sqlite":
        return SqliteCopies(Path(address.database or "").absolute())
    return PostgresCopies(address.render_as_string(hide_password=False))


def _fault(copies: Copies, part: Path) -> str | None:
    """What is wrong with a copy just made, or None; an older schema is proved by the database's own check alone."""
    try:
        with copies.unpacked(part) as scratch:
            schema = _schema(scratch)
            if schema is not Schema.CURRENT:
                click.echo("The schema is not this version's, so the books were not checked.", err=True)
                return None
            return _books(scratch)
    except CopyFailed as error:
        return str(error)


def _refuse_foreign(schema: Schema, file: Path) -> None:
    if schema is Schema.EMPTY:
        raise CopyFailed(f"{file} holds no feeapp database.")
    if schema is Schema.UNKNOWN:
        raise CopyFailed(
            f"{file} was written by another, most likely newer, version of feeapp. Install that one first."
        )


@contextmanager
def _looking_into(scratch: Scratch) -> Iterator[None]:
    """Let the tables stand for a scratch database for a while."""
    other = Flask(__name__)
    other.config.update(current_app.config, SQLALCHEMY_DATABASE_URI=database_url(scratch.url))
    database.init_app(other, ())
    with other.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def _schema(scratch: Scratch) -> Schema:
    with _looking_into(scratch), db.engine.connect() as connection:
        return schema_of(connection)


def _books(scratch: Scratch) -> str | None:
    """What the checks of ``flask check`` find in a scratch database, None when all hold."""
    try:
        with _looking_into(scratch):
            findings = run_checks()
    except sa.exc.SQLAlchemyError as error:
        return f"The copy could not be checked: {error}"
    found = "\n".join(f"  {each.check.id}  {each.check.sentence}  Broken {each.count} times." for each in findings)
    return f"The check finds faults in the copy:\n{found}" if found else None


def _stamp(at: datetime) -> str:
    return at.astimezone(clock.OFFICE_ZONE).strftime("%Y%m%d-%H%M%S")
