"""Bills that were voided, on paper as they were issued: they bear a stamp and ask nobody to pay."""

from __future__ import annotations

from collections.abc import Sequence

from feeapp.billing.queries import ChargeLine, list_charges, marked
from feeapp.billing.saying import explain
from feeapp.core.money import total
from feeapp.printing.notice import NoticeLine, NoticePaper
from feeapp.registry.models import Community, Party, Unit
from feeapp.statements.bills import LONGEST_EXPLANATION, Terms, item_of, whence
from feeapp.statements.wording import in_chinese, month
from feeapp.storage.db import db


def list_voided_papers(community: Community, unit: Unit, terms: Terms) -> list[NoticePaper]:
    """The voided bills of a unit for a month as they were issued, one for each debtor, marked as voided."""
    voided = [
        each
        for each in marked(community.id, list_charges(community.id, [unit.id]))
        if each.period == terms.month and each.voided
    ]
    return [
        _voided_paper([each for each in voided if each.debtor_id == debtor_id], unit, community, terms)
        for debtor_id in dict.fromkeys(each.debtor_id for each in voided)
    ]


def _voided_paper(charges: Sequence[ChargeLine], unit: Unit, community: Community, terms: Terms) -> NoticePaper:
    debtor = db.session.get_one(Party, (community.id, charges[0].debtor_id))
    lines = tuple(
        NoticeLine(
            each.unit_code, item_of(each, terms), month(each.period, "zh"),
            f"{whence(each)}{explain(each.facts, in_chinese)}"[:LONGEST_EXPLANATION], each.amount,
        )
        for each in charges
    )  # fmt: skip
    return NoticePaper(
        title="缴费账单",
        community=community.name,
        body=community.operator,
        number=f"{unit.code[:25]}-{terms.month.key}",
        issued_on=terms.on,
        addressee=debtor.name[:64],
        address=(unit.name, community.name),
        lines=lines,
        total=total(line.amount for line in lines),
        pay_by=max(each.due_on for each in charges),
        ways_to_pay=(),
        language="en" if terms.english else "zh",
        month=month(terms.month, "zh"),
        room=unit.code,
        voided=True,
    )
