"""Whose account it is: the owners of a unit today, or somebody who owned it and still stands in its books."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feeapp.billing.queries import list_charges
from feeapp.core.refusal import NotFound
from feeapp.registry.models import Ownership, Party, Unit
from feeapp.registry.queries import get_unit, list_owners
from feeapp.statements.models import Certificate
from feeapp.statements.rules import Days, Line, Statement, draw_up
from feeapp.statements.sources import Account, Gathered, gather, lines_of
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Household:
    """Who answers for an account together: ``key`` is 0 for the owners of today, else the former debtor's id."""

    key: int
    parties: tuple[Party, ...]

    @property
    def party_ids(self) -> frozenset[int]:
        return frozenset(party.id for party in self.parties)


@dataclass(frozen=True, slots=True)
class Books:
    """An account with everything that was ever written on it."""

    gathered: Gathered
    lines: list[Line]

    def statement(self, days: Days) -> Statement:
        """The statement of some days."""
        return draw_up(self.lines, days, self.gathered.known)


def list_households(community_id: int, unit_id: int, on: date) -> list[Household]:
    """Everybody who has an account on a unit: its owners on a day, then each other debtor. Raises NotFound."""
    get_unit(community_id, unit_id)
    owners = tuple(holder.party for holder in list_owners(community_id, unit_id, on))
    known = {party.id for party in owners}
    debtors = dict.fromkeys(charge.debtor_id for charge in list_charges(community_id, (unit_id,)))
    former = [db.session.get_one(Party, (community_id, key)) for key in debtors if key not in known]
    return [Household(0, owners), *(Household(party.id, (party,)) for party in former)]


def get_household(community_id: int, unit_id: int, key: int, on: date) -> Household:
    """One of these. Raises NotFound."""
    for household in list_households(community_id, unit_id, on):
        if household.key == key:
            return household
    raise NotFound


def open_books(community_id: int, unit_id: int, household: Household, wide: bool) -> Books:
    """The account of a household on one unit, or ``wide`` on every unit that is or was theirs."""
    units = {unit_id}
    if wide:
        units |= set(
            db.session.scalars(
                sa.select(Ownership.unit_id).where(
                    Ownership.community_id == community_id, Ownership.party_id.in_(household.party_ids)
                )
            )
        )
    return books_of(community_id, ((unit, party) for unit in units for party in household.party_ids))


def books_of(community_id: int, pairs: Iterable[tuple[int, int]]) -> Books:
    """The account of these units and debtors."""
    gathered = gather(Account(community_id, frozenset(pairs)))
    return Books(gathered, lines_of(gathered))


def list_unit_names(community_id: int, unit_ids: Collection[int]) -> list[str]:
    """The short forms of units, homes first."""
    query = sa.select(Unit.code).where(Unit.community_id == community_id, Unit.id.in_(list(unit_ids)))
    return list(db.session.scalars(query.order_by(Unit.use, Unit.code)))


def list_owned_pairs(community_id: int, party_id: int) -> set[tuple[int, int]]:
    """Every unit that is or was a person's, with that person."""
    query = sa.select(Ownership.unit_id).where(Ownership.community_id == community_id, Ownership.party_id == party_id)
    return {(unit_id, party_id) for unit_id in db.session.scalars(query)}


def list_charged_units(books: Books) -> list[int]:
    """The units of an account that were ever billed or hold money."""
    rows = [*books.gathered.charges.values(), *books.gathered.wallets.values()]
    return sorted({row.unit_id for row in rows})


def list_certificates(community_id: int, unit_id: int) -> list[Certificate]:
    """The certificates issued for a unit, the latest first."""
    query = sa.select(Certificate).where(Certificate.community_id == community_id, Certificate.unit_id == unit_id)
    return list(db.session.scalars(query.order_by(Certificate.year.desc(), Certificate.number.desc())))


def get_certificate(community_id: int, certificate_id: int) -> Certificate:
    """A certificate of this community. Raises NotFound."""
    certificate = db.session.get(Certificate, (community_id, certificate_id))
    if certificate is None:
        raise NotFound
    return certificate
