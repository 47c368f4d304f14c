"""The settings of a community: defaults, bounds, and the plain form they are kept in."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from feeapp.core.money import Money
from feeapp.core.refusal import Refused
from feeapp.registry.profile import (
    QUORUM,
    FirstMonth,
    MemberQuorum,
    OwnerChange,
    PrepShare,
    Profile,
    SettlementPolicy,
    VacancyPhase,
    Vat,
    differences,
)


def test_the_defaults_are_those_of_the_domain() -> None:
    """Domain section 11, the values in bold, and the rows that building the charges added."""
    profile = Profile()
    assert Fraction(2, 3) == QUORUM
    assert (profile.notice_days, profile.extraordinary_notice_days) == (15, 15)
    assert (profile.poll_days_min, profile.poll_days_max) == (None, None)
    assert (profile.proxy_limit, profile.proxy_bar_provider_staff) == (1, True)
    assert (profile.parking_area_counts, profile.silent_rule, profile.arrears_bars_candidacy) == (False, False, False)
    assert (profile.first_assembly_days, profile.prep_owner_share) == (90, PrepShare.HALF)
    assert (profile.committee_min, profile.committee_max, profile.term_years_max) == (5, 11, 5)
    assert (profile.filing_days, profile.member_meeting_months) == (30, 2)
    assert profile.member_quorum is MemberQuorum.MORE_THAN_HALF
    assert (profile.decision_post_days, profile.handover_days, profile.end_report_months) == (3, 10, 3)
    assert (profile.prepay_months_max, profile.contract_ends_on) == (12, None)
    assert (profile.vacancy_percent, profile.has_vacancy) == (Decimal(100), False)
    assert (profile.first_month_rule, profile.owner_change) == (FirstMonth.NEXT_MONTH, OwnerChange.BY_DAYS)
    assert (profile.late_rate, profile.late_grace_days) == (Decimal(0), 0)
    assert (profile.late_cap_ratio, profile.late_year_cap) == (Decimal("1.0"), None)
    assert profile.settlement_policy is SettlementPolicy.PRINCIPAL_FIRST
    assert profile.arrears_posting is False
    assert (profile.common_revenue_to_fund_pct, profile.fund_floor_pct) == (Decimal(0), Decimal(30))
    assert profile.fund_audit_exempt == Money.yuan("30000")
    assert (profile.bill_to_jiao, profile.look_back_years) == (False, 3)
    assert (profile.small_waiver_receipt, profile.small_waiver_day) == (Money(0), Money(0))


def test_what_is_kept_reads_back_as_it_was() -> None:
    full = Profile(
        contract_ends_on=date(2027, 6, 30),
        late_rate=Decimal("0.0003"),
        late_year_cap=Decimal("0.039"),
        vacancy_percent=Decimal("60"),
        vacancy_min_months=6,
        vacancy_phase=VacancyPhase.EARLY_STAGE,
        vat=Vat.SMALL_SCALE,
        proxy_limit=None,
        poll_days_min=5,
        poll_days_max=60,
        arrears_posting=True,
        arrears_posting_basis="山东省物业管理条例第四十八条",
        small_waiver_receipt=Money(3),
        small_waiver_day=Money(100),
    )
    assert Profile.of_facts(full.to_facts()) == full
    assert all(type(value) in (str, int, bool, type(None)) for value in full.to_facts().values())


def test_settings_saved_before_a_row_was_added_take_its_default() -> None:
    older = Profile(notice_days=20).to_facts()
    del older["look_back_years"]
    assert Profile.of_facts({**older, "gone_since": 1}) == Profile(notice_days=20)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"late_rate": Decimal("0.0101")}, "late_rate"),
        ({"late_rate": Decimal("-0.0001")}, "late_rate"),
        ({"late_rate": Decimal("0.00000001")}, "late_rate"),
        ({"late_cap_ratio": Decimal(0)}, "late_cap_ratio"),
        ({"late_year_cap": Decimal("1.01")}, "late_year_cap"),
        ({"vacancy_percent": Decimal("100.01")}, "vacancy_percent"),
        ({"prepay_months_max": 121}, "prepay_months_max"),
        ({"look_back_years": 0}, "look_back_years"),
        ({"term_years_max": 6}, "term_years_max"),
        ({"committee_min": 4}, "committee_min"),
        ({"committee_min": 9, "committee_max": 7}, "committee_max"),
        ({"poll_days_min": 10, "poll_days_max": 5}, "poll_days_max"),
        ({"small_waiver_receipt": Money(4), "small_waiver_day": Money(3)}, "small_waiver_day"),
        ({"arrears_posting": True}, "arrears_posting_basis"),
        ({"silent_rule": True, "silent_rule_article": "  "}, "silent_rule_article"),
    ],
)
def test_what_cannot_hold_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        Profile(**changes)
    assert refusal.value.field == field


def test_a_bound_is_told_as_it_is_entered() -> None:
    """The daily rate is stored as a part of one and typed in percent."""
    with pytest.raises(Refused) as refusal:
        Profile(late_rate=Decimal("0.5"))
    assert refusal.value.facts == {"low": "0", "high": "1"}
    with pytest.raises(Refused) as refusal:
        Profile(late_rate=Decimal("0.0000001"))
    assert refusal.value.facts == {"places": 4}


@pytest.mark.parametrize("changes", [{"notice_days": True}, {"late_rate": 0}, {"vat": "NONE"}, {"bill_to_jiao": 1}])
def test_a_value_of_another_type_never_becomes_a_setting(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Profile(**changes)


def test_differences_come_in_the_order_of_the_page() -> None:
    before = Profile()
    after = before.but(notice_days=20, late_rate=Decimal("0.0003"))
    assert differences(before, after) == ["late_rate", "notice_days"]
    assert differences(before, Profile()) == []
    assert len(fields(Profile)) == len(before.to_facts())
