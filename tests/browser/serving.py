"""The app served on this machine for browsers to open, and Chromium to open it with."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from feeapp import create_app
from feeapp.storage.db import db
from tests.databases import environment
from tools import machine


@dataclass(frozen=True, slots=True)
class Site:
    """A server that browsers can open, and the app behind it."""

    url: str
    app: Flask

    def work(self) -> None:
        """Do the one job that waits, as the worker beside the server does."""
        with self.app.app_context():
            assert self.app.extensions["feeapp_worker"].work_once(), "a job waits"
            db.session.remove()


@contextmanager
def serving(address: str, data: Path) -> Iterator[Site]:
    """The app as it is in use, CSRF protection and all, on a migrated database."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        app = create_app({**environment(address, data), "FEEAPP_BASE_URL": url})
        server = make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Site(url, app)
        finally:
            server.shutdown()
            thread.join()
            with app.app_context():
                db.engine.dispose()


@contextmanager
def chromium_of_this_machine() -> Iterator[Browser]:
    """Chromium as it is installed; ``make test`` installs it where it is missing."""
    path = machine.browser()
    assert path, "There is no Chromium on this machine; `make test` installs it."
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments, timeout=60_000)
        yield browser
        browser.close()
