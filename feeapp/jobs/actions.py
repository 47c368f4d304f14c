"""Promising, doing and ending long work.

The row of a job is written in the transaction that asks for it (an outbox): no job without its cause, no cause
without its job. A worker takes one job at a time by a guarded UPDATE, tells its progress, and may die at any point:
a job silent for ``SILENCE`` is taken up again from the start, so every handler is safe to run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feeapp.core.deed import By
from feeapp.core.refusal import NotFound
from feeapp.jobs.models import Job, JobState
from feeapp.storage.columns import new_id
from feeapp.storage.db import db, hits

SILENCE = timedelta(minutes=2)

Progress = Callable[[int, int], None]
"""``progress(done, total)``: a handler calls it now and then; it is also the worker's sign of life."""

Handler = Callable[[By, dict[str, Any], Progress], str]
"""Does the work of one kind and returns the name of the file it wrote, inside the data folder."""


def start(by: By, kind: str, facts: dict[str, Any]) -> int:
    """Promise a job, in the caller's transaction; returns its id."""
    job_id = new_id()
    db.session.execute(
        sa.insert(Job.__table__).values(
            community_id=by.community_id,
            id=job_id,
            kind=kind,
            facts=facts,
            state=JobState.WAITING,
            done=0,
            total=0,
            made_at=by.at,
            made_by=by.actor_id,
        )
    )
    return job_id


def get_job(community_id: int, job_id: int, made_by: int) -> Job:
    """A job this person started. Raises NotFound, also for somebody else's."""
    job = db.session.get(Job, (community_id, job_id))
    if job is None or job.made_by != made_by:
        raise NotFound
    return job


def claim(at: datetime) -> Job | None:
    """Take the oldest job that waits or has fallen silent, or None; two workers never get the same one."""
    silent = sa.and_(Job.state == JobState.RUNNING, Job.beat_at < at - SILENCE)
    free = sa.or_(Job.state == JobState.WAITING, silent)
    for community_id, job_id in db.session.execute(sa.select(Job.community_id, Job.id).where(free).order_by(Job.id)):
        take = sa.update(Job).where(Job.community_id == community_id, Job.id == job_id, free)
        if hits(take.values(state=JobState.RUNNING, beat_at=at, done=0)):
            return db.session.get(Job, (community_id, job_id), populate_existing=True)
    return None


def tell(job: Job, done: int, total: int, at: datetime) -> None:
    """Note how far a job has come."""
    _change(job, done=done, total=total, beat_at=at)


def finish(job: Job, result: str, at: datetime) -> None:
    """End a job with the file it made."""
    _change(job, state=JobState.DONE, result=result, ended_at=at)


def fail(job: Job, number: str, at: datetime) -> None:
    """End a job that broke, under the error number that also stands in the server's log."""
    _change(job, state=JobState.FAILED, failure=number, ended_at=at)


def _change(job: Job, **values: Any) -> None:
    db.session.execute(
        sa.update(Job)
        .where(Job.community_id == job.community_id, Job.id == job.id, Job.state == JobState.RUNNING)
        .values(**values)
    )
