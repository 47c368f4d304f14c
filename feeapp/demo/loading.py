"""Loading the demo into an empty database, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from feeapp.core.deed import By
from feeapp.core.powers import Role
from feeapp.demo.cases import leave_open
from feeapp.demo.community import CODE, found, import_ledger, set_prices
from feeapp.demo.months import first_period, live_through, office_hour
from feeapp.demo.people import PASSPHRASE, Invited, invite_resident, log_ins
from feeapp.portal.activating import activate
from feeapp.registry.queries import find_community
from feeapp.storage.transaction import transaction

LogIns = list[tuple[str, str, Role]]


def loaded_log_ins(at: datetime) -> LogIns:
    """The log-ins of a demo that stands; empty where there is none, or only a part of one."""
    community = find_community(CODE)
    return log_ins(By(community.id, None, at)) if community else []


def load(at: datetime, pepper: str) -> LogIns:
    """Load the demo as it would have grown over the last two months; returns the log-ins."""
    invited = transaction(lambda: _grow(at, pepper))
    activate(invited.code, invited.phone, PASSPHRASE, pepper, "127.0.0.1", at)
    return loaded_log_ins(at)


def _grow(at: datetime, pepper: str) -> Invited:
    opened = first_period(at).first_day - timedelta(days=7)
    community_id, people = found(office_hour(opened, 9))
    import_ledger(By(community_id, people[Role.ACCOUNTANT], office_hour(opened, 10)))
    set_prices(By(community_id, people[Role.MANAGER], office_hour(opened, 11)))
    live_through(community_id, people, at)
    leave_open(community_id, people, at)
    return invite_resident(By(community_id, people[Role.CASHIER], at), pepper)
