"""Long work: promised with its cause, done once, taken up again when a worker dies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from feeapp import clock
from feeapp.core.deed import By
from feeapp.core.refusal import NotFound
from feeapp.jobs.actions import SILENCE, Progress, claim, get_job, start
from feeapp.jobs.models import Job, JobState
from feeapp.jobs.working import Worker
from feeapp.storage.db import db
from feeapp.storage.transaction import transaction
from tests.people import AT, Cast


def _promise(cast: Cast, **facts: Any) -> int:
    by = cast.by("cashier")
    return transaction(lambda: start(by, "echo", facts))


def _job(cast: Cast, job_id: int) -> Job:
    return db.session.get_one(Job, (cast.community, job_id), populate_existing=True)


def _echo(by: By, facts: dict[str, Any], progress: Progress) -> str:
    progress(1, 2)
    if facts.get("breaks"):
        raise RuntimeError("the printer caught fire")
    return f"{facts['say']}.pdf"


def test_a_job_is_done_once_and_names_its_file(app: Flask, cast: Cast) -> None:
    job_id, worker = _promise(cast, say="notices"), Worker({"echo": _echo})
    assert (worker.work_once(), worker.work_once()) == (True, False)
    done = _job(cast, job_id)
    assert (done.state, done.result, done.done, done.total) == (JobState.DONE, "notices.pdf", 1, 2)


def test_a_job_that_breaks_ends_with_a_number_and_does_not_stop_the_next(app: Flask, cast: Cast) -> None:
    broken, sound = _promise(cast, say="a", breaks=True), _promise(cast, say="b")
    worker = Worker({"echo": _echo})
    assert (worker.work_once(), worker.work_once()) == (True, True)
    assert _job(cast, broken).state is JobState.FAILED
    assert len(_job(cast, broken).failure or "") == 8
    assert _job(cast, sound).state is JobState.DONE


def test_a_job_is_promised_only_with_its_cause(app: Flask, cast: Cast) -> None:
    by = cast.by("cashier")

    def promise_and_fail() -> None:
        start(by, "echo", {})
        raise RuntimeError("the cause fell through")

    with pytest.raises(RuntimeError):
        transaction(promise_and_fail)
    assert db.session.query(Job).count() == 0


def test_a_silent_job_is_taken_up_again_and_a_lively_one_is_not(app: Flask, cast: Cast) -> None:
    _promise(cast, say="x")
    assert transaction(lambda: claim(AT)) is not None
    assert transaction(lambda: claim(AT + SILENCE)) is None
    again = transaction(lambda: claim(AT + SILENCE + timedelta(seconds=1)))
    assert again is not None
    assert transaction(lambda: claim(AT + SILENCE + timedelta(seconds=1))) is None


def test_a_job_is_its_starters_own(app: Flask, cast: Cast) -> None:
    job_id = _promise(cast, say="x")
    assert get_job(cast.community, job_id, cast.users["cashier"]).id == job_id
    for community, person in ((cast.community, "manager"), (cast.neighbour, "outsider")):
        with pytest.raises(NotFound):
            get_job(community, job_id, cast.users[person])


def test_the_page_of_a_job_tells_how_far_it_has_come(site: Flask, cast: Cast) -> None:
    by = By(cast.community, cast.users["cashier"], clock.now())
    job_id = transaction(lambda: start(by, "echo", {"say": "x"}))
    cashier = cast.client("cashier")
    assert "排队等候中" in cashier.get(f"/XHY/jobs/{job_id}").text
    Worker({"echo": _echo}).work_once()
    assert "文件可以下载" in cashier.get(f"/XHY/jobs/{job_id}").text
    assert cast.client("manager").get(f"/XHY/jobs/{job_id}").status_code == 404
    assert cashier.get(f"/XHY/jobs/{job_id}/file").status_code == 404
