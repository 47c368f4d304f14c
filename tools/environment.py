"""The virtual environment: made once, brought up to date when the requirements change, proved by a printed page."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools import machine
from tools.machine import Stop

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = ROOT / "var"
RUNTIME = (ROOT / "requirements.txt",)
DEVELOPMENT = (*RUNTIME, ROOT / "requirements-dev.txt")


class Stamps:
    """What was done for which state of the files, kept in one small file; an unreadable one counts as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, name: str, fingerprint: str) -> bool:
        """Whether this was done for exactly this state."""
        return self.get(name) == fingerprint

    def get(self, name: str) -> str:
        """What was put under a name, empty where nothing was."""
        return str(self._read().get(name, ""))

    def put(self, name: str, fingerprint: str) -> None:
        """Remember that this was done."""
        self.path.write_text(json.dumps({**self._read(), name: fingerprint}, indent=1), encoding="utf-8")

    def clear(self) -> None:
        """Forget all."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def fingerprint(version: str, files: Iterable[Path]) -> str:
    """One digest of an interpreter version and the names and bytes of files."""
    digest = hashlib.sha256(version.encode())
    for path in files:
        digest.update(f"\0{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_up(development: bool = False, needs: Sequence[machine.Need] = ()) -> None:
    """Bring machine, packages and font to the state that the files ask for; quick when nothing changed."""
    VAR.mkdir(exist_ok=True)
    with _one_at_a_time(VAR / "set-up.lock"):
        version = _venv_version()
        uv = shutil.which("uv")
        own = [machine.VENV] if version is None and uv is None else []
        machine.provide([*machine.PRINTING, machine.TIME_ZONES, *own, *needs])
        stamps = Stamps(VENV / "feeapp-set-up.json")
        version = _packages(version, uv, development, stamps)
        _prove_font(version, stamps)


def _packages(version: str | None, uv: str | None, development: bool, stamps: Stamps) -> str:
    kinds = {"development": DEVELOPMENT, "runtime": RUNTIME} if development else {"runtime": RUNTIME}
    name, files = next(iter(kinds.items()))
    if version is not None and stamps.has(name, fingerprint(version, files)):
        return version
    print(f"Installing the packages of {files[-1].name} into .venv", flush=True)
    stamps.clear()
    if not (uv and _install_by_uv(uv, files[-1], fresh=version is None)):
        _install_by_pip(files[-1], fresh=version is None)
    version = _venv_version()
    if version is None:
        raise Stop("The virtual environment .venv does not start. Remove it (rm -r .venv) and try again.")
    for kind, read in kinds.items():
        stamps.put(kind, fingerprint(version, read))
    return version


def _install_by_uv(uv: str, requirements: Path, fresh: bool) -> bool:
    """False where uv fails: it does not read pip's settings, so pip may still find the packages."""
    if fresh:
        shutil.rmtree(VENV, ignore_errors=True)
        if _call([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]):
            return False
    return _call([uv, "pip", "install", "--quiet", "--python", str(PYTHON), "-r", str(requirements)]) == 0


def _install_by_pip(requirements: Path, fresh: bool) -> None:
    if fresh or _call([str(PYTHON), "-m", "pip", "--version"], quiet=True):
        machine.provide([machine.VENV])
        shutil.rmtree(VENV, ignore_errors=True)
        if _call([sys.executable, "-m", "venv", str(VENV)]):
            raise Stop(f"{sys.executable} -m venv failed; the lines above say why.")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if _call([*pip, "-r", str(requirements)]):
        raise Stop(
            "pip could not install the packages; the lines above say why. Without a way to the package index, point "
            "pip at one you can reach (pip config set global.index-url …) and give the same command again."
        )


def _prove_font(version: str, stamps: Stamps) -> None:
    """Print a Chinese page and read it back, once for every state of printing, font and packages."""
    shipped = (path for room in ("printing", "assets") for path in sorted((ROOT / "feeapp" / room).rglob("*")))
    read = [*RUNTIME, *(path for path in shipped if path.is_file() and path.suffix != ".pyc")]
    state = fingerprint(version, read)
    if stamps.has("font", state):
        return
    proof = subprocess.run(
        [str(PYTHON), "-m", "feeapp.printing.proof"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if proof.returncode:
        said = "\n".join((proof.stdout + proof.stderr).strip().splitlines()[-5:])
        raise Stop(f"A printed page does not carry the shipped Chinese font, so receipts would show boxes:\n{said}")
    stamps.put("font", state)


def _venv_version() -> str | None:
    """The version of the Python in .venv, or None where it is missing or does not start."""
    if not PYTHON.exists():
        return None
    asked = subprocess.run(
        [str(PYTHON), "-Sc", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def _call(command: Sequence[str], quiet: bool = False) -> int:
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdout=sink, stderr=sink, check=False).returncode


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Two set-ups at once would write one .venv; the second waits for the first."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another set-up (holding {os.path.relpath(path)}) is at work; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
