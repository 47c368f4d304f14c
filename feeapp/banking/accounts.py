"""Own accounts, and the formats a community sets up for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from feeapp.banking.formats import Column, Format
from feeapp.banking.models import BankAccount, BankFormat
from feeapp.banking.queries import find_own_format
from feeapp.banking.rules import AccountKind, masked_number
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.ledger.rules import Fund
from feeapp.logbook.actions import log
from feeapp.storage.columns import new_id
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, dialect_insert


def add_account(by: By, kind: AccountKind, fund: Fund, name: str, number: str) -> int:
    """Add an own account; of its number only the end is kept. Raises Refused where the name is taken."""
    account_id = new_id()
    insert = dialect_insert(BankAccount.__table__).values(
        community_id=by.community_id,
        id=account_id,
        kind=kind,
        fund=fund.value,
        name=name,
        number=masked_number(number),
        at=by.at,
        by_id=by.actor_id,
    )
    once = insert.on_conflict_do_nothing(index_elements=["community_id", "name"]).returning(BankAccount.__table__.c.id)
    if db.session.execute(once).scalar() is None:
        raise Refused("bank.account_name", msg("An account of this name is there already."), field="name")
    log(by, "banking.account", "bank_account", account_id, name=name)
    return account_id


def save_format(by: By, code: str, name: str, headers: Mapping[Column, Sequence[str]], of_channel: bool) -> str:
    """Save a format of the community's own as its next version, a new one where ``code`` is empty; returns the code.

    Raises Refused where it could not read a statement, and NotFound for a code that is not there.
    """
    if code:
        before = find_own_format(by.community_id, code)
        if before is None:
            raise NotFound
        made = replace(before, name=name, headers=dict(headers), of_channel=of_channel)
    else:
        code = f"own-{take_number(by.community_id, 'bank_format')}"
        made = Format(code, name, dict(headers), of_channel=of_channel)
    format_id = new_id()
    version = take_number(by.community_id, f"bank_format/{code}")
    db.session.execute(
        sa.insert(BankFormat.__table__).values(
            community_id=by.community_id,
            id=format_id,
            code=code,
            version=version,
            name=name,
            facts=made.to_facts(),
            at=by.at,
            by_id=by.actor_id,
        )
    )
    log(by, "banking.format", "bank_format", format_id, name=name, version=version)
    return code
