"""The page of the community itself: what stands on its bills and receipts."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feeapp.core.powers import Power
from feeapp.registry import communities
from feeapp.registry.forms import CommunityForm
from feeapp.registry.pages import pages
from feeapp.registry.queries import get_community
from feeapp.web import guard
from feeapp.web.forms import submit


@pages.route("/community", methods=["GET", "POST"])
@guard.needs(Power.REGISTRY_EDIT)
def community() -> str | Response:
    """What stands on the bills and receipts of the community."""
    form = CommunityForm.of(get_community(g.community.id))
    by = guard.acting()
    done = submit(
        form,
        lambda: communities.edit_community(
            by, form.name.data, form.operator.data, form.address.data, form.phone.data, form.how_to_pay.data
        ),
    )
    if done:
        flash(_("Saved. New bills and receipts will show it."), "ok")
        return redirect(url_for("registry.community"))
    return render_template("registry/community.html", form=form)
