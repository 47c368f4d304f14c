"""``flask work``: the worker beside the server."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

_PAUSE = 1
"""Seconds between two looks when nothing waits."""


@click.command("work")
@click.option("--once", is_flag=True, help="End when no job waits.")
def work(once: bool) -> None:
    """Do the long work that waits, until told to stop."""
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    worker = current_app.extensions["feeapp_worker"]
    while not stop.is_set():
        try:
            busy = worker.work_once()
        except OperationalError:
            # The database is away or busy for a moment; the job stays promised and is taken up at the next look.
            current_app.logger.warning("the database did not answer; trying again")
            busy = False
        if not busy:
            if once:
                return
            stop.wait(_PAUSE)


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(work)
