"""The one way to say no: a reason that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Sentence(str):
    """Text of the language catalogues, not of a person: it is translated where it is shown, as a fact too."""


def msg(sentence: str) -> Sentence:
    """Mark a sentence for the language catalogues; it is translated where it is shown."""
    return Sentence(sentence)


class Refused(Exception):
    """A deed that the rules do not allow.

    ``code`` is stable and short; ``sentence`` is the English text with ``%(name)s`` places for ``facts``, and is
    translated at the edge; ``field`` names the form field to show it at, where there is one.
    """

    def __init__(self, code: str, sentence: str, facts: Mapping[str, Any] | None = None, field: str | None = None):
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.facts = dict(facts or {})
        self.field = field

    def __str__(self) -> str:
        return self.sentence % self.facts if self.facts else self.sentence


class NotFound(Exception):
    """A thing that does not exist for this person: other people's things are not found either (404)."""
