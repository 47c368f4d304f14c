"""The household search in a district, against LIKE '%…%' over room, name, initials and phone on the same database.

The statement that ``find_households`` sends is timed against the one it replaces: on SQLite at the driver, on
PostgreSQL inside the server, since a round trip to any server takes longer than the search itself. LIKE gets its best
case: one flat table of just its columns.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from bench.lines import Line
from feeapp import create_app
from feeapp.core.area import Area
from feeapp.core.deed import By
from feeapp.registry.communities import create_community
from feeapp.registry.indexing import reindex
from feeapp.registry.models import Building, Ownership, Party, Stair, Unit
from feeapp.registry.rooms import Place, full_name, short_code
from feeapp.registry.rules import PartyKind, UnitUse, UseState
from feeapp.registry.searching import find_households
from feeapp.storage.columns import new_ids
from feeapp.storage.db import INSTALLATION, db
from feeapp.storage.transaction import transaction
from tests.databases import environment
from tests.people import AT

UNITS = 23_553
ROUNDS = 30
LIMIT = 100
SURNAMES = {
    "王": "w",
    "李": "l",
    "张": "z",
    "刘": "l",
    "陈": "c",
    "杨": "y",
    "赵": "z",
    "黄": "h",
    "周": "z",
    "单": "s",
}
GIVEN = {"伟": "w", "芳": "f", "娜": "n", "敏": "m", "静": "j", "强": "q", "军": "j", "洋": "y", "勇": "y", "秀": "x"}
TYPED = (
    "3", "王", "z", "1", "王伟", "李娜", "单敏", "wf", "zwm", "12-2", "12-2-501", "12号楼2单元501", "122501", "501",
    "138", "13812", "5678",
)  # fmt: skip
"""What clerks type, from the first character; names of two characters among them."""


def run(url: str) -> Iterator[Line]:
    """Two lines: everything that is typed taken together, and the one that gains least."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(environment(url, Path(folder)))
        with app.app_context():
            community_id = transaction(_settle_district)
            if db.engine.dialect.name == "postgresql":
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(sa.text("VACUUM ANALYZE"))
            ours, like = _measure(community_id)
            gains = [slow / quick for quick, slow in zip(ours, like, strict=True)]
            yield Line(
                f"LIKE over four columns / search of {UNITS:,} units", sum(like) / sum(ours), LIMIT, "at least",
                f"{1e6 * sum(like) / len(like):.0f} µs / {1e6 * sum(ours) / len(ours):.0f} µs",
            )  # fmt: skip
            least = min(range(len(TYPED)), key=gains.__getitem__)
            yield Line(
                f"the same for “{TYPED[least]}”, which gains least", gains[least], LIMIT, "at least",
                f"{1e6 * like[least]:.0f} µs / {1e6 * ours[least]:.0f} µs",
            )  # fmt: skip
            db.session.remove()
            db.engine.dispose()


def _measure(community_id: int) -> tuple[list[float], list[float]]:
    """Median seconds of the search and of LIKE for each text: all texts one way, all texts the other way, in turn."""
    sqlite = db.engine.dialect.name == "sqlite"
    timed, mark = (_at_the_driver, "?") if sqlite else (_inside_the_server, "%s")
    like = (
        f"SELECT unit_id FROM plain_households WHERE community_id = {mark} AND (room LIKE {mark} OR name LIKE {mark} "
        f"OR initials LIKE {mark} OR phone LIKE {mark}) ORDER BY room LIMIT 20"
    )
    works = (
        [_sent(community_id, typed) for typed in TYPED],
        [(like, (community_id, *(f"%{typed}%",) * 4)) for typed in TYPED],
    )
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    taken: tuple[list[list[float]], ...] = ([], [])
    for _round in range(ROUNDS):
        for work, times in zip(works, taken, strict=True):
            timed(cursor, *work[0])  # not counted: it pays for what the other way left in the processor's caches
            times.append([timed(cursor, statement, values) for statement, values in work])
    connection.close()
    ours, scans = ([median(each) for each in zip(*times, strict=True)] for times in taken)
    return ours, scans


def _at_the_driver(cursor: Any, statement: str, values: Any) -> float:
    begun = time.perf_counter()
    cursor.execute(statement, values)
    cursor.fetchall()
    return time.perf_counter() - begun


def _inside_the_server(cursor: Any, statement: str, values: Any) -> float:
    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
    return float(cursor.fetchone()[0][0]["Execution Time"]) / 1000


def _sent(community_id: int, typed: str) -> tuple[str, Any]:
    """The statement by which the product finds, as the driver is given it."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "search_keys" in statement:
            seen.append((statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    find_households(community_id, typed)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    return seen[0]


def _settle_district() -> int:
    """Blocks of 120 homes, one owner each, with search keys; and the same in one flat table."""
    community_id = create_community(By(INSTALLATION, None, AT), "片区", "PQ", "片区物业").id
    chance = random.Random(20260120)
    places = [Place(str(n // 120 + 1), str(n // 40 % 3 + 1), f"{n // 4 % 10 + 1}0{n % 4 + 1}") for n in range(UNITS)]
    people = [_somebody(chance) for _ in places]
    unit_ids = _write(community_id, places, people)
    reindex(community_id, unit_ids)
    columns = [sa.Column(name, sa.Text) for name in ("room", "name", "initials", "phone")]
    ids = [sa.Column(name, sa.BigInteger) for name in ("community_id", "unit_id")]
    flat = sa.Table("plain_households", sa.MetaData(), *ids, *columns)
    flat.create(db.session.connection())
    db.session.execute(
        sa.insert(flat),
        [
            {
                "community_id": community_id, "unit_id": key, "room": short_code(place), "name": name,
                "initials": initials, "phone": phone,
            }
            for key, place, (name, initials, phone) in zip(unit_ids, places, people, strict=True)
        ],
    )  # fmt: skip
    return community_id


def _somebody(chance: random.Random) -> tuple[str, str, str]:
    parts = [chance.choice([*SURNAMES.items()]), *chance.choices([*GIVEN.items()], k=chance.choice((1, 2, 2)))]
    phone = f"1{chance.choice('35789')}{chance.randrange(10**9):09d}"
    return "".join(sign for sign, _ in parts), "".join(initial for _, initial in parts), phone


def _write(community_id: int, places: list[Place], people: list[tuple[str, str, str]]) -> list[int]:
    """Buildings, stairs, units, parties and ownerships, set by set."""
    put: Callable[[Any, list[dict[str, Any]]], Any] = lambda kind, rows: db.session.execute(  # noqa: E731
        sa.insert(kind.__table__), [{"community_id": community_id, **row} for row in rows]
    )
    codes = sorted({place.building for place in places})
    building_of = dict(zip(codes, new_ids(len(codes)), strict=True))
    put(Building, [{"id": key, "code": code, "name": code, "position": 1} for code, key in building_of.items()])
    stairs = sorted({(place.building, place.stair) for place in places})
    stair_of = dict(zip(stairs, new_ids(len(stairs)), strict=True))
    put(
        Stair,
        [
            {"id": key, "building_id": building_of[spot[0]], "code": spot[1], "name": spot[1], "position": 1}
            for spot, key in stair_of.items()
        ],
    )
    units, parties, owned = (new_ids(len(places)) for _ in range(3))
    put(
        Unit,
        [
            {
                "id": key, "building_id": building_of[place.building],
                "stair_id": stair_of[place.building, place.stair],
                "floor": 1, "room": place.room, "code": short_code(place), "name": full_name(place),
                "use": UnitUse.HOME, "area": Area(8000), "inner_area": None, "use_state": UseState.SELF,
                "moved_in_on": None, "remark": "", "walk": 0, "withdrawn_at": None,
            }
            for key, place in zip(units, places, strict=True)
        ],
    )  # fmt: skip
    put(
        Party,
        [
            {
                "id": key, "kind": PartyKind.PERSON, "name": name, "id_kind": None, "id_number": None,
                "phones": [phone],
            }
            for key, (name, _, phone) in zip(parties, people, strict=True)
        ],
    )  # fmt: skip
    put(
        Ownership,
        [
            {
                "id": key, "unit_id": unit_id, "party_id": party_id, "position": 1, "share": "",
                "from_on": AT.date(), "to_on": None,
            }
            for key, unit_id, party_id in zip(owned, units, parties, strict=True)
        ],
    )  # fmt: skip
    return units
