"""Copies of a database in use are whole, and nothing in use or of value is overwritten."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from feeapp.storage.copies import CopyFailed, broken_seal, seal
from feeapp.storage.db import sqlite_driver
from feeapp.storage.postgres_copies import PostgresCopies, find_program
from feeapp.storage.sqlite_copies import SqliteCopies
from tests.conftest import Fresh

TABLES = (
    "CREATE TABLE purse (name TEXT PRIMARY KEY, fen BIGINT NOT NULL)",
    "CREATE TABLE move (id INTEGER PRIMARY KEY, fen BIGINT NOT NULL)",
    "CREATE TABLE filler (id INTEGER PRIMARY KEY, words TEXT NOT NULL)",
    "INSERT INTO purse VALUES ('left', 1000000), ('right', 0)",
)
TRUTH = (
    "SELECT (SELECT sum(fen) FROM purse), (SELECT fen FROM purse WHERE name = 'right'), "
    "(SELECT coalesce(sum(fen), 0) FROM move)"
)


def move_fen(connection: sqlite_driver.Connection | psycopg.Connection, number: int) -> None:
    """One transaction over two tables: the purses always hold 1,000,000 and the moves say how much went right."""
    connection.execute("BEGIN IMMEDIATE" if isinstance(connection, sqlite_driver.Connection) else "BEGIN")
    connection.execute("UPDATE purse SET fen = fen - 1 WHERE name = 'left'")
    connection.execute(f"INSERT INTO move VALUES ({number}, 1)")
    connection.execute("UPDATE purse SET fen = fen + 1 WHERE name = 'right'")
    connection.execute("COMMIT")


@contextmanager
def busy(connect: Callable[[], sqlite_driver.Connection | psycopg.Connection]) -> Iterator[Callable[[int], None]]:
    """A clerk who never rests; what is given waits until so many more moves are done."""
    stop, moved = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        connection = connect()
        number = 0
        while not stop.is_set():
            number += 1
            move_fen(connection, number)
            moved.release()
        connection.close()

    def wait_for(count: int) -> None:
        for _ in range(count):
            assert moved.acquire(timeout=20)

    clerk = threading.Thread(target=work)
    clerk.start()
    try:
        wait_for(1)
        yield wait_for
    finally:
        stop.set()
        clerk.join()


def open_sqlite(path: Path) -> sqlite_driver.Connection:
    connection = sqlite_driver.connect(str(path), isolation_level=None, timeout=20)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


@pytest.fixture
def book(tmp_path: Path) -> SqliteCopies:
    """A small SQLite file with a few megabytes in it."""
    path = tmp_path / "book.sqlite"
    connection = open_sqlite(path)
    for statement in TABLES:
        connection.execute(statement)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO filler VALUES (?, ?)", ((number, "x" * 4000) for number in range(1000)))
    connection.execute("COMMIT")
    connection.close()
    return SqliteCopies(path)


def sqlite_truth(path: str | Path) -> tuple[int, int, int]:
    connection = sqlite_driver.connect(str(path))
    found = connection.execute(TRUTH).fetchone()
    connection.close()
    return found


def test_an_sqlite_copy_taken_under_load_is_one_moment_s_truth(book: SqliteCopies, tmp_path: Path):
    seen = []
    with busy(lambda: open_sqlite(book.path)) as wait_for:
        for number in range(8):
            book.dump(tmp_path / f"copy-{number}.sqlite")
            seen.append(sqlite_truth(tmp_path / f"copy-{number}.sqlite"))
            wait_for(5)
    for total, right, moves in seen:
        assert (total, right) == (1_000_000, moves)
    assert [moves for _, _, moves in seen] == sorted({moves for _, _, moves in seen})


def test_an_sqlite_copy_is_one_file(book: SqliteCopies, tmp_path: Path):
    held = open_sqlite(book.path)
    move_fen(held, 1)
    (tmp_path / "kept").mkdir()
    book.dump(tmp_path / "kept" / "copy.sqlite")
    assert sqlite_truth(tmp_path / "kept" / "copy.sqlite") == (1_000_000, 1, 1)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["copy.sqlite"]
    held.close()


def test_looking_into_a_copy_leaves_it_as_it_was(book: SqliteCopies, tmp_path: Path):
    copy = tmp_path / "copy.sqlite"
    book.dump(copy)
    before = copy.read_bytes()
    with book.unpacked(copy) as scratch:
        move_fen(open_sqlite(Path(scratch.name)), 1)
    assert copy.read_bytes() == before
    assert {path.name for path in tmp_path.glob("*")} == {"book.sqlite", "copy.sqlite"}


@pytest.mark.parametrize("harm", ["cut short", "a page zeroed", "not a database"])
def test_a_damaged_sqlite_copy_is_refused(book: SqliteCopies, tmp_path: Path, harm: str):
    copy = tmp_path / "copy.sqlite"
    book.dump(copy)
    content = copy.read_bytes()
    middle = len(content) // 8192 * 4096
    spoilt = {
        "cut short": content[:middle],
        "a page zeroed": content[:middle] + bytes(4096) + content[middle + 4096 :],
        "not a database": b"PK\x03\x04" * 1000,
    }
    copy.write_bytes(spoilt[harm])
    with pytest.raises(CopyFailed, match="is damaged"), book.unpacked(copy):
        pass


def test_an_sqlite_file_in_use_is_not_replaced(book: SqliteCopies, tmp_path: Path):
    copy = tmp_path / "copy.sqlite"
    book.dump(copy)
    held = open_sqlite(book.path)
    move_fen(held, 1)
    with book.unpacked(copy) as scratch, pytest.raises(CopyFailed, match="in use"):
        book.put_in_place(scratch, "now")
    held.close()
    assert sqlite_truth(book.path) == (1_000_000, 1, 1)


def test_what_stood_in_the_place_of_a_restored_sqlite_file_lies_beside_it(book: SqliteCopies, tmp_path: Path):
    copy = tmp_path / "copy.sqlite"
    book.dump(copy)
    later = open_sqlite(book.path)
    move_fen(later, 1)
    later.close()
    with book.unpacked(copy) as scratch:
        aside = book.put_in_place(scratch, "20260131-090000")
    assert aside == str(tmp_path / "book.before-restore-20260131-090000.sqlite")
    assert sqlite_truth(book.path) == (1_000_000, 0, 0)
    assert sqlite_truth(aside) == (1_000_000, 1, 1)


def test_an_empty_place_takes_a_copy_and_sets_nothing_aside(book: SqliteCopies, tmp_path: Path):
    copy = tmp_path / "copy.sqlite"
    book.dump(copy)
    fresh = SqliteCopies(tmp_path / "fresh.sqlite")
    assert not fresh.holds_rows()
    with fresh.unpacked(copy) as scratch:
        assert fresh.put_in_place(scratch, "now") is None
    assert fresh.holds_rows()


def test_a_seal_shows_a_single_changed_bit(tmp_path: Path):
    file = tmp_path / "copy.sqlite"
    file.write_bytes(b"one hundred yuan")
    assert broken_seal(file) is None
    seal(file)
    assert broken_seal(file) is False
    file.write_bytes(b"one hundred yuaN")
    assert broken_seal(file) is True


@pytest.fixture
def shared(fresh_database: Fresh) -> Iterator[PostgresCopies]:
    """The same book on PostgreSQL; every database made from it is dropped afterwards."""
    with fresh_database("postgresql") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in TABLES:
                connection.execute(statement)
        yield PostgresCopies(url)
        name = sa.make_url(url).database
        admin = sa.make_url(url).set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            for (left,) in connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name[:40]}\\_%"]
            ):
                connection.execute(f'DROP DATABASE "{left}"')


def address(copies: PostgresCopies) -> str:
    return copies.address.render_as_string(hide_password=False)


def postgres_truth(url: str) -> tuple[int, ...]:
    with psycopg.connect(url) as connection:
        return tuple(int(number) for number in connection.execute(TRUTH).fetchone())


def test_a_postgresql_copy_taken_under_load_is_one_moment_s_truth(shared: PostgresCopies, tmp_path: Path):
    with busy(lambda: psycopg.connect(address(shared), autocommit=True)) as wait_for:
        for number in range(2):
            shared.dump(tmp_path / f"{number}.dump")
            wait_for(5)
    for number in range(2):
        with shared.unpacked(tmp_path / f"{number}.dump") as scratch:
            total, right, moves = postgres_truth(scratch.url)
        assert (total, right) == (1_000_000, moves)
        assert moves > 0


def test_a_postgresql_database_in_use_is_not_replaced(shared: PostgresCopies, tmp_path: Path):
    shared.dump(tmp_path / "book.dump")
    with psycopg.connect(address(shared), autocommit=True) as held:
        move_fen(held, 1)
        with shared.unpacked(tmp_path / "book.dump") as scratch, pytest.raises(CopyFailed, match="in use"):
            shared.put_in_place(scratch, "now")
    assert postgres_truth(address(shared)) == (1_000_000, 1, 1)


def test_what_stood_in_the_place_of_a_restored_postgresql_database_is_kept(shared: PostgresCopies, tmp_path: Path):
    shared.dump(tmp_path / "book.dump")
    with psycopg.connect(address(shared), autocommit=True) as later:
        move_fen(later, 1)
    with shared.unpacked(tmp_path / "book.dump") as scratch:
        aside = shared.put_in_place(scratch, "20260131-090000")
    assert postgres_truth(address(shared)) == (1_000_000, 0, 0)
    kept = shared.address.set(database=aside.removeprefix("the database ")).render_as_string(hide_password=False)
    assert postgres_truth(kept) == (1_000_000, 1, 1)


def test_a_damaged_postgresql_copy_is_refused(shared: PostgresCopies, tmp_path: Path):
    shared.dump(tmp_path / "book.dump")
    content = (tmp_path / "book.dump").read_bytes()
    (tmp_path / "book.dump").write_bytes(content[: len(content) // 2])
    with pytest.raises(CopyFailed, match="pg_restore failed"), shared.unpacked(tmp_path / "book.dump"):
        pass


def test_a_program_too_old_for_the_server_is_named_with_the_package_that_is_needed():
    with pytest.raises(CopyFailed, match=r"pg_dump of PostgreSQL 99 or newer is needed.*postgresql-client-99"):
        find_program("pg_dump", 99)
