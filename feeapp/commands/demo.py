"""``flask demo``: a community to look around in, and the log-ins for it."""

from __future__ import annotations

import unicodedata

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from feeapp import clock
from feeapp.access.queries import any_user
from feeapp.core.powers import ROLE_WORDS
from feeapp.demo.loading import LogIns, load, loaded_log_ins
from feeapp.demo.people import PASSPHRASE
from feeapp.registry.queries import list_communities


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Load the demo community where it is missing, and print its log-ins."""
    if current_app.config["FEEAPP_PRODUCTION"]:
        raise click.ClickException("The demo's passwords are known to everybody: it is never loaded for real use.")
    at = clock.now()
    players = loaded_log_ins(at)
    if not players and (any_user() or list_communities()):
        raise click.ClickException(
            "This database is in use already; the demo is only loaded into an empty one.\n"
            "`make reset-demo` throws an old demo away."
        )
    click.echo(_sheet(players or load(at, current_app.config["SECRET_KEY"])))


def _sheet(players: LogIns) -> str:
    lines = [f"  {login:<13}{name}{' ' * (8 - _columns(name))}{ROLE_WORDS[role]}" for login, name, role in players]
    return "\n".join(["Log in as", *lines, f"everybody with the password  {PASSPHRASE}"])


def _columns(text: str) -> int:
    """How wide a text is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def register(app: Flask) -> None:
    """Add the command to the app's command line."""
    app.cli.add_command(demo)
