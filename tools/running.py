"""The web server and the background worker, started together and stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.machine import Stop

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 12.0
"""Seconds that a process gets to end by itself before it is ended."""
LONGEST_PAUSE = 300.0
"""Seconds before a worker that keeps ending is tried again, at most."""
PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2)


def port_of(environ: Mapping[str, str]) -> int:
    """The port that ``PORT`` names, 8000 without it; raises Stop for anything that is not a port."""
    text = environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Stop(f"PORT is {text!r}; give a number from 1 to 65535, e.g. PORT=8001.")
    return int(text)


def refuse_taken(host: str, port: int) -> None:
    """Raise Stop, with what to do, when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Stop(f"Port {port} on {host} is in use already. Choose another: PORT={port + 1}.") from error
            raise Stop(f"Cannot listen on {host}, port {port}: {os.strerror(error.errno or 0)}.") from error


def server_command(python: Path, host: str, port: int, processes: int, threads: int) -> list[str]:
    """The granian command line."""
    return [
        *(str(python), "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(processes), "--blocking-threads", str(threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning", "app:app"),
    ]


def threads_for(cores: int) -> int:
    """How many requests one process serves at a time.

    Two a core and one more keep the cores busy while some wait for the database; at most eight, fewer than the fifteen
    connections that one process may open, so that no request waits for a connection.
    """
    return min(8, 2 * cores + 1)


def processes_for(database_url: str, cores: int) -> int:
    """How many server processes suit a database.

    SQLite has one writer at a time and its wait for the lock is not a fair queue: one process. PostgreSQL has no such
    limit: one process a core, at most four, which keeps within its usual hundred connections.
    """
    return 1 if database_url.startswith("sqlite") else max(1, min(4, cores))


def missing_for_serve(environ: Mapping[str, str]) -> list[str]:
    """Everything that stands in the way of real use, as sentences; empty when all is set."""
    wrong = []
    key, url = environ.get("FEEAPP_SECRET_KEY", ""), environ.get("FEEAPP_DATABASE_URL", "")
    if len(key) < 32 or len(set(key)) < 10:
        wrong.append("FEEAPP_SECRET_KEY: at least 32 random characters. Make one and keep it: openssl rand -hex 32")
    wrong += _wrong_database(url)
    base = environ.get("FEEAPP_BASE_URL", "")
    if base and not base.startswith("https://"):
        wrong.append(f"FEEAPP_BASE_URL: the address people open, beginning with https:// (it is {base})")
    proxies = environ.get("FEEAPP_PROXIES", "")
    if proxies and not (proxies.isascii() and proxies.isdigit()):
        wrong.append(f"FEEAPP_PROXIES: how many proxies of yours stand in front, e.g. 1 (it is {proxies})")
    return wrong


def _wrong_database(url: str) -> list[str]:
    if url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return []
    if not url.startswith("sqlite:////"):
        return ["FEEAPP_DATABASE_URL: sqlite:////full/path/to/file or postgresql://user:password@host/name"]
    folder = Path(url.removeprefix("sqlite:///")).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"FEEAPP_DATABASE_URL: the folder {folder} does not exist or cannot be written"]
    return []


@dataclass
class Part:
    """One process of the running app, in a session of its own so that a Ctrl-C reaches only the one who minds it."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    ends: int = field(default=0)
    due: float = field(default=0.0)

    def start(self) -> None:
        """Start the process; it is ended by the system should the one who minds it be killed."""
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environ),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )

    def ended(self) -> int | None:
        """Its exit status, or None while it runs or before it was started."""
        return self.process.poll() if self.process else None

    def ask_to_end(self) -> None:
        """Ask it to end, where it runs."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end(self) -> None:
        """Wait for its end, and end whatever of it is left after that."""
        if self.process is None:
            return
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            print(f"The {self.name} did not stop within {PATIENCE:.0f} seconds and was ended.", file=sys.stderr)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def mind(server: Part, worker: Part, answers: Callable[[], bool], ready: Callable[[], None], pause: float = 5.0) -> int:
    """Run both until a signal to stop (0) or until the server ends by itself (1).

    The worker is started, and ``ready`` called, when the server answers: people wait for the server, and both at once
    would load slower. A worker that ends is named and started again, after a pause that doubles each time.
    """
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in STOPPING}
    told = False
    try:
        server.start()
        while not stop.wait(0.5 if told else 0.1):
            if server.ended() is not None:
                print(f"The web server ended by itself (status {server.ended()}).", file=sys.stderr)
                return 1
            if not told and answers():
                told = True
                worker.start()
                ready()
            _tend(worker, pause)
        return 0
    finally:
        for part in (server, worker):
            part.ask_to_end()
        for part in (server, worker):
            part.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def _tend(worker: Part, pause: float) -> None:
    status = worker.ended()
    if status is None:
        return
    if worker.due == 0.0:
        wait = min(LONGEST_PAUSE, pause * 2**worker.ends)
        worker.ends, worker.due = worker.ends + 1, time.monotonic() + wait
        print(
            f"The background worker ended (status {status}); long jobs wait. It is started again in {wait:.0f} s.",
            file=sys.stderr,
            flush=True,
        )
    elif time.monotonic() >= worker.due:
        worker.due = 0.0
        worker.start()


def answers_at(host: str, port: int) -> bool:
    """Whether a web server gives any answer there."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(near, port, timeout=10)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGTERM)
