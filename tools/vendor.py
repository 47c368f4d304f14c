"""Bring the browser files of other projects into the repository, at named versions, with their licences.

Run by hand when a version changes: ``python tools/vendor.py`` (needs ``npm``, no other tool). Each package is packed,
never installed, so that none of its scripts runs; the files listed here are copied to
``feeapp/static/vendor/<name>-<version>/``, the icons are joined into ``feeapp/static/icons.svg``, and
``vendor.lock.json`` records name, version, licence and the SHA-256 of every file. A test hashes them again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "feeapp" / "static"
VENDOR = STATIC / "vendor"
LOCK = VENDOR / "vendor.lock.json"
SPRITE = STATIC / "icons.svg"

# Our name for an icon, and the name of the drawing in the set. Templates use only the left-hand names.
ICONS = {
    # places in the menus
    "sun": "sun",
    "cash": "hand-coins",
    "houses": "house",
    "calendar": "calendar-days",
    "receipt": "receipt-text",
    "book": "book-open",
    "building": "building-2",
    "upload": "upload",
    "tag": "tags",
    "qr": "qr-code",
    "people": "users",
    "clock": "scroll-text",
    "arrears": "alarm-clock",
    "bank": "landmark",
    "vote": "vote",
    "renovation": "hammer",
    "requests": "message-square",
    "notices": "megaphone",
    "reports": "chart-column",
    "settings": "settings",
    # things
    "household": "book-user",
    "bill": "file-text",
    "unit": "door-closed",
    "parking": "square-parking",
    "person": "user",
    "phone": "phone",
    "card": "credit-card",
    "wallet": "wallet",
    "shift": "inbox",
    "sheet": "file-spreadsheet",
    "key": "key-round",
    "lock": "lock",
    # states
    "paid": "check",
    "part": "contrast",
    "owing": "circle-alert",
    "vacant": "door-open",
    "disputed": "circle-question-mark",
    "promised": "rotate-cw",
    "void": "ban",
    # deeds and signs
    "add": "plus",
    "edit": "pencil",
    "delete": "trash-2",
    "print": "printer",
    "download": "download",
    "search": "search",
    "filter": "filter",
    "undo": "undo-2",
    "history": "history",
    "reveal": "eye",
    "back": "arrow-left",
    "next": "chevron-right",
    "previous": "chevron-left",
    "up": "chevron-up",
    "down": "chevron-down",
    "menu": "menu",
    "close": "x",
    "out": "external-link",
    "user": "circle-user-round",
    "logout": "log-out",
    "language": "languages",
    "keys": "keyboard",
    "ok": "circle-check",
    "todo": "circle-dashed",
    "info": "info",
    "warn": "triangle-alert",
    "refused": "octagon-x",
}


@dataclass(frozen=True)
class Package:
    """One npm package at one version and the paths inside it that we ship."""

    name: str
    version: str
    files: tuple[str, ...]
    licence_file: str = "LICENSE"

    @property
    def folder(self) -> Path:
        """Where its files go; the version in the path lets browsers keep them for ever."""
        return VENDOR / f"{self.name}-{self.version}"


HTMX = Package("htmx.org", "4.0.1", ("dist/htmx.min.js",))
LUCIDE = Package("lucide-static", "1.62.0", tuple(f"icons/{drawing}.svg" for drawing in sorted(set(ICONS.values()))))


def unpack(package: Package, work: Path) -> dict[str, bytes]:
    """The wanted members of the package by their path inside it, with its manifest and licence."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(work), f"{package.name}@{package.version}"],
        check=True,
        capture_output=True,
        text=True,
    )
    wanted = {*package.files, package.licence_file, "package.json"}
    found: dict[str, bytes] = {}
    with tarfile.open(work / done.stdout.split()[-1]) as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            stream = archive.extractfile(member) if path in wanted else None
            if stream:
                found[path] = stream.read()
    missing = wanted - found.keys()
    if missing:
        raise SystemExit(f"{package.name} {package.version} does not hold {', '.join(sorted(missing))}")
    return found


def symbol(name: str, drawing: str) -> str:
    """One ``<symbol>`` of the sprite from the text of a single-icon file."""
    start = drawing.index(">", drawing.index("<svg")) + 1
    body = " ".join(drawing[start : drawing.rindex("</svg>")].split())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def sprite(members: dict[str, bytes]) -> str:
    """All icons in one file, referred to as ``icons.svg#name``."""
    symbols = [symbol(name, members[f"icons/{drawing}.svg"].decode()) for name, drawing in ICONS.items()]
    head = f"<!-- Drawn by Lucide {LUCIDE.version}, licence in {LUCIDE.folder.relative_to(STATIC)}/LICENSE -->"
    return "\n".join([head, '<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entry(package: Package, licence: str, files: list[Path]) -> dict[str, object]:
    """What the lock file says of one package; paths are relative to ``feeapp/static``."""
    hashes = {path.relative_to(STATIC).as_posix(): digest(path) for path in sorted(files)}
    return {"name": package.name, "version": package.version, "licence": licence, "files": hashes}


def bring(package: Package, work: Path) -> dict[str, object]:
    """Write one package's files and licence and return its entry for the lock file."""
    members = unpack(package, work)
    package.folder.mkdir(parents=True)
    written = [package.folder / "LICENSE"]
    written[0].write_bytes(members[package.licence_file])
    if package is LUCIDE:
        SPRITE.write_text(sprite(members))
        written.append(SPRITE)
    else:
        for name in package.files:
            written.append(package.folder / Path(name).name)
            written[-1].write_bytes(members[name])
    return entry(package, json.loads(members["package.json"])["license"], written)


def main() -> None:
    """Replace everything vendored by what the lists above name."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        lock = [bring(package, Path(work)) for package in (HTMX, LUCIDE)]
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")
    for item in lock:
        print(f"{item['name']} {item['version']} ({item['licence']})")


if __name__ == "__main__":
    main()
