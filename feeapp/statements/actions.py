"""Papers that are asked for: bills in bulk, and certificates."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import Money, total
from feeapp.core.period import Period
from feeapp.core.refusal import Refused, msg
from feeapp.jobs import actions as jobs
from feeapp.logbook.actions import log
from feeapp.printing.certificate import CertificatePaper, to_facts
from feeapp.registry.queries import get_community, get_unit
from feeapp.statements.certifying import lines_of, owed_on
from feeapp.statements.models import Certificate
from feeapp.statements.press import KIND
from feeapp.statements.queries import get_household, open_books
from feeapp.statements.rules import CertificateKind, certificate_label, check_certificate
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills: of these buildings and stairs (all where none), or of these units; of whom, and how made out."""

    month: Period
    portal: str
    file: str
    buildings: Collection[int] = ()
    stairs: Collection[int] = ()
    units: Collection[int] | None = None
    owing: bool = True
    least: Money | None = None
    english: bool = False


def print_bills(by: By, wanted: Wanted) -> int:
    """Start printing; returns the job's id."""
    facts = {
        "month": str(wanted.month),
        "portal": wanted.portal,
        "file": wanted.file,
        "buildings": sorted(wanted.buildings),
        "stairs": sorted(wanted.stairs),
        "units": None if wanted.units is None else sorted(wanted.units),
        "owing": wanted.owing,
        "least": wanted.least.fen if wanted.least else None,
        "english": wanted.english,
    }
    job_id = jobs.start(by, KIND, facts)
    log(by, "statements.bills", "job", job_id, period=str(wanted.month))
    return job_id


def certify(by: By, unit_id: int, key: int, kind: CertificateKind, on: date) -> int:
    """Issue a certificate of what a household owed on a unit on a day; returns its id.

    ``key`` names the household as in ``queries.Household``. Raises Refused where the books say otherwise.
    """
    today = office_day(by.at)
    household = get_household(by.community_id, unit_id, key, today)
    gathered = open_books(by.community_id, unit_id, household, wide=False).gathered
    owed = owed_on(gathered, on)
    amount = total(owed.values())
    check_certificate(kind, amount, on, today)
    if not household.parties:
        raise Refused("certificate.nobody", msg("Nobody owns this unit on the ledger, so nothing can be certified."))
    unit, community = get_unit(by.community_id, unit_id), get_community(by.community_id)
    number = take_number(by.community_id, f"certificate/{today.year}")
    label = certificate_label(community.code, today.year, number)
    paper = CertificatePaper(
        community=community.name,
        body=community.operator,
        number=label,
        holder="、".join(party.name for party in household.parties)[:64],
        unit=unit.name,
        as_of_on=on,
        issued_on=today,
        lines=lines_of(gathered, owed),
        total=amount,
    )
    certificate = Certificate(
        community_id=by.community_id,
        id=new_id(),
        unit_id=unit_id,
        kind=kind,
        year=today.year,
        number=number,
        label=label,
        as_of_on=on,
        amount=amount,
        snapshot=to_facts(paper),
        issued_at=by.at,
        issued_by=by.actor_id,
    )
    db.session.add(certificate)
    db.session.flush()
    log(by, "statements.certify", "certificate", certificate.id, label=label)
    return certificate.id
