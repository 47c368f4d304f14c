"""The page of a community's settings, and the form with the rules of a place."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask

from feeapp.core.money import Money
from feeapp.registry.actions import set_profile
from feeapp.registry.presets import PRESETS
from feeapp.registry.profile import KINDS, MemberQuorum, Profile, SettlementPolicy, VacancyPhase
from feeapp.registry.queries import list_profiles, profile_of
from feeapp.registry.setting_forms import SettingsForm
from feeapp.storage.transaction import transaction
from tests.people import Cast

EDIT = "/XHY/settings/edit"


def _filled(profile: Profile, **typed: str) -> dict[str, str]:
    """What a browser sends for these settings."""
    sent = {}
    form = SettingsForm.of(profile, 0)
    for name in KINDS:
        value = getattr(profile, name)
        if value is False:
            continue
        sent[name] = str(value.value) if hasattr(value, "value") else form[name]._value() if value is not True else "y"
    return {**sent, "seen": "0", "why": "2026年合同第八条"} | typed


def _sent(app: Flask, **typed: str) -> dict[str, str]:
    with app.test_request_context():
        return _filled(Profile(), **typed)


@pytest.mark.parametrize("who", ["cashier", "accountant", "manager", "committee", "auditor", "administrator"])
def test_the_whole_office_reads_the_rules_and_only_the_manager_changes_them(site: Flask, cast: Cast, who: str) -> None:
    client = cast.client(who)
    page = client.get("/XHY/settings").text
    for said in ("民法典第585条", "面积和人数均达三分之二", "15 天", "不收", "买卖双方按天分摊", "还没有改动过"):
        assert said in page
    assert (EDIT in page) == (who == "manager")
    assert client.get(EDIT).status_code == (200 if who == "manager" else 403)
    assert client.post(EDIT, data=_sent(site)).status_code == (200 if who == "manager" else 403)


def test_every_setting_stands_on_the_page_in_both_languages(site: Flask, cast: Cast) -> None:
    english = cast.client("manager", "en").get("/XHY/settings").text
    assert english.count('class="setting"') == len(KINDS) + 2
    assert "%(n)s" not in english
    for said in ("Late charge for each day", "30 %", "¥30,000.00", "1 times", "no limit", "at least half"):
        assert said in english


def test_settings_are_looked_at_and_saved_with_their_reason(site: Flask, cast: Cast) -> None:
    manager = cast.client("manager")
    typed = _sent(
        site,
        late_rate="0.03",
        late_year_cap="3.9",
        late_grace_days="7",
        settlement_policy="STATUTORY",
        small_waiver_receipt="0.05",
        small_waiver_day="２.００",
        contract_ends_on="2027-06-30",
        vacancy_percent="60.50",
        proxy_limit="",
        bill_to_jiao="y",
    )
    looked = manager.post(EDIT, data={**typed, "check": "1"}).text
    for said in ("将要变更", "0.03%／天", "3.9%／年", "7 天", "60.5%", "先违约金后费用", "2027-06-30", "¥0.05", "不限"):
        assert said in looked
    assert list_profiles(cast.community) == []
    assert manager.post(EDIT, data=typed).headers["Location"] == "/XHY/settings"
    saved = profile_of(cast.community)
    assert (saved.late_rate, saved.late_year_cap, saved.late_grace_days) == (Decimal("0.0003"), Decimal("0.039"), 7)
    assert (saved.small_waiver_receipt, saved.small_waiver_day) == (Money(5), Money(200))
    assert (saved.proxy_limit, saved.bill_to_jiao, saved.vacancy_percent) == (None, True, Decimal("60.5"))
    assert saved.settlement_policy is SettlementPolicy.STATUTORY
    page = cast.client("auditor").get("/XHY/settings").text
    for said in ("2026年合同第八条", "0.03%／天", "默认：不收", "manager"):
        assert said in page
    form = manager.get(EDIT).text
    assert re.search(r'name="late_rate"[^>]*value="0.03"', form)
    assert re.search(r'name="seen"[^>]*value="1"', form)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("late_rate", "2", "应在 0 到 1 之间"),
        ("late_rate", "0.00001", "请写成 60、3.9 或 0.03 这样"),
        ("late_rate", "三厘", "请写成 60、3.9 或 0.03 这样"),
        ("late_grace_days", "-1", "整数"),
        ("committee_min", "4", "应为单数"),
        ("notice_days", "", "请填写"),
        ("term_years_max", "6", "应在 1 到 5 之间"),
        ("settlement_policy", "ANY", "请选择"),
        ("contract_ends_on", "2027-02-30", "日期"),
        ("arrears_posting", "y", "须写明依据"),
        ("small_waiver_receipt", "1", "每天的限额"),
        ("why", "", "请写明原因"),
    ],
)
def test_what_cannot_hold_is_said_at_its_field_and_nothing_is_saved(
    site: Flask, cast: Cast, field: str, typed: str, said: str
) -> None:
    answer = cast.client("manager").post(EDIT, data=_sent(site, handover_days="9", **{field: typed}))
    assert answer.status_code == 200
    assert said in answer.text
    assert "field--bad" in answer.text
    assert re.search(r'name="handover_days"[^>]*value="9"', answer.text)
    assert list_profiles(cast.community) == []


@pytest.mark.parametrize("field", ["late_rate", "notice_days"])
def test_a_field_that_was_not_sent_never_becomes_a_default(site: Flask, cast: Cast, field: str) -> None:
    typed = _sent(site)
    del typed[field]
    assert cast.client("manager").post(EDIT, data=typed).status_code == 200
    assert list_profiles(cast.community) == []


def test_pressing_twice_or_after_somebody_else_saves_once(site: Flask, cast: Cast) -> None:
    manager, typed = cast.client("manager"), _sent(site, notice_days="20")
    assert [manager.post(EDIT, data=typed).status_code for _ in "ab"] == [302, 200]
    late = manager.post(EDIT, data=_sent(site, notice_days="25"))
    assert "期间已有人保存了新的设置" in late.text
    assert "没有任何改动" in manager.post(EDIT, data=_sent(site, notice_days="20", seen="1")).text
    for forged in ("", "x", "-5"):
        assert manager.post(EDIT, data=_sent(site, notice_days="30", seen=forged)).status_code == 200
    assert len(list_profiles(cast.community)) == 1


def test_the_rules_of_a_place_are_filled_in_and_shown_before_they_are_saved(site: Flask, cast: Cast) -> None:
    transaction(lambda: set_profile(cast.by("manager"), Profile(late_rate=Decimal("0.0003")), "合同"))
    manager = cast.client("manager")
    page = manager.get(f"{EDIT}?preset=hangzhou").text
    for said in ("将要变更", "《杭州市物业管理条例》（2021年）第19条", "7 天", "60 天", "还需自行决定", "还没有保存"):
        assert said in page
    assert re.search(r'name="extraordinary_notice_days"[^>]*value="7"', page)
    assert re.search(r'name="late_rate"[^>]*value="0.03"', page)
    assert re.search(r'name="why"[^>]*value="套用规定：杭州"', page)
    assert len(list_profiles(cast.community)) == 1
    english = cast.client("manager", "en").get(f"{EDIT}?preset=hangzhou").text
    assert "Hangzhou Property Management Regulations (2021), art. 19" in english
    assert manager.get(f"{EDIT}?preset=atlantis").status_code == 200


@pytest.mark.parametrize("preset", [preset.key for preset in PRESETS])
def test_every_place_can_be_taken_over_as_it_is_filled_in(site: Flask, cast: Cast, preset: str) -> None:
    transaction(lambda: set_profile(cast.by("manager"), Profile(poll_days_min=9, late_grace_days=3), "试"))
    page = cast.client("manager", "en").get(f"{EDIT}?preset={preset}").text
    typed = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    typed = {name: value for name, value in typed.items() if KINDS.get(name, (str,))[0] is not bool}
    typed |= dict.fromkeys(re.findall(r'<input checked[^>]*name="(\w+)"', page), "y")
    chosen = re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    typed |= {name: re.search(r'selected value="(\w+)"', options)[1] for name, options in chosen}  # type: ignore[index]
    answer = cast.client("manager").post(f"{EDIT}?preset={preset}", data=typed)
    assert answer.status_code == 302, re.findall(r'class="error".*', answer.text)
    assert (profile_of(cast.community).poll_days_min, profile_of(cast.community).late_grace_days) == (
        5 if preset == "hangzhou" else None,
        3,
    )
    if preset == "binzhou":
        taken = profile_of(cast.community)
        assert (taken.vacancy_percent, taken.vacancy_min_months) == (Decimal(60), 6)
        assert (taken.vacancy_phase, taken.member_quorum) == (VacancyPhase.EARLY_STAGE, MemberQuorum.TWO_THIRDS)


def test_the_neighbours_rules_are_not_to_be_found(site: Flask, cast: Cast) -> None:
    outsider = cast.client("outsider")
    assert [outsider.get(path).status_code for path in ("/XHY/settings", EDIT)] == [404, 404]
    assert outsider.post(EDIT, data=_sent(site)).status_code == 404
    assert outsider.get("/ZYL/settings").status_code == 200
