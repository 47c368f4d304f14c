"""Every sentence stands in both languages, and the vocabulary of the house is kept."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "feeapp" / "languages" / "zh").glob("*.po"))
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "msg": None, "ngettext": (1, 2)}


def _sentences() -> dict[object, list[str]]:
    found: dict[object, list[str]] = defaultdict(list)
    for folder, methods in (
        (ROOT / "feeapp", [("**.py", "python")]),
        (ROOT / "templates", [("**.html", "jinja2")]),
    ):
        for name, line, message, _, _ in extract_from_dir(folder, methods, keywords=KEYWORDS):
            key = tuple(message) if isinstance(message, tuple) else message
            found[key].append(f"{folder.name}/{name}:{line}")
    return found


def _chinese() -> dict[object, list[tuple[str, object]]]:
    found: dict[object, list[tuple[str, object]]] = defaultdict(list)
    for path in CATALOGUES:
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans_CN"):
            if message.id:
                key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
                found[key].append((path.name, message.string))
    return found


def test_every_sentence_has_its_chinese() -> None:
    chinese = _chinese()
    missing = {
        sentence: places
        for sentence, places in _sentences().items()
        if sentence and not any(all(text) if isinstance(text, tuple) else text for _, text in chinese.get(sentence, []))
    }
    assert missing == {}


def test_no_chinese_is_left_over_or_said_twice_differently() -> None:
    used = set(_sentences())
    assert [sentence for sentence in _chinese() if sentence not in used] == []
    twice = {sentence: said for sentence, said in _chinese().items() if len({str(text) for _, text in said}) > 1}
    assert twice == {}


def test_both_languages_fill_the_same_places() -> None:
    places = re.compile(r"%\((\w+)\)[sd]")
    for sentence, said in _chinese().items():
        english = " ".join(sentence) if isinstance(sentence, tuple) else str(sentence)
        for _, text in said:
            chinese = " ".join(text) if isinstance(text, tuple) else str(text)
            assert set(places.findall(english)) >= set(places.findall(chinese)), sentence
            if not isinstance(sentence, tuple):
                assert set(places.findall(english)) == set(places.findall(chinese)), sentence


def test_a_word_of_the_house_means_one_thing() -> None:
    """``journal`` is never said for the logbook or the ledger, ``tenant`` never for an occupant."""
    for path in [*(ROOT / "feeapp").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]:
        words = set(re.findall(r"[a-z]+", path.read_text(encoding="utf-8").lower()))
        assert not words & {"journal", "tenant", "apartment", "landlord"} - _ALLOWED.get(path.parent.name, set()), path


_ALLOWED: dict[str, set[str]] = {"storage": {"journal"}, "registry": {"tenant"}}
"""SQLite has a journal of its own; a ledger's column may be headed 租户, and its remark speaks of a tenant who pays."""
