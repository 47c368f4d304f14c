"""The rules of a place: each names settings that exist, with its source, and fills in nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from feeapp.core.money import Money
from feeapp.registry.presets import LAWS, LOCAL, PRESETS, Preset, filled_in, find_preset, source_of
from feeapp.registry.profile import (
    KINDS,
    FirstMonth,
    MemberQuorum,
    Profile,
    SettlementPolicy,
    VacancyPhase,
    differences,
)
from feeapp.registry.settings import NO
from feeapp.registry.vote_settings import CHOICE_WORDS, GROUPS, SETTINGS

OWN = Profile(
    late_rate=Decimal("0.0003"),
    settlement_policy=SettlementPolicy.STATUTORY,
    small_waiver_day=Money(500),
    bill_to_jiao=True,
    poll_days_min=3,
    vacancy_percent=Decimal(50),
)


def _taken(key: str, before: Profile = OWN) -> Profile:
    preset = find_preset(key)
    assert preset is not None
    return filled_in(preset, before)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_every_rule_of_a_place_names_its_law_and_can_hold(preset: Preset) -> None:
    taken = filled_in(preset, OWN)
    for cited in preset.cited:
        assert cited.law in LAWS
        rests_on = source_of(preset, cited.setting)
        assert rests_on is not None
        assert getattr(taken, cited.setting) == rests_on.value
    assert set(differences(OWN, taken)) <= LOCAL
    assert (taken.late_rate, taken.bill_to_jiao, taken.small_waiver_day) == (Decimal("0.0003"), True, Money(500))


def test_what_one_city_says_does_not_stay_when_another_is_chosen() -> None:
    beijing = _taken("beijing", _taken("hangzhou"))
    assert (beijing.poll_days_min, beijing.poll_days_max, beijing.extraordinary_notice_days) == (None, None, 15)
    assert _taken("nation", _taken("binzhou")) == _taken("nation")


def test_the_cities_say_what_the_domain_notes_of_them() -> None:
    """Domain 3 and 4: AS-14, AS-20, AS-23, AS-31, CM-11, CM-17, FEE-9, FEE-10, FEE-11, FEE-20, FEE-26."""
    beijing, shanghai, hangzhou = _taken("beijing"), _taken("shanghai"), _taken("hangzhou")
    assert (beijing.first_month_rule, beijing.first_assembly_days) == (FirstMonth.NEXT_MONTH, 60)
    assert (beijing.common_revenue_to_fund_pct, beijing.common_revenue_above) == (Decimal(50), False)
    assert (beijing.common_revenue_until_floor, beijing.fund_floor_pct) == (True, Decimal(30))
    assert (shanghai.common_revenue_to_fund_pct, shanghai.common_revenue_above) == (Decimal(50), True)
    assert [each.end_report_months for each in (beijing, shanghai, hangzhou)] == [6, 5, 3]
    assert (hangzhou.notice_days, hangzhou.extraordinary_notice_days) == (15, 7)
    assert (hangzhou.poll_days_min, hangzhou.poll_days_max, hangzhou.prepay_months_max) == (5, 60, 12)
    assert hangzhou.fund_audit_exempt == Money.yuan("30000")
    binzhou, liaocheng, weifang = _taken("binzhou"), _taken("liaocheng"), _taken("weifang")
    assert (binzhou.vacancy_percent, binzhou.vacancy_min_months) == (Decimal(60), 6)
    assert binzhou.vacancy_phase is liaocheng.vacancy_phase is VacancyPhase.EARLY_STAGE
    assert (liaocheng.vacancy_percent, liaocheng.vacancy_min_months) == (Decimal(100), 6)
    assert (liaocheng.first_assembly_days, _taken("shandong").first_assembly_days) == (60, 90)
    assert (weifang.proxy_limit, weifang.member_quorum) == (3, MemberQuorum.TWO_THIRDS)


def test_every_setting_is_named_once_on_the_page_and_every_choice_has_words() -> None:
    named = [each.name for group in GROUPS for each in group.settings]
    assert sorted(named) == sorted(KINDS)
    assert len(set(named)) == len(named)
    for name, (kind, *_) in KINDS.items():
        if kind in CHOICE_WORDS:
            assert CHOICE_WORDS[kind].keys() == set(kind)
        if kind is bool:
            assert SETTINGS[name].off == NO
        if type(None) in KINDS[name]:
            assert SETTINGS[name].off
