"""The logbook's page and its workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, g, render_template, request
from flask_babel import gettext as _

from feeapp import spreadsheet
from feeapp.core.powers import Power
from feeapp.core.refusal import Sentence
from feeapp.logbook import queries
from feeapp.logbook.models import LogEntry
from feeapp.logbook.rules import KINDS, TOPIC_WORDS, Topic, places
from feeapp.storage.db import INSTALLATION
from feeapp.web import files, guard
from feeapp.web.filters import moment
from feeapp.web.names import names_of
from feeapp.web.paging import asked_page
from feeapp.web.places import url_of

pages = Blueprint("logbook", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown."""

    at: datetime
    actor_id: int | None
    actor: str
    sentence: str
    url: str | None


@pages.get("/<community:community>/logbook")
@guard.needs(Power.LOGBOOK_SEE)
def entries() -> str:
    wanted = _wanted()
    page = queries.list_entries(_whose(), wanted, asked_page(request.args.get("page")))
    return render_template(
        "logbook/entries.html",
        page=page,
        lines=_lines(page.items),
        wanted=wanted,
        topics=TOPIC_WORDS,
        of=_of(),
        person=names_of("user", [wanted.actor_id]).get(wanted.actor_id) if wanted.actor_id else None,
    )


@pages.get("/<community:community>/logbook.xlsx")
@guard.needs(Power.LOGBOOK_SEE)
def workbook() -> Response:
    """The list as it is filtered, on all its pages."""
    found = queries.list_all_entries(_whose(), _wanted())
    rows = [
        (moment(line.at), line.actor, line.sentence, entry.kind, str(entry.subject_id))
        for entry, line in zip(found, _lines(found), strict=True)
    ]
    headers = [_("When"), _("Who"), _("What"), _("Kind"), _("Record number")]
    return files.workbook(f"logbook-{g.community.code}.xlsx", spreadsheet.table(headers, rows))


def _of() -> str:
    """Whose logbook: the community's, or, for an administrator, the installation's."""
    return "all" if request.args.get("of") == "all" and guard.may(Power.ACCESS_INSTALL) else "community"


def _whose() -> int:
    return INSTALLATION if _of() == "all" else g.community.id


def _wanted() -> queries.Wanted:
    topic = request.args.get("topic")
    return queries.Wanted(
        topic=next((each for each in Topic if each.value == topic), None),
        actor_id=request.args.get("person", type=_number),
        from_on=request.args.get("from", type=_day),
        to_on=request.args.get("to", type=_day),
    )


def _day(typed: str) -> date:
    day = date.fromisoformat(typed)
    if not 1900 <= day.year <= 2199:
        raise ValueError(typed)
    return day


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise ValueError(typed)
    return int(typed)


def _lines(found: Sequence[LogEntry]) -> list[Line]:
    people = {entry.actor_id for entry in found if entry.actor_id is not None}
    people |= {entry.subject_id for entry in found if entry.subject_kind == "user"}
    names = names_of("user", people)
    return [
        Line(
            at=entry.at,
            actor_id=entry.actor_id,
            actor=names.get(entry.actor_id, "–") if entry.actor_id else _("The system"),
            sentence=_sentence(entry, names.get(entry.subject_id) if entry.subject_kind == "user" else None),
            url=_page_of(entry),
        )
        for entry in found
    ]


def _sentence(entry: LogEntry, who: str | None) -> str:
    kind = KINDS.get(entry.kind)
    if kind is None:
        return entry.kind
    filled = places(entry.facts, who)
    for name, fact in filled.items():
        if isinstance(fact, Sentence):
            filled[name] = _(fact)
    return _(kind.sentence) % filled


def _page_of(entry: LogEntry) -> str | None:
    subject, key = entry.subject_kind, entry.subject_id
    if "receipt" in entry.facts:
        subject, key = "receipt", entry.facts["receipt"]
    return url_of(subject, key)
