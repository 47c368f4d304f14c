"""Other people's browser files are the ones we named, unchanged, with their licences; every icon we ask for exists."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "feeapp" / "static"
LOCK = STATIC / "vendor" / "vendor.lock.json"
PACKAGES = json.loads(LOCK.read_text())
FILES = [(path, digest) for package in PACKAGES for path, digest in package["files"].items()]


@pytest.mark.parametrize(("path", "digest"), FILES, ids=[path for path, _ in FILES])
def test_a_vendored_file_is_the_one_in_the_lock(path: str, digest: str) -> None:
    assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest() == digest


def test_nothing_lies_in_the_vendor_folder_that_the_lock_does_not_name() -> None:
    lying = {path.relative_to(STATIC).as_posix() for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    assert lying - {"vendor/vendor.lock.json"} == {path for path, _ in FILES if path.startswith("vendor/")}


def test_every_package_is_pinned_in_its_folder_and_carries_its_licence() -> None:
    for package in PACKAGES:
        assert package["licence"], package["name"]
        assert f"vendor/{package['name']}-{package['version']}/LICENSE" in package["files"]


def test_the_lock_names_no_address() -> None:
    assert "://" not in LOCK.read_text()


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text()))
    calls = re.compile(r"""\bicon\(\s*'([^']+)'(?:\s+if [^)]+? else\s+'([^']+)')?|icon_name=['"]([^'"]+)""")
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "templates").rglob("*.html")
        for found in calls.findall(path.read_text())
        for name in found
        if name
    }
    menu = ROOT / "feeapp" / "web" / "menu.py"
    named |= {("menu.py", name) for name in re.findall(r'"[a-z]+\.[a-z_]+", "([a-z]+)"', menu.read_text())}
    assert len(named) > 20
    assert sorted((where, name) for where, name in named if name not in drawn) == []
