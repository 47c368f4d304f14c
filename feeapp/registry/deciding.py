"""What a person decides about the doubtful rows of a ledger, and what the record is then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import Refused, msg
from feeapp.registry.matching import OTHER, SAME
from feeapp.registry.owners import party_kind
from feeapp.registry.records import LEAVE_OUT, PartyRecord, Problem, Severity, UnitRecord, YearFigures
from feeapp.registry.rules import UnitUse

Decisions = Mapping[str, str]
"""The choice taken for each doubt, by the place of the problem."""


def proposals(problems: Iterable[Problem]) -> dict[str, str]:
    """What stands ticked before anybody decides: the proposal of every doubt that has one."""
    return {problem.place: problem.proposal for problem in problems if problem.proposal}


def undecided(problems: Iterable[Problem], decisions: Decisions) -> tuple[Problem, ...]:
    """The doubts that have no choice yet, or one that they do not offer; none where the row is left out."""
    doubts = [problem for problem in problems if problem.severity is Severity.DOUBTFUL]
    if any(decisions.get(problem.place) == LEAVE_OUT for problem in doubts):
        return ()
    return tuple(
        problem for problem in doubts if decisions.get(problem.place) not in {choice.key for choice in problem.choices}
    )


def settle(record: UnitRecord, problems: Iterable[Problem], decisions: Decisions) -> UnitRecord | None:
    """The record as the decisions make it; None where the row is left out.

    Raises Refused while a doubt of the row has no choice.
    """
    doubts = [problem for problem in problems if problem.severity is Severity.DOUBTFUL]
    if any(decisions.get(problem.place) == LEAVE_OUT for problem in doubts):
        return None
    if undecided(doubts, decisions):
        raise Refused("import.undecided", msg("%(code)s is in doubt: choose what to do first."), {"code": record.code})
    for problem in doubts:
        effect = _EFFECTS.get(problem.code)
        if effect:
            record = effect(record, problem, decisions[problem.place])
    return record


def _area(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    return replace(record, area=Area.read(str(problem.facts["area"]))) if choice == "derived" else record


def _word(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    return _received(record, problem, lambda year: year.billed) if choice == "paid" else record


def _surplus(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    return _received(record, problem, lambda year: year.billed)


def _owed(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    stated = Money.read(str(problem.facts["stated"]))
    return _received(record, problem, lambda year: year.billed - stated) if choice == "stated" else record


def _received(record: UnitRecord, problem: Problem, amount: Callable[[YearFigures], Money]) -> UnitRecord:
    year = int(problem.facts["year"])
    return replace(
        record,
        arrears=tuple(replace(one, received=amount(one)) if one.year == year else one for one in record.arrears),
    )


def _use(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    return replace(record, use=UnitUse(choice))


def _number(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    return _owner(record, problem, _without_number) if choice == "without" else record


def _numbers(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    if choice == "without":
        return replace(record, owners=tuple(_without_number(owner) for owner in record.owners))
    return record


def _who(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    if choice == OTHER:
        return record
    facts = next(one.facts for one in problem.choices if one.key == choice)
    return _owner(record, problem, lambda owner: replace(owner, who=str(facts["who"])))


def _other_name(record: UnitRecord, problem: Problem, choice: str) -> UnitRecord:
    if choice == SAME:
        return _owner(record, problem, lambda owner: replace(owner, name=str(problem.facts["known"])))
    own = f"at:{record.sheet}!{record.cells.get('owner', '')}#{problem.facts['owner']}"
    return _owner(record, problem, lambda owner: replace(_without_number(owner), who=own))


def _owner(record: UnitRecord, problem: Problem, change: Callable[[PartyRecord], PartyRecord]) -> UnitRecord:
    nth = problem.facts["owner"]
    return replace(
        record, owners=tuple(change(owner) if at == nth else owner for at, owner in enumerate(record.owners))
    )


def _without_number(owner: PartyRecord) -> PartyRecord:
    return replace(owner, id_kind=None, id_number=None, kind=party_kind(owner.name, None))


_EFFECTS: Mapping[str, Callable[[UnitRecord, Problem, str], UnitRecord]] = {
    "area.missing": _area,
    "received.word": _word,
    "received.surplus": _surplus,
    "owed.year": _owed,
    "use.unknown": _use,
    "id.check": _number,
    "id.few": _numbers,
    "id.other_name": _other_name,
    "owner.same_name": _who,
}
"""What each choice does. A doubt without an entry only asks to be read: its choices are to keep or to leave out."""
