"""Deeds on people: who owns a unit from a day on, who uses it, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.logbook.actions import log
from feeapp.registry import followers
from feeapp.registry.followers import tell_lived_in
from feeapp.registry.indexing import reindex, units_of_parties
from feeapp.registry.models import Occupancy, Ownership, Party, Unit
from feeapp.registry.owners import phone_form
from feeapp.registry.owning import Stake, Stakes, plan, stakes_of, write
from feeapp.registry.queries import find_party_by_number, get_party, get_unit
from feeapp.registry.rules import PartyKind, id_form, id_holds, id_kind
from feeapp.storage.db import db

MOST_PHONES = 5


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of a person or company. Numbers are taken as people write them."""

    name: str
    kind: PartyKind
    id_number: str
    phones: tuple[str, ...]


def set_owners(
    by: By,
    unit_id: int,
    on: date,
    stay: Sequence[int],
    join: Sequence[PersonFacts | int],
    shares: Mapping[int, str] | None = None,
) -> None:
    """From a day on, the unit belongs to those who stay and those who join, in this order.

    Who joins is a person, or the id of one who is known; ``shares`` are theirs by id. Who is not named stops owning
    it that day. Money is not touched: what was owed before stays with the old owners. Raises Refused where nobody is
    left, or the day lies ahead or before a change that is already written.
    """
    unit = get_unit(by.community_id, unit_id)
    stakes = stakes_of(Ownership, by.community_id, [unit.id])[unit.id]
    _check_day(by, stakes, on)
    now = {stake.party_id for stake in stakes if stake.to_on is None}
    if not set(stay) <= now:
        raise NotFound
    wanted = [*stay, *(_known(by, person) for person in join)]
    if not wanted:
        raise Refused("unit.no_owner", msg("A unit needs at least one owner. Keep one ticked or add the new owner."))
    _write(by, unit, Ownership, stakes, wanted, on, shares)


def correct_owners(by: By, unit_id: int, on: date | None, stay: Sequence[int], join: Sequence[PersonFacts]) -> None:
    """Put right who owns a unit since the last change on record, because it was entered wrongly.

    Nobody sells anything here. ``on`` counts only where nobody owns the unit, and then names the first owners. Raises
    Refused for an owner who was there before that day or in whose name charges or prepaid money stand: that takes a
    change of owner, which looks after the money.
    """
    unit = get_unit(by.community_id, unit_id)
    stakes = stakes_of(Ownership, by.community_id, [unit.id])[unit.id]
    standing = {stake.party_id: stake for stake in stakes if stake.to_on is None}
    since = max((stake.from_on for stake in standing.values()), default=None)
    wrong = [stake for party_id, stake in standing.items() if party_id not in stay]
    names = [stake.party_id for stake in wrong]
    if since and any(stake.from_on < since for stake in wrong):
        raise Refused(
            "owners.earlier",
            msg("Somebody you unticked was an owner before the last change. Enter a change of owner instead."),
            field="stay",
        )
    if names and any(ask(by.community_id, unit.id, names) for ask in followers.named_in_money):
        raise Refused(
            "owners.billed",
            msg(
                "Bills or prepaid money stand in the name of somebody you unticked. Enter a change of owner instead: "
                "it looks after the money too."
            ),
            field="stay",
        )
    set_owners(by, unit_id, since or on or office_day(by.at), stay, join)


def set_occupant(by: By, unit_id: int, on: date, person: PersonFacts | None) -> None:
    """From a day on, somebody other than the owners uses the unit, or nobody does any more."""
    unit = get_unit(by.community_id, unit_id)
    stakes = stakes_of(Occupancy, by.community_id, [unit.id])[unit.id]
    _check_day(by, stakes, on)
    _write(by, unit, Occupancy, stakes, [enter_person(by, person)] if person else [], on)
    if person:
        tell_lived_in(by, {unit.id: on})


def edit_party(by: By, party_id: int, person: PersonFacts) -> None:
    """Correct what is known of a person; papers that were issued keep what they say."""
    party = get_party(by.community_id, party_id)
    number = _number(person)
    other = find_party_by_number(by.community_id, number) if number else None
    if other and other.id != party.id:
        raise Refused(
            "party.number_taken", msg("This identity number already belongs to someone else."), field="id_number"
        )
    wanted = {
        "name": person.name,
        "kind": person.kind,
        "id_number": number,
        "id_kind": id_kind(number) if number else None,
        "phones": _phones(person),
    }
    changed = [field for field, value in wanted.items() if getattr(party, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(party, field, wanted[field])
    db.session.flush()
    reindex(by.community_id, units_of_parties(by.community_id, [party.id]))
    log(by, "registry.edit_party", "party", party.id, fields=changed)


def reveal(by: By, party_id: int) -> Party:
    """Show a person's data in full, and note that it was looked at (PIPL art. 51)."""
    party = get_party(by.community_id, party_id)
    log(by, "registry.reveal", "party", party.id)
    return party


def _check_day(by: By, stakes: Sequence[Stake], on: date) -> None:
    if on > office_day(by.at):
        raise Refused(
            "owners.ahead", msg("This date is in the future. Record the change on the day or afterwards."), field="on"
        )
    latest = max((day for stake in stakes for day in (stake.from_on, stake.to_on) if day), default=None)
    if latest and on < latest:
        raise Refused(
            "owners.before",
            msg("A change on %(day)s is already on record. Choose that day or a later one."),
            {"day": latest.isoformat()},
            "on",
        )


def _write(
    by: By,
    unit: Unit,
    kind: Stakes,
    stakes: Sequence[Stake],
    wanted: Sequence[int],
    on: date,
    shares: Mapping[int, str] | None = None,
) -> None:
    change = plan(stakes, list(dict.fromkeys(wanted)), on)
    if not change:
        return
    write(kind, by.community_id, {unit.id: change}, shares)
    before = {stake.party_id for stake in stakes if stake.to_on is None}
    reindex(by.community_id, [unit.id])
    log(
        by,
        "registry.set_owners" if kind is Ownership else "registry.set_occupant",
        "unit",
        unit.id,
        code=unit.code,
        on=on.isoformat(),
        left=[stake.party_id for stake in (*change.ended, *change.removed) if stake.party_id not in wanted],
        came=[party_id for party_id, _ in change.started if party_id not in before],
    )


def _known(by: By, person: PersonFacts | int) -> int:
    return get_party(by.community_id, person).id if isinstance(person, int) else enter_person(by, person)


def enter_person(by: By, person: PersonFacts) -> int:
    """The id of this person, by the identity number where it stands already; made otherwise."""
    number = _number(person)
    stands = find_party_by_number(by.community_id, number) if number else None
    if stands and stands.name != person.name:
        raise Refused(
            "party.number_taken", msg("This identity number already belongs to someone else."), field="id_number"
        )
    if stands:
        return stands.id
    party = Party(
        community_id=by.community_id,
        kind=person.kind,
        name=person.name,
        id_kind=id_kind(number) if number else None,
        id_number=number,
        phones=_phones(person),
    )
    db.session.add(party)
    db.session.flush()
    return party.id


def _number(person: PersonFacts) -> str | None:
    number = id_form(person.id_number)
    if not number:
        return None
    if len(number) > 32 or not number.isascii() or not number.isalnum() or not id_holds(number):
        raise Refused(
            "party.number", msg("This identity number is not valid: its check digit does not match."), field="id_number"
        )
    return number


def _phones(person: PersonFacts) -> list[str]:
    phones = list(dict.fromkeys(phone_form(phone) for phone in person.phones))
    if len(phones) > MOST_PHONES or not all(phones):
        raise Refused(
            "party.phone",
            msg("Enter mobile numbers of 11 digits or landline numbers, at most %(most)s."),
            {"most": MOST_PHONES},
            "phones",
        )
    return phones
