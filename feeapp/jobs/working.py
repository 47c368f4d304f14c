"""The worker: takes jobs one at a time and runs the handler of their kind."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from feeapp import clock
from feeapp.core.deed import By
from feeapp.jobs import actions
from feeapp.jobs.actions import Handler
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """Knows one handler for each kind of job (wired in ``create_app``)."""

    handlers: Mapping[str, Handler]

    def work_once(self) -> bool:
        """Do one job if there is one; False when nothing waits. A broken job ends as failed, with a number."""
        job = transaction(lambda: actions.claim(clock.now()))
        if job is None:
            return False
        by = By(job.community_id, job.made_by, clock.now())
        facts, kind = job.facts, job.kind
        db.session.expunge(job)

        def progress(done: int, total: int) -> None:
            transaction(lambda: actions.tell(job, done, total, clock.now()))

        try:
            result = self.handlers[kind](by, facts, progress)
        except Exception:
            number = secrets.token_hex(4)
            _log.exception("job %s failed, error %s", job.id, number)
            transaction(lambda: actions.fail(job, number, clock.now()))
        else:
            transaction(lambda: actions.finish(job, result, clock.now()))
        return True
