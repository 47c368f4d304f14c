"""Looks at uploaded ledgers and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feeapp.core.area import Area
from feeapp.core.money import Money
from feeapp.core.refusal import NotFound
from feeapp.registry.comparing import Pair, TieOut
from feeapp.registry.deciding import undecided
from feeapp.registry.models import Community, ImportBatch, ImportRow
from feeapp.registry.records import Problem, Severity, SubtotalCheck, SubtotalFigure, UnitRecord
from feeapp.registry.rules import BatchState, Heap
from feeapp.storage.db import db
from feeapp.web.paging import SIZE, Page


@dataclass(frozen=True, slots=True)
class Counted:
    """What would be taken over as things are decided now; kept with the batch, so that a page need not count."""

    units: int
    area: Area
    without_area: int
    arrears: Money
    undecided: int
    left_out: int
    refused: int

    def to_facts(self) -> dict[str, int]:
        """As plain JSON values."""
        return {
            "units": self.units,
            "area": self.area.centi,
            "without_area": self.without_area,
            "arrears": self.arrears.fen,
            "undecided": self.undecided,
            "left_out": self.left_out,
            "refused": self.refused,
        }

    @classmethod
    def of(cls, batch: ImportBatch) -> Counted:
        """The sums kept with a batch."""
        facts = batch.reading["counted"]
        return cls(**{**facts, "area": Area(facts["area"]), "arrears": Money(facts["arrears"])})

    def against(self, batch: ImportBatch) -> TieOut:
        """The three sums against those that were typed."""
        return TieOut(
            Pair(str(self.units), str(batch.typed_units)),
            Pair(str(self.area), str(batch.typed_area)),
            Pair(str(self.arrears), str(batch.typed_arrears)),
        )


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of the preview. ``record`` is None for a refused row, which shows its cells as they are."""

    id: int
    heap: Heap
    sheet: str
    row: int
    code: str
    shown: Sequence[str]
    record: UnitRecord | None
    problems: Sequence[Problem]
    changes: Sequence[Mapping[str, str]]
    decisions: Mapping[str, str]
    unit_id: int | None

    @property
    def doubts(self) -> list[Problem]:
        """What must be decided."""
        return [problem for problem in self.problems if problem.severity is Severity.DOUBTFUL]

    @property
    def remarks(self) -> list[Problem]:
        """What is told about the row besides: why it is refused, or how something was understood."""
        return [problem for problem in self.problems if problem.severity is not Severity.DOUBTFUL]

    @property
    def is_open(self) -> bool:
        """Whether a choice is still missing."""
        return bool(undecided(self.problems, self.decisions))


def get_batch(community_id: int, batch_id: int) -> ImportBatch:
    """An uploaded ledger of this community. Raises NotFound."""
    batch = db.session.get(ImportBatch, (community_id, batch_id))
    if batch is None:
        raise NotFound
    return batch


def hold_registry(community_id: int) -> None:
    """Let others who import, decide or undo in this community wait until this transaction ends.

    SQLite has one writer at a time in any case.
    """
    db.session.execute(sa.select(Community.id).where(Community.id == community_id).with_for_update())


def list_batches(community_id: int) -> list[ImportBatch]:
    """Every uploaded ledger, the latest first."""
    return list(
        db.session.scalars(
            sa.select(ImportBatch)
            .where(ImportBatch.community_id == community_id)
            .order_by(ImportBatch.staged_at.desc(), ImportBatch.id.desc())
        )
    )


def count_heaps(community_id: int, batch_id: int) -> dict[Heap, int]:
    """How many rows lie on each of the five heaps."""
    found = db.session.execute(
        sa.select(ImportRow.heap, sa.func.count())
        .where(ImportRow.community_id == community_id, ImportRow.batch_id == batch_id)
        .group_by(ImportRow.heap)
    )
    return dict.fromkeys(Heap, 0) | dict(found.all())


def list_rows(community_id: int, batch_id: int, heap: Heap, page: int) -> Page[RowLine]:
    """One page of one heap, in the order of the file."""
    here = (ImportRow.community_id == community_id, ImportRow.batch_id == batch_id, ImportRow.heap == heap)
    total = db.session.scalar(sa.select(sa.func.count()).where(*here)) or 0
    rows = db.session.scalars(
        sa.select(ImportRow).where(*here).order_by(ImportRow.position).limit(SIZE).offset((page - 1) * SIZE)
    )
    return Page([row_line(row) for row in rows], page, total)


def row_line(row: ImportRow) -> RowLine:
    """A kept row as the preview shows it."""
    facts = row.record
    refused = row.heap is Heap.REFUSED
    return RowLine(
        row.id,
        row.heap,
        facts["sheet"],
        facts["row"],
        facts["code"],
        facts["shown"] if refused else (),
        None if refused else UnitRecord.from_facts(facts),
        [Problem.from_facts(problem) for problem in row.problems],
        row.changes,
        row.decisions,
        row.unit_id,
    )


def sheet_problems(batch: ImportBatch) -> list[Problem]:
    """What is said about whole sheets."""
    return [Problem.from_facts(facts) for facts in batch.reading["problems"]]


def subtotal_checks(batch: ImportBatch) -> list[SubtotalCheck]:
    """The sum rows of the file, held against its rows."""
    return [
        SubtotalCheck(
            facts["sheet"], facts["row"], facts["label"], tuple(SubtotalFigure(**one) for one in facts["figures"])
        )
        for facts in batch.reading["subtotals"]
    ]


def count_imports(community_id: int) -> int:
    """How often a ledger was applied or undone so far: a staged one that saw another number is out of date."""
    return (
        db.session.scalar(
            sa.select(sa.func.count() + sa.func.count(ImportBatch.undone_at)).where(
                ImportBatch.community_id == community_id,
                ImportBatch.state.in_([BatchState.APPLIED, BatchState.UNDONE]),
            )
        )
        or 0
    )
