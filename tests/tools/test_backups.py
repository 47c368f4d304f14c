"""``flask backup``, ``flask restore`` and ``flask ready``, as the person at the keyboard meets them."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from feeapp.core.money import Money
from feeapp.ledger.models import Entry
from feeapp.registry.models import Community
from feeapp.storage.copies import broken_seal
from feeapp.storage.db import db, engine_options, sqlite_driver
from feeapp.storage.guards import triggers
from feeapp.storage.schema import Schema, schema_of
from tests.people import AT, Cast


def ask(site: Flask, *words: str | Path) -> Result:
    """Give a command while nobody else has the database open."""
    db.session.remove()
    db.engine.dispose()
    return site.test_cli_runner().invoke(args=[str(word) for word in words])


def communities(path: Path) -> int:
    connection = sqlite_driver.connect(str(path))
    number = connection.execute("SELECT count(*) FROM communities").fetchone()[0]
    connection.close()
    return number


def add_community(code: str) -> None:
    db.session.add(Community(code=code, name="后来的小区", operator="后来的物业", created_at=AT))
    db.session.commit()


def unbalance(cast: Cast) -> None:
    """An entry with no lines, as only somebody who removes the triggers can write it."""
    for name in triggers(db.session.connection()):
        db.session.execute(sa.text(f"DROP TRIGGER {name}"))
    community, kind, day = cast.community, "TEST", date(2026, 1, 20)
    entry = Entry(community_id=community, fund="OP", kind=kind, happened_on=day, posted_at=AT)
    entry.source_kind, entry.source_id, entry.total = kind, 1, Money(100)
    db.session.add(entry)
    db.session.commit()


def drop_database(name: str) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}"'))


def standing(site: Flask) -> Path:
    return Path(db.engine.url.database)


def kept(folder: Path) -> Path:
    (file,) = folder.glob("feeapp-*.sqlite")
    return file


@pytest.fixture
def backed_up(site: Flask, cast: Cast, tmp_path: Path) -> Path:
    """A backup of a site with the standing cast in it."""
    done = ask(site, "backup", "--to", tmp_path / "kept")
    assert done.exit_code == 0, done.output
    return kept(tmp_path / "kept")


def test_a_backup_is_one_sealed_file_that_only_its_owner_reads(site: Flask, backed_up: Path):
    assert {path.name for path in backed_up.parent.iterdir()} == {backed_up.name, f"{backed_up.name}.sha256"}
    assert broken_seal(backed_up) is False
    assert backed_up.stat().st_mode & 0o077 == 0
    assert communities(backed_up) == communities(standing(site))


def test_the_backup_goes_to_the_data_folder_when_nothing_else_is_said(site: Flask):
    assert ask(site, "backup").exit_code == 0
    assert kept(Path(site.config["FEEAPP_DATA"]) / "backups").exists()


@pytest.mark.broken_book
def test_a_backup_of_faulty_books_is_kept_under_a_name_that_says_so(site: Flask, cast: Cast, tmp_path: Path):
    unbalance(cast)
    done = ask(site, "backup", "--to", tmp_path / "kept")
    assert done.exit_code == 1
    assert "finds faults" in done.output
    assert kept(tmp_path / "kept").name.endswith("-unproved.sqlite")


def test_a_folder_that_cannot_be_written_is_said(site: Flask, tmp_path: Path):
    (tmp_path / "file").touch()
    done = ask(site, "backup", "--to", tmp_path / "file" / "folder")
    assert done.exit_code == 1
    assert "Cannot write to" in done.output


def test_data_is_not_overwritten_unless_that_is_asked_for(site: Flask, backed_up: Path):
    add_community("LATER")
    done = ask(site, "restore", "--from", backed_up)
    assert done.exit_code == 1
    assert "FORCE=1" in done.output
    assert "Nothing was changed" in done.output
    assert communities(standing(site)) == communities(backed_up) + 1


@pytest.fixture
def set_aside(app: Flask) -> Iterator[Callable[[], str]]:
    """The address of what a restore set aside; gone afterwards."""
    address, found = db.engine.url, []

    def look() -> str:
        if address.get_backend_name() == "sqlite":
            path = Path(address.database)
            (aside,) = path.parent.glob(f"{path.stem}.before-restore-*")
            found.append(aside.unlink)
            return f"sqlite:///{aside}"
        (name,) = db.session.execute(
            sa.text("SELECT datname FROM pg_database WHERE datname LIKE '%_before_%'")
        ).scalars()
        found.append(lambda: drop_database(name))
        return address.set(database=name).render_as_string(hide_password=False)

    yield look
    for remove in found:
        remove()


def test_a_forced_restore_brings_the_copy_and_keeps_what_stood_there(
    app: Flask, cast: Cast, tmp_path: Path, set_aside: Callable[[], str]
):
    assert ask(app, "backup", "--to", tmp_path / "kept").exit_code == 0
    (copy,) = (path for path in (tmp_path / "kept").iterdir() if path.suffix != ".sha256")
    add_community("LATER")
    done = ask(app, "restore", "--from", copy, "--force")
    assert done.exit_code == 0, done.output
    count = sa.text("SELECT count(*) FROM communities")
    assert db.session.execute(count).scalar() == 2
    aside = sa.create_engine(set_aside(), poolclass=sa.NullPool, **engine_options(str(db.engine.url)))
    with aside.connect() as connection:
        assert connection.execute(count).scalar() == 3


def test_a_copy_changed_after_it_was_written_is_refused(site: Flask, backed_up: Path):
    content = bytearray(backed_up.read_bytes())
    content[-1] ^= 1
    backed_up.write_bytes(content)
    done = ask(site, "restore", "--from", backed_up, "--force")
    assert done.exit_code == 1
    assert "its SHA-256 differs" in done.output


@pytest.mark.broken_book
def test_a_copy_with_faulty_books_is_put_back_only_with_open_eyes(site: Flask, cast: Cast, tmp_path: Path):
    unbalance(cast)
    ask(site, "backup", "--to", tmp_path / "kept")
    copy = kept(tmp_path / "kept")
    refused = ask(site, "restore", "--from", copy, "--force")
    assert refused.exit_code == 1
    assert "finds faults" in refused.output
    assert ask(site, "restore", "--from", copy, "--force", "--despite-faults").exit_code == 0
    for aside in standing(site).parent.glob("*.before-restore-*"):
        aside.unlink()


def test_a_database_of_something_else_is_refused(site: Flask, tmp_path: Path):
    other = sqlite_driver.connect(str(tmp_path / "other.sqlite"))
    other.execute("CREATE TABLE recipe (name TEXT)")
    other.close()
    done = ask(site, "restore", "--from", tmp_path / "other.sqlite", "--force")
    assert done.exit_code == 1
    assert "holds no feeapp database" in done.output


def test_a_copy_of_a_newer_version_is_refused(site: Flask, backed_up: Path):
    newer = sqlite_driver.connect(str(backed_up))
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    backed_up.with_name(f"{backed_up.name}.sha256").unlink()
    done = ask(site, "restore", "--from", backed_up, "--force")
    assert done.exit_code == 1
    assert "newer, version of feeapp" in done.output


def test_the_schema_is_placed_among_ours(app: Flask):
    with db.engine.connect() as connection:
        assert schema_of(connection) is Schema.CURRENT
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        assert schema_of(connection) is Schema.UNKNOWN
        connection.execute(sa.text("DELETE FROM alembic_version"))
        assert schema_of(connection) is Schema.EMPTY


def test_a_site_that_may_be_served_says_nothing(app: Flask):
    done = ask(app, "ready")
    assert (done.exit_code, done.output) == (0, "")


def test_all_that_keeps_a_site_from_being_served_is_said_at_once(site: Flask, tmp_path: Path):
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    (tmp_path / "file").touch()
    site.config.update(SECRET_KEY="short", FEEAPP_DATA=tmp_path / "file")
    done = ask(site, "ready")
    assert done.exit_code == 1
    for reason in ("FEEAPP_SECRET_KEY", "FEEAPP_DATA", "make upgrade"):
        assert reason in done.output
