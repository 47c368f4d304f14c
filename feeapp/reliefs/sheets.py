"""The approval sheet of a relief, from what is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from feeapp.access.queries import names_of
from feeapp.printing.paper import render
from feeapp.printing.receipt import Language
from feeapp.printing.relief import Fact, ReliefPaper, Section, relief_sheet
from feeapp.registry.queries import get_unit, list_owners, names
from feeapp.registry.rules import Sight
from feeapp.reliefs.items import list_items
from feeapp.reliefs.models import Relief, ReliefStep
from feeapp.reliefs.naming import KIND_WORDS, PAPER_WORDS
from feeapp.reliefs.queries import list_steps
from feeapp.reliefs.rules import ReliefKind, Step, label, plain
from feeapp.web.language import chinese

_SIGNS: tuple[tuple[tuple[Step, ...], str, str, str, str], ...] = (
    ((Step.APPLY,), "申请", "Application", "申请人", "Applicant"),
    ((Step.INSPECT,), "核查情况", "Inspection", "核查人", "Inspector"),
    ((Step.APPROVE, Step.REFUSE), "审批意见", "Decision", "审批人（章）", "Approved by"),
)
_ENDED = (Step.END, Step.OCCUPY), "提前终止", "Ended early", "经办人", "Handled by"
_DONE = {
    Step.APPLY: "提出申请",
    Step.INSPECT: "核查",
    Step.APPROVE: "起执行，同意减免",
    Step.REFUSE: "不予减免",
    Step.END: "起恢复全额计收",
    Step.OCCUPY: "起有人入住，恢复全额计收",
}


class House(Protocol):
    """The community whose sheet it is."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def operator(self) -> str: ...


def sheet_of(house: House, relief: Relief, today: date, language: Language) -> bytes:
    """The sheet as PDF."""
    return render(relief_sheet(), compose(house, relief, today, language))


def compose(house: House, relief: Relief, today: date, language: Language) -> ReliefPaper:
    """The sheet as it is printed on a day; a section without a step is left open to be written by hand."""
    steps = list_steps(relief.community_id, relief.id)
    people = names_of({step.by_id for step in steps if step.by_id})
    signs = _SIGNS if relief.ended_on is None else (*_SIGNS, _ENDED)
    return ReliefPaper(
        title="减免审批表",
        community=house.name,
        body=house.operator,
        number=label(house.code, relief.year, relief.number),
        printed_on=today,
        facts=tuple(Fact(zh, en, value) for zh, en, value in _facts(relief, today) if value),
        sections=tuple(_section(steps, people, *sign) for sign in signs),
        language=language,
    )


def _facts(relief: Relief, today: date) -> list[tuple[str, str, str]]:
    unit = get_unit(relief.community_id, relief.unit_id)
    owners = [held.party for held in list_owners(relief.community_id, relief.unit_id, today)]
    items = {item.id: item.name for item in list_items(relief.community_id)}
    paper = (
        f"{_zh(PAPER_WORDS[relief.paper_kind])}　{relief.paper_number}" if relief.paper_kind else relief.paper_number
    )
    vacancy = relief.kind is ReliefKind.VACANCY
    return [
        ("房屋", "Unit", f"{unit.name}（{unit.code}）"),
        ("业主", "Owners", names(owners, Sight.FULL)[:200]),
        ("减免类别", "Kind", _zh(KIND_WORDS[relief.kind])),
        ("减免项目", "For", "全部物业费项目" if relief.item_id is None else items.get(relief.item_id, "")),
        ("仍需缴纳", "Still to be paid", f"{plain(relief.percent)}%"),
        ("申请日期", "Applied for on", relief.applied_on.isoformat()),
        ("空置起始", "Empty since", relief.since_on.isoformat() if relief.since_on else ""),
        ("减免期限", "Days", _days(relief)),
        ("空置证明" if vacancy else "减免理由", "Proof" if vacancy else "Reason", relief.proof),
        ("证明编号" if vacancy else "证件", "Paper", paper),
        ("发证单位", "Issued by", relief.paper_issuer),
        ("有效期至", "Valid until", relief.valid_until.isoformat() if relief.valid_until else ""),
        ("减免承担方", "Borne by", relief.borne_by),
    ]


def _days(relief: Relief) -> str:
    if relief.end <= relief.from_on:
        return "未执行"
    return f"{relief.from_on.isoformat()} 至 {relief.last_on.isoformat()}，共 {(relief.end - relief.from_on).days} 天"


def _section(
    steps: list[ReliefStep], people: Mapping[int, str], which: tuple[Step, ...], zh: str, en: str, signer: str, who: str
) -> Section:
    """The last step of its kind, in words; empty where it was not taken."""
    taken = [step for step in steps if step.step in which]
    return Section(zh, en, _told(taken[-1], people) if taken else "", signer, who)


def _told(step: ReliefStep, people: Mapping[int, str]) -> str:
    person = f"，{step.person}" if step.person else ""
    words = f"：{step.words}" if step.words else ""
    entered = people.get(step.by_id or 0, "")
    return f"{step.day.isoformat()} {_DONE[step.step]}{person}{words}" + (f"（录入：{entered}）" if entered else "")


def _zh(sentence: str) -> str:
    return chinese().gettext(sentence)
