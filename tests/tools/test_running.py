"""Serving: nothing half configured, a clear word for a taken port, both processes started and stopped together."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools import running
from tools.machine import Stop
from tools.running import Part, mind, missing_for_serve

ROOT = Path(__file__).parent.parent.parent
KEY = "9f2c4b7e1a6d8035c4f9e2b7a1d60358"


def complete(folder: Path, **changed: str) -> dict[str, str]:
    return {"FEEAPP_SECRET_KEY": KEY, "FEEAPP_DATABASE_URL": f"sqlite:///{folder}/feeapp.sqlite", **changed}


def test_all_that_is_missing_is_named_at_once():
    named = " ".join(missing_for_serve({"FEEAPP_BASE_URL": "http://fees.example", "FEEAPP_PROXIES": "one"}))
    for variable in ("FEEAPP_SECRET_KEY", "FEEAPP_DATABASE_URL", "FEEAPP_BASE_URL", "FEEAPP_PROXIES"):
        assert variable in named


def test_a_whole_configuration_is_accepted(tmp_path: Path):
    assert missing_for_serve(complete(tmp_path)) == []
    assert missing_for_serve(complete(tmp_path, FEEAPP_BASE_URL="https://fees.example", FEEAPP_PROXIES="1")) == []
    assert missing_for_serve(complete(tmp_path, FEEAPP_DATABASE_URL="postgresql://u:p@db/fees")) == []


@pytest.mark.parametrize("key", ["", "short", KEY[:-1], "a" * 64])
def test_a_guessable_key_is_refused(tmp_path: Path, key: str):
    assert "FEEAPP_SECRET_KEY" in missing_for_serve(complete(tmp_path, FEEAPP_SECRET_KEY=key))[0]


@pytest.mark.parametrize(
    "url", ["sqlite:///relative.sqlite", "sqlite://", "mysql://u@h/d", "sqlite:////no/such/folder/f"]
)
def test_a_database_that_cannot_be_is_refused(tmp_path: Path, url: str):
    assert "FEEAPP_DATABASE_URL" in missing_for_serve(complete(tmp_path, FEEAPP_DATABASE_URL=url))[0]


def test_a_taken_port_is_said_with_another_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Stop, match=f"Port {port} on 127.0.0.1 is in use already.*PORT={port + 1}"):
            running.refuse_taken("127.0.0.1", port)
    running.refuse_taken("127.0.0.1", port)


@pytest.mark.parametrize("text", ["0", "65536", "eighty", "-1", "８０００"])
def test_a_port_is_a_number_that_can_be_listened_on(text: str):
    with pytest.raises(Stop, match="PORT"):
        running.port_of({"PORT": text})


def test_the_usual_port_is_8000():
    assert running.port_of({}) == running.port_of({"PORT": ""}) == 8000
    assert running.port_of({"PORT": "8001"}) == 8001


def test_sqlite_is_served_by_one_process_and_postgresql_by_one_a_core():
    assert running.processes_for("sqlite:////a", cores=8) == 1
    assert running.processes_for("postgresql://a", cores=2) == 2
    assert running.processes_for("postgresql://a", cores=64) == 4


@pytest.mark.parametrize(("cores", "threads"), [(1, 3), (2, 5), (4, 8), (64, 8)])
def test_threads_stay_below_the_connections_a_process_may_open(cores: int, threads: int):
    assert running.threads_for(cores) == threads


def part(name: str, code: str) -> Part:
    return Part(name, [sys.executable, "-c", code], os.environ, ROOT)


ENDLESS = "import signal; signal.pause()"


def test_a_server_that_ends_takes_the_worker_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    server = part("web server", f"open({str(gate)!r}).read(); raise SystemExit(3)")
    worker = part("background worker", ENDLESS)
    assert mind(server, worker, lambda: True, lambda: gate.write_text("end")) == 1
    assert "web server ended by itself (status 3)" in capsys.readouterr().err
    assert worker.process.returncode == -signal.SIGTERM


def test_a_server_that_never_answers_is_not_given_a_worker():
    worker = part("background worker", ENDLESS)
    assert mind(part("web server", "raise SystemExit(1)"), worker, lambda: False, lambda: None) == 1
    assert worker.process is None


FALLING = """
import os, signal
with open({starts!r}, "a+") as starts:
    starts.write("x")
    starts.seek(0)
    if len(starts.read()) == 3:
        os.kill(os.getppid(), signal.SIGTERM)
raise SystemExit(4)
"""


def test_a_worker_that_ends_is_named_and_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    worker = part("background worker", FALLING.format(starts=str(tmp_path / "starts")))
    assert mind(part("web server", ENDLESS), worker, lambda: True, lambda: None, pause=0.01) == 0
    assert capsys.readouterr().err.count("background worker ended (status 4)") >= 2


def test_signal_handlers_are_as_they_were_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    mind(part("web server", "pass"), part("worker", ENDLESS), lambda: False, lambda: None)
    assert signal.getsignal(signal.SIGTERM) is before


MINDER = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tools.running import Part, mind
grandchild = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import signal; signal.pause()'])"
server = Part("web server", [sys.executable, "-c", grandchild], os.environ, Path("."))
worker = Part("worker", [sys.executable, "-c", {endless!r}], os.environ, Path("."))
def ready():
    print("ready", flush=True)
sys.exit(mind(server, worker, lambda: True, ready))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_cleanly(number: signal.Signals):
    code = MINDER.format(root=str(ROOT), endless=ENDLESS)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as minder:
        assert minder.stdout.readline() == "ready\n"
        minder.send_signal(number)
        # The pipes close only when the last process that holds them, grandchildren included, has ended.
        said = minder.communicate(timeout=30)
    assert (minder.returncode, said) == (0, ("", ""))
