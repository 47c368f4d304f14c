"""A job's page: how far it has come, and the file it made."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template, request, send_from_directory
from flask_login import current_user
from werkzeug.wrappers import Response

from feeapp.core.powers import Power
from feeapp.core.refusal import NotFound
from feeapp.jobs.actions import get_job
from feeapp.jobs.models import JobState
from feeapp.web import guard

pages = Blueprint("jobs", __name__, url_prefix="/<community:community>/jobs")


@pages.get("/<int:job_id>")
@guard.needs(Power.REGISTRY_SEE)
def job(job_id: int) -> str:
    found = get_job(g.community.id, job_id, current_user.id)
    part = "jobs/_progress.html" if "HX-Request" in request.headers else "jobs/job.html"
    return render_template(part, job=found, working=found.state in (JobState.WAITING, JobState.RUNNING))


@pages.get("/<int:job_id>/file")
@guard.needs(Power.REGISTRY_SEE)
def result(job_id: int) -> Response:
    """The file the job made."""
    found = get_job(g.community.id, job_id, current_user.id)
    if found.result is None:
        raise NotFound
    return send_from_directory(current_app.config["FEEAPP_DATA"], found.result, as_attachment=True)
