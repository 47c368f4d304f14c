"""Fixtures: the real server on a fresh database, and Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.serving import Site, chromium_of_this_machine, serving
from tests.conftest import Fresh


@pytest.fixture
def served(fresh_database: Fresh, tmp_path: Path) -> Iterator[Site]:
    """The app on a fresh SQLite file, open to browsers."""
    with fresh_database("sqlite") as address, serving(address, tmp_path) as site:
        yield site


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium as this machine has it; without one the tests fail."""
    with chromium_of_this_machine() as browser:
        yield browser
