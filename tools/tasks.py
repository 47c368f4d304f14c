"""What ``make`` can be asked to do, one function each."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import machine, running
from tools.environment import PYTHON, ROOT, VAR, Stamps, fingerprint, set_up
from tools.machine import Stop

DEMO = VAR / "demo.sqlite"
NEAR = "127.0.0.1"


def run(arguments: list[str]) -> int:
    """Serve the demo community on this machine alone, from nothing if need be."""
    port = running.port_of(os.environ)
    running.refuse_taken(NEAR, port)
    _set_up_for_data()
    environ = demo_environ(os.environ)
    log_ins = _demo_log_ins(environ)

    def ready() -> None:
        print(f"\nfeeapp is ready: http://{NEAR}:{port}\n\n{log_ins}\n\nStop it with Ctrl-C.", flush=True)

    return _mind(environ, NEAR, port, ready)


def serve(arguments: list[str]) -> int:
    """Serve for real use: nothing has a default, and nothing starts half configured."""
    wrong = running.missing_for_serve(os.environ)
    try:
        port = running.port_of(os.environ)
    except Stop as stop:
        wrong.append(str(stop))
    if wrong:
        raise Stop("feeapp is not configured for real use. Set in its environment:\n" + _bullets(wrong))
    host = os.environ.get("HOST") or NEAR
    running.refuse_taken(host, port)
    _set_up_for_data()
    environ = {**os.environ, "FEEAPP_ENV": "production"}
    if _flask(environ, "ready").returncode:
        return 1

    def ready() -> None:
        shown = os.environ.get("FEEAPP_BASE_URL") or "the address of your HTTPS proxy"
        print(f"feeapp listens on {host}, port {port}; people open {shown}. Stop it with Ctrl-C.", flush=True)
        _flask(environ, "setup-code")

    return _mind(environ, host, port, ready)


def upgrade(arguments: list[str]) -> int:
    """Back a SQLite database up, bring its schema up to date, and check the books after it."""
    wrong = running.missing_for_serve(os.environ)
    if wrong:
        raise Stop("feeapp is not configured for real use. Set in its environment:\n" + _bullets(wrong))
    _set_up_for_data()
    environ = {**os.environ, "FEEAPP_ENV": "production"}
    url = os.environ["FEEAPP_DATABASE_URL"]
    kept = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and kept.exists() and kept.stat().st_size:
        if _flask(environ, "backup").returncode:
            raise Stop("Nothing was upgraded: there is no sound backup to return to. The lines above say why.")
    elif not url.startswith("sqlite"):
        print("PostgreSQL: the schema changes whole or not at all. `make backup` first gives a way back.")
    for command in (["db", "upgrade"], ["check"]):
        if _flask(environ, *command).returncode:
            raise Stop(
                f"`flask {' '.join(command)}` failed; the lines above say why. A backup comes back by make restore."
            )
    print("The database is up to date and its books are in order.")
    return 0


def backup(arguments: list[str]) -> int:
    """Write a checked copy of the database while people work in it."""
    _set_up_for_data()
    return _flask(_database_environ(), "backup", *arguments).returncode


def restore(arguments: list[str]) -> int:
    """Put a checked copy back in the place of the database."""
    _set_up_for_data()
    return _flask(_database_environ(must_exist=False), "restore", *arguments).returncode


def check(arguments: list[str]) -> int:
    """Hold the books against every named invariant."""
    set_up()
    return _flask(_database_environ(), "check", *arguments).returncode


def test(arguments: list[str]) -> int:
    """Run the tests; ``ARGS`` are pytest's."""
    set_up(development=True, needs=machine.TESTING)
    return _call([str(PYTHON), "-m", "pytest", *arguments])


def bench(arguments: list[str]) -> int:
    """Measure, as ratios inside one run."""
    set_up(development=True)
    return _call([str(PYTHON), "-m", "bench", *arguments])


def lint(arguments: list[str]) -> int:
    """Read the code: ruff's rules and layout, mypy's types."""
    set_up(development=True)
    readers = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    return max(_call([str(PYTHON), "-m", *reader]) for reader in readers)


def setup(arguments: list[str]) -> int:
    """Set up without starting anything."""
    set_up()
    print("Set up.")
    return 0


TASKS: dict[str, Callable[[list[str]], int]] = {
    task.__name__: task for task in (run, serve, upgrade, backup, restore, check, test, bench, lint, setup)
}


def main(arguments: list[str]) -> int:
    """Do the task that the first argument names; the exit status is the task's."""
    task = TASKS.get(arguments[0]) if arguments else None
    if task is None:
        print(f"Give one of: {', '.join(TASKS)}. `make help` explains them.", file=sys.stderr)
        return 2
    try:
        return task(arguments[1:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def demo_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo: its own database and key, whatever real ones this shell may name."""
    own = {name: value for name, value in environ.items() if not name.startswith("FEEAPP_")}
    return {
        **own,
        "FEEAPP_DATABASE_URL": f"sqlite:///{DEMO}",
        "FEEAPP_SECRET_KEY": demo_key(VAR / "demo.key"),
        "FEEAPP_DATA": str(VAR),
    }


def demo_key(path: Path) -> str:
    """The demo's secret key, made once and readable by its owner alone."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
    return path.read_text()


def _demo_log_ins(environ: Mapping[str, str]) -> str:
    """Make the demo where it is missing or of an older version, and give its log-ins; at once when nothing changed."""
    stamps = Stamps(VAR / "demo.json")
    sources = sorted(path for folder in ("migrations", "feeapp/demo") for path in (ROOT / folder).rglob("*.py"))

    def state() -> str:
        return fingerprint(str(DEMO.stat().st_ino), sources) if DEMO.exists() else "none"

    if not stamps.has("made for", state()):
        print("Making the demo community ready", flush=True)
        made = _flask(environ, "prepare-demo", capture=True)
        if made.returncode:
            raise Stop(f"The demo could not be made:\n{(made.stdout + made.stderr).strip()}")
        stamps.put("log-ins", made.stdout.strip())
        stamps.put("made for", state())
    return stamps.get("log-ins")


def _set_up_for_data() -> None:
    """Set up; what is written from here on (databases, keys, backups) is its owner's alone."""
    set_up()
    os.umask(0o077)


def _database_environ(must_exist: bool = True) -> dict[str, str]:
    """The database this shell names, else the demo's."""
    if os.environ.get("FEEAPP_DATABASE_URL"):
        return dict(os.environ)
    if must_exist and not DEMO.exists():
        raise Stop("FEEAPP_DATABASE_URL names no database, and there is no demo yet (make run makes it).")
    print("FEEAPP_DATABASE_URL names no database: this is the demo's.", flush=True)
    return demo_environ(os.environ)


def _mind(environ: Mapping[str, str], host: str, port: int, ready: Callable[[], None]) -> int:
    cores = os.cpu_count() or 1
    processes = running.processes_for(environ["FEEAPP_DATABASE_URL"], cores)
    command = running.server_command(PYTHON, host, port, processes, running.threads_for(cores))
    server = running.Part("web server", command, environ, ROOT)
    worker = running.Part("background worker", [*_FLASK, "work"], environ, ROOT)
    return running.mind(server, worker, lambda: running.answers_at(host, port), ready)


_FLASK = [str(PYTHON), "-m", "flask", "--app", "app"]


def _flask(environ: Mapping[str, str], *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_FLASK, *arguments], env=dict(environ), cwd=ROOT, capture_output=capture, text=True, check=False
    )


def _call(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _bullets(sentences: list[str]) -> str:
    return "\n".join(f"  - {sentence}" for sentence in sentences)
