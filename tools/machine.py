"""What the machine itself must have, how to see whether it has it, and how to get it."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Stop(Exception):
    """Set-up cannot go on; the text tells the person why and what to do."""


@dataclass(frozen=True)
class Need:
    """One thing the machine must have: its name for people, a look whether it is there, and its packages."""

    name: str
    found: Callable[[], bool]
    apt: str
    dnf: str
    brew: str


def library(soname: str, load: Callable[[str], object] = ctypes.CDLL) -> bool:
    """Whether a shared library can be loaded, by its Linux name or by this system's own name for it."""
    try:
        load(soname)
    except OSError:
        return bool(ctypes.util.find_library(soname.removeprefix("lib").partition(".so")[0]))
    return True


def browser(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """The path of a Chromium that the browser tests can drive, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(which, names) if path), None)


def knows_shanghai() -> bool:
    """Whether the time zone of the office is known here."""
    try:
        zoneinfo.ZoneInfo("Asia/Shanghai")
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True


PRINTING = (
    Need("Pango (libpango-1.0.so.0)", lambda: library("libpango-1.0.so.0"), "libpango-1.0-0", "pango", "pango"),
    Need(
        "PangoFT2 (libpangoft2-1.0.so.0)",
        lambda: library("libpangoft2-1.0.so.0"),
        "libpangoft2-1.0-0",
        "pango",
        "pango",
    ),
    Need(
        "HarfBuzz subsetting (libharfbuzz-subset.so.0)",
        lambda: library("libharfbuzz-subset.so.0"),
        "libharfbuzz-subset0",
        "harfbuzz",
        "harfbuzz",
    ),
)
TIME_ZONES = Need("the time zone data", knows_shanghai, "tzdata", "tzdata", "tzdata")
VENV = Need(
    "Python's venv module with pip",
    lambda: importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None,
    f"python3.{sys.version_info.minor}-venv",
    "python3",
    "python3",
)
TESTING = (
    Need("Chromium, for the browser tests", lambda: browser() is not None, "chromium", "chromium", "chromium"),
    Need(
        "libatomic.so.1, for the driver of the browser tests",
        lambda: sys.platform != "linux" or library("libatomic.so.1"),
        "libatomic1",
        "libatomic",
        "gcc",
    ),
)


def apt_prefix(
    which: Callable[[str], str | None] = shutil.which,
    user: Callable[[], int] = os.geteuid,
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
) -> list[str] | None:
    """What to put before ``apt-get`` so that it may install; None where there is no apt or no right to use it."""
    if which("apt-get") is None:
        return None
    if user() == 0:
        return []
    if which("sudo") and run(["sudo", "-n", "true"], capture_output=True, text=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def advice(missing: Sequence[Need], which: Callable[[str], str | None] = shutil.which) -> str:
    """The sentence that names all that is missing and the one command that brings it."""
    if which("apt-get"):
        command = "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + _join(missing, "apt")
    elif which("dnf"):
        command = "sudo dnf install -y " + _join(missing, "dnf")
    elif which("brew"):
        command = "brew install " + _join(missing, "brew")
    else:
        command = ""
    names = "\n".join(f"  - {need.name}" for need in missing)
    how = f"Install it with:\n  {command}" if command else "Install it with your system's package manager."
    return f"This machine lacks:\n{names}\n{how}\nThen give the same command again."


def provide(
    needs: Sequence[Need],
    prefix: Callable[[], list[str] | None] = apt_prefix,
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
    say: Callable[[str], None] = print,
) -> None:
    """Install what is missing by apt where that is allowed; raises Stop with the advice where it is not."""
    missing = [need for need in needs if not need.found()]
    if not missing:
        return
    allowed = prefix()
    if allowed is None:
        raise Stop(advice(missing))
    packages = list(dict.fromkeys(need.apt for need in missing))
    say(f"Installing system packages: {' '.join(packages)}")
    apt = [*allowed, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=180"]
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = run([*apt, *step], capture_output=True, text=True, check=False)
    importlib.invalidate_caches()
    missing = [need for need in missing if not need.found()]
    if missing:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise Stop(f"{advice(missing)}\napt-get was tried and said:\n{said}")


def _join(missing: Sequence[Need], manager: str) -> str:
    return " ".join(dict.fromkeys(getattr(need, manager) for need in missing))
