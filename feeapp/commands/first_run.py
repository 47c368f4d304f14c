"""``flask setup-code``: what the first person to open a new server must enter (reports/rules.py)."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from feeapp.access.queries import any_user
from feeapp.reports.rules import setup_code


@click.command("setup-code")
@with_appcontext
def show_setup_code() -> None:
    """Show the set-up code while nobody can log in yet; afterwards say nothing."""
    if not any_user():
        code = setup_code(current_app.config["SECRET_KEY"])
        click.echo(f"Nobody can log in yet. Open the first page and enter the set-up code {code}")


def register(app: Flask) -> None:
    """Add the command to the app's command line."""
    app.cli.add_command(show_setup_code)
