"""Every deed that is noted can be read: its kind has a sentence, and the sentence's places are among its facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from feeapp.logbook.rules import KINDS, TOPIC_WORDS, Topic, kinds_of, places

HOUSE = Path(__file__).parents[2] / "feeapp"

FILLED_IN = {"amount": {"fen", "total"}}
"""Places that are filled from another fact; ``who`` is filled from the subject."""


def _noted() -> Iterator[tuple[str, set[str], str]]:
    """Kind, names of facts and place of every ``log(by, kind, …)`` and ``log_each`` in the house."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("log", "log_each"):
                facts = {keyword.arg for keyword in node.keywords if keyword.arg}
                for part in ast.walk(node.args[1]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, facts, f"{path.relative_to(HOUSE)}:{node.lineno}"


def test_every_deed_that_is_noted_has_its_sentence() -> None:
    noted = list(_noted())
    assert len(noted) > 20
    assert [(kind, place) for kind, _, place in noted if kind not in KINDS] == []


def test_every_sentence_belongs_to_a_deed() -> None:
    wherever_known = {f"access.{deed}" for deed in ("log_in", "log_out", "log_out_everywhere", "lock", "password")}
    assert set(KINDS) - {kind for kind, _, _ in _noted()} == wherever_known


def test_a_sentence_asks_only_for_facts_that_are_noted() -> None:
    for kind, facts, place in _noted():
        for name in re.findall(r"%\((\w+)\)s", KINDS[kind].sentence):
            needed = FILLED_IN.get(name, {name})
            assert name == "who" or facts & needed, f"{place}: {name}"


def test_every_topic_has_its_words_and_its_deeds() -> None:
    assert set(TOPIC_WORDS) == set(Topic)
    assert all(kinds_of(topic) for topic in Topic)


def test_amounts_are_in_yuan_roles_in_words_and_what_is_missing_is_a_dash() -> None:
    filled = places({"fen": 103836, "role": "CASHIER", "fields": ["name"]}, "王丽")
    assert [filled[name] for name in ("who", "role", "amount", "nothing")] == ["王丽", "Cashier", "1,038.36", "–"]
