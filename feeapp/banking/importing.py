"""A statement on its way in: read, compared with what is known, shown, then counted once or put away.

Staging counts nothing. Confirming moves the file by a guarded UPDATE that must hit exactly one row, and adds what is
still new at that moment: two files that overlap never count a line twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from feeapp import spreadsheet
from feeapp.banking.formats import Format
from feeapp.banking.lining import Line, Numbered, Reading, balances, find_format, number_equals, read_lines
from feeapp.banking.models import BankAccount, BankFile, BankLine, BankRow
from feeapp.banking.queries import get_account, get_file
from feeapp.banking.rules import ACCOUNT_OF_KIND, AccountKind, LineState, RowKind
from feeapp.banking.swift import read_standard
from feeapp.clock import office_day
from feeapp.core.deed import By
from feeapp.core.money import ZERO
from feeapp.core.refusal import NotFound, Refused, msg
from feeapp.ledger.actions import Source, post
from feeapp.ledger.rules import STATEMENT_LINE, UNIDENTIFIED, Fund, credit, debit
from feeapp.logbook.actions import log
from feeapp.registry.rules import BATCH_MOVES, BatchState
from feeapp.storage.columns import new_id, new_ids
from feeapp.storage.counters import take_number
from feeapp.storage.db import db, hits

_LONGEST_FILE_NAME = 200


def read_file(data: bytes, formats: Sequence[Format], chosen: Format | None) -> Reading:
    """Read a statement by the format chosen, or by the standard or the headings it is written in; nothing is written.

    Raises Refused where it is not safe to open, or no format fits.
    """
    standard = read_standard(data) if chosen is None else None
    if standard is not None:
        return standard
    if chosen is not None:
        return read_lines(_first_sheet(spreadsheet.read(data, encodings=chosen.encodings)), chosen)
    sheet = _first_sheet(spreadsheet.read(data))
    return read_lines(sheet, find_format(sheet, formats))


def _first_sheet(sheets: Sequence[spreadsheet.Sheet]) -> spreadsheet.Sheet:
    shown = [sheet for sheet in sheets if not sheet.hidden and sheet.rows]
    if not shown:
        raise Refused("bank.no_sheet", msg("The workbook has no sheet with rows."), field="file")
    return shown[0]


def stage(by: By, account_id: int, file_name: str, format_name: str, reading: Reading) -> int:
    """Keep a statement with what would become of every row, and return its id. Raises NotFound, Refused."""
    account = get_account(by.community_id, account_id)
    if reading.format.of_channel is not (account.kind is AccountKind.CHANNEL) and reading.format.code != "plain":
        raise Refused(
            "bank.other_kind",
            msg("A channel's statement belongs to a channel's account, a bank's to a bank account."),
            field="account",
        )
    told = balances(reading.lines)
    plain = "".join(sign for sign in file_name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    file = BankFile(
        community_id=by.community_id,
        id=new_id(),
        account_id=account.id,
        file_name=plain[:_LONGEST_FILE_NAME] or "–",
        format_name=format_name,
        state=BatchState.STAGED,
        opening=told.opening if told else None,
        closing=told.closing if told else None,
        breaks=list(told.breaks) if told else [],
        staged_at=by.at,
        staged_by=by.actor_id,
    )
    db.session.add(file)
    db.session.flush()
    rows = _rows(account, file.id, reading, office_day(by.at))
    keys = new_ids(len(rows))
    db.session.execute(sa.insert(BankRow.__table__), [{**row, "id": key} for key, row in zip(keys, rows, strict=True)])
    log(by, "banking.stage_import", "bank_file", file.id, rows=len(rows))
    return file.id


def _rows(account: BankAccount, file_id: int, reading: Reading, today: date) -> list[dict[str, Any]]:
    numbered = number_equals(reading.lines)
    known = _known(account, [each.fingerprint for each in numbered])
    base = {"community_id": account.community_id, "file_id": file_id}
    rows = [{**base, **_told(each), **_fate(each, known, today)} for each in numbered]
    nothing = Line(row=0, on=today, at="", amount=ZERO)
    for number, problem in reading.refused:
        blank = {**base, **_movement(nothing), "row": number, "first_row": number, "fingerprint": ""}
        rows.append({**blank, "kind": RowKind.REFUSED, "problem": _problem(problem)})
    return rows


def _fate(each: Numbered, known: Collection[str], today: date) -> dict[str, Any]:
    if each.line.on > today:
        problem = Refused("bank.future", msg("%(on)s has not come yet."), {"on": each.line.on.isoformat()})
        return {"kind": RowKind.REFUSED, "problem": _problem(problem)}
    if each.fingerprint in known:
        return {"kind": RowKind.KNOWN, "problem": None}
    return {"kind": RowKind.REPEATED if each.is_repeat else RowKind.NEW, "problem": None}


def _told(each: Numbered) -> dict[str, Any]:
    told = {"row": each.line.row, "first_row": each.first_row, "fingerprint": each.fingerprint}
    return {**_movement(each.line), **told}


def _movement(line: Line) -> dict[str, Any]:
    return {
        "happened_on": line.on,
        "at_time": line.at,
        "amount": line.amount,
        "fee": line.fee,
        "balance": line.balance,
        "payer": line.name,
        "payer_account": line.number,
        "memo": line.memo,
        "reference": line.reference,
    }


def _problem(refusal: Refused) -> dict[str, Any]:
    return {"code": refusal.code, "sentence": str(refusal.sentence), "facts": refusal.facts}


def _known(account: BankAccount, fingerprints: Sequence[str]) -> set[str]:
    """Which of these lines the account has already."""
    known: set[str] = set()
    for at in range(0, len(fingerprints), 500):
        known |= set(
            db.session.scalars(
                sa.select(BankLine.fingerprint).where(
                    BankLine.community_id == account.community_id,
                    BankLine.account_id == account.id,
                    BankLine.fingerprint.in_(fingerprints[at : at + 500]),
                )
            )
        )
    return known


def confirm(by: By, file_id: int, repeated: Collection[int] = ()) -> int:
    """Count every new line, and those of the rows listed twice that a person names, once and whole; returns how many.

    Money that came into a bank account is booked as unidentified. Raises NotFound for a row that is not listed twice,
    Refused where nothing would be counted or the file was confirmed or put away before.
    """
    file = _staged(by, file_id, "confirm")
    account = get_account(by.community_id, file.account_id)
    # Whoever confirms another statement of this account at this instant waits here.
    take_number(by.community_id, f"bank/{account.id}")
    chosen = _chosen(file, set(repeated))
    known = _known(account, [row.fingerprint for row in chosen])
    fresh = [row for row in chosen if row.fingerprint not in known]
    if not fresh:
        raise Refused("bank.nothing_new", msg("No line of this file is new. Discard it."))
    _move(by, file, "confirm")
    lines = [
        {**_copied(row), "id": key, "account_id": account.id, "state": _first_state(account, row)}
        for key, row in zip(new_ids(len(fresh)), fresh, strict=True)
    ]
    db.session.execute(sa.insert(BankLine.__table__), lines)
    for line in lines:
        if line["state"] is LineState.UNCLAIMED:
            book_arrival(by, account, line["id"], line["happened_on"], line["amount"])
    log(by, "banking.confirm_import", "bank_file", file.id, lines=len(lines))
    return len(lines)


def book_arrival(by: By, account: BankAccount, line_id: int, on: date, amount: Any) -> None:
    """Book money that came in and is nobody's yet (domain entry 9.2: bank receipt not yet identified)."""
    lines = [debit(ACCOUNT_OF_KIND[account.kind], amount), credit(UNIDENTIFIED, amount)]
    post(by, Fund(account.fund), "banking.arrived", on, Source(STATEMENT_LINE, line_id), lines)


def _first_state(account: BankAccount, row: BankRow) -> LineState:
    if account.kind is AccountKind.CHANNEL:
        return LineState.LISTED
    return LineState.UNCLAIMED if row.amount > ZERO else LineState.WAITING


def _chosen(file: BankFile, repeated: set[int]) -> list[BankRow]:
    rows = db.session.scalars(
        sa.select(BankRow)
        .where(
            BankRow.community_id == file.community_id,
            BankRow.file_id == file.id,
            BankRow.kind.in_([RowKind.NEW, RowKind.REPEATED]),
        )
        .order_by(BankRow.row)
    ).all()
    if not repeated <= {row.id for row in rows if row.kind is RowKind.REPEATED}:
        raise NotFound
    return [row for row in rows if row.kind is RowKind.NEW or row.id in repeated]


def _copied(row: BankRow) -> dict[str, Any]:
    same = (
        "community_id", "file_id", "fingerprint", "happened_on", "at_time", "amount", "fee", "balance", "payer",
        "payer_account", "memo", "reference",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same}


def discard(by: By, file_id: int) -> None:
    """Put a statement away; nothing of it was ever counted."""
    file = _staged(by, file_id, "discard")
    _move(by, file, "discard")
    log(by, "banking.discard_import", "bank_file", file.id)


def _staged(by: By, file_id: int, deed: str) -> BankFile:
    file = get_file(by.community_id, file_id)
    BATCH_MOVES.after(file.state, deed)
    return file


def _move(by: By, file: BankFile, deed: str) -> None:
    """The guarded move: of two that press at once, one hits the row and the other is refused."""
    hit = hits(
        sa.update(BankFile)
        .where(BankFile.community_id == by.community_id, BankFile.id == file.id, BankFile.state == file.state)
        .values(state=BATCH_MOVES.after(file.state, deed), ended_at=by.at, ended_by=by.actor_id)
        .execution_options(synchronize_session=False)
    )
    if hit != 1:
        raise Refused("state.move", msg("This is not possible any more: the state has changed. Reload the page."))
    db.session.expire(file)
