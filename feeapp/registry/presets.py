"""What local rules say about a community's settings, city by city, with the article that says it.

From the texts listed in domain section 0.2. A law may have changed since: every value names its source, and nothing
is taken over before a person has looked at the differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from feeapp.core.money import Money
from feeapp.core.refusal import msg
from feeapp.registry.profile import FirstMonth, MemberQuorum, PrepShare, Profile, VacancyPhase

LAWS: dict[str, str] = {
    "PMR": msg("Property Management Regulations (State Council, 2018)"),
    "GR": msg("Guidance Rules on Owners’ Assemblies and Committees (2009)"),
    "BJ": msg("Beijing Property Management Regulations (2024)"),
    "SH": msg("Shanghai Residential Property Rules (2020, amended 2023)"),
    "HZ": msg("Hangzhou Property Management Regulations (2021)"),
    "ZZ": msg("Zhengzhou Property Management Regulations"),
    "SD": msg("Shandong Property Management Regulations (2021)"),
    "QD": msg("Qingdao Property Management Regulations (2021)"),
    "LC": msg("Liaocheng Property Management Regulations (2021)"),
    "HE": msg("Heze Property Management Regulations (2022)"),
    "BZ": msg("Binzhou Property Management Regulations (2019)"),
    "WF": msg("Weifang Property Management Regulations (2022)"),
}
"""The texts that were read, by their short names."""


@dataclass(frozen=True, slots=True)
class Cited:
    """One setting as a text has it; ``article`` is empty where only the text as a whole was noted."""

    setting: str
    value: Any
    law: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """The settings of one place, and what its rules leave to be decided on the spot."""

    key: str
    name: str
    cited: tuple[Cited, ...]
    open: tuple[str, ...] = ()

    @property
    def laws(self) -> tuple[str, ...]:
        """The texts it rests on, in the order they are first cited."""
        return tuple(dict.fromkeys(each.law for each in self.cited))


_NATION = (
    Cited("notice_days", 15, "PMR", "14"),
    Cited("extraordinary_notice_days", 15, "PMR", "14"),
    Cited("filing_days", 30, "PMR", "16"),
    Cited("prep_owner_share", PrepShare.HALF, "GR", "10"),
    Cited("first_assembly_days", 90, "GR", "15"),
    Cited("committee_min", 5, "GR", "31"),
    Cited("committee_max", 11, "GR", "31"),
    Cited("term_years_max", 5, "GR", "32"),
    Cited("member_quorum", MemberQuorum.MORE_THAN_HALF, "GR", "37–39"),
    Cited("decision_post_days", 3, "GR", "37–39"),
    Cited("handover_days", 10, "GR", "48"),
)

_SHANDONG = (
    Cited("first_assembly_days", 90, "SD"),
    Cited("term_years_max", 5, "SD", "30"),
    Cited("filing_days", 30, "SD", "31"),
    Cited("member_quorum", MemberQuorum.TWO_THIRDS, "SD", "32"),
    Cited("decision_post_days", 3, "SD", "32"),
    Cited("end_report_months", 3, "SD"),
)
_POSTING = msg(
    "Posting those who refuse to pay is allowed by art. 48 of the Shandong Regulations; it stays off until you turn it "
    "on."
)
_CUT_WITHOUT_PERCENT = msg(
    "The fee of ordinary homes empty for six months or more must be cut while the developer’s contract runs, but no "
    "percentage is named: enter the one of your contract."
)

PRESETS: tuple[Preset, ...] = (
    Preset("nation", msg("Whole country"), _NATION),
    Preset(
        "beijing",
        msg("Beijing"),
        (
            Cited("first_month_rule", FirstMonth.NEXT_MONTH, "BJ", "22"),
            Cited("prep_owner_share", PrepShare.HALF, "BJ", "31"),
            Cited("first_assembly_days", 60, "BJ", "31"),
            Cited("decision_post_days", 3, "BJ", "37"),
            Cited("term_years_max", 5, "BJ", "41"),
            Cited("filing_days", 30, "BJ", "43"),
            Cited("member_meeting_months", 2, "BJ", "45"),
            Cited("end_report_months", 6, "BJ"),
            Cited("common_revenue_to_fund_pct", Decimal(50), "BJ", "74"),
            Cited("common_revenue_until_floor", True, "BJ", "74"),
            Cited("fund_floor_pct", Decimal(30), "BJ", "74"),
        ),
        (msg("With 100 households or fewer, three members are enough for a committee (art. 39)."),),
    ),
    Preset(
        "shanghai",
        msg("Shanghai"),
        (
            Cited("first_month_rule", FirstMonth.NEXT_MONTH, "SH", "49"),
            Cited("first_assembly_days", 90, "SH"),
            Cited("term_years_max", 5, "SH", "20"),
            Cited("arrears_bars_candidacy", False, "SH", "20"),
            Cited("filing_days", 30, "SH", "34"),
            Cited("member_meeting_months", 2, "SH", "26"),
            Cited("end_report_months", 5, "SH"),
            Cited("handover_days", 10, "SH"),
            Cited("common_revenue_to_fund_pct", Decimal(50), "SH", "66"),
            Cited("common_revenue_above", True, "SH", "66"),
        ),
        (msg("With 10,000 m² or less, three members are enough for a committee (art. 20)."),),
    ),
    Preset(
        "hangzhou",
        msg("Hangzhou"),
        (
            Cited("prepay_months_max", 12, "HZ", "55"),
            Cited("notice_days", 15, "HZ", "19"),
            Cited("extraordinary_notice_days", 7, "HZ", "19"),
            Cited("poll_days_min", 5, "HZ", "20"),
            Cited("poll_days_max", 60, "HZ", "20"),
            Cited("term_years_max", 5, "HZ", "33"),
            Cited("end_report_months", 3, "HZ"),
            Cited("handover_days", 10, "HZ"),
            Cited("fund_audit_exempt", Money(30_000_00), "HZ", "72"),
        ),
        (
            msg("Nothing may be prepaid beyond the end of the service contract (art. 55): enter that day."),
            msg("With 100 households or fewer, three members are enough for a committee (art. 27)."),
            msg("The owners’ own rules may bar those who maliciously do not pay from the committee (art. 25)."),
        ),
    ),
    Preset(
        "zhengzhou",
        msg("Zhengzhou"),
        (Cited("prepay_months_max", 12, "ZZ", "42"),),
        (msg("It is not certain which version of this text was read. Compare it before you rely on it."),),
    ),
    Preset(
        "shandong",
        msg("Shandong (other cities)"),
        _SHANDONG,
        (msg("Whether empty homes pay less is for the contract to say (art. 62)."), _POSTING),
    ),
    Preset("qingdao", msg("Qingdao"), (*_SHANDONG, Cited("first_assembly_days", 60, "QD")), (_POSTING,)),
    Preset(
        "liaocheng",
        msg("Liaocheng"),
        (
            *_SHANDONG,
            Cited("first_assembly_days", 60, "LC"),
            Cited("vacancy_min_months", 6, "LC", "40"),
            Cited("vacancy_phase", VacancyPhase.EARLY_STAGE, "LC", "40"),
        ),
        (_CUT_WITHOUT_PERCENT, _POSTING),
    ),
    Preset(
        "heze",
        msg("Heze"),
        (
            *_SHANDONG,
            Cited("vacancy_min_months", 6, "HE", "24"),
            Cited("vacancy_phase", VacancyPhase.EARLY_STAGE, "HE", "24"),
        ),
        (
            _CUT_WITHOUT_PERCENT,
            msg("How many owners one person may vote for is left to the rules of procedure (art. 9)."),
            _POSTING,
        ),
    ),
    Preset(
        "binzhou",
        msg("Binzhou"),
        (
            *_SHANDONG,
            Cited("vacancy_percent", Decimal(60), "BZ", "38"),
            Cited("vacancy_min_months", 6, "BZ", "38"),
            Cited("vacancy_phase", VacancyPhase.EARLY_STAGE, "BZ", "38"),
        ),
        (_POSTING,),
    ),
    Preset("weifang", msg("Weifang"), (*_SHANDONG, Cited("proxy_limit", 3, "WF", "32")), (_POSTING,)),
)
"""Where the house knows the rules; a place that is not listed begins with those of the whole country."""

LOCAL = frozenset(each.setting for preset in PRESETS for each in preset.cited)
"""The settings that are a matter of local rules: a preset sets all of them, and leaves the others as they are."""

_BY_KEY = {preset.key: preset for preset in PRESETS}


def find_preset(key: str) -> Preset | None:
    """The preset with a key."""
    return _BY_KEY.get(key)


def filled_in(preset: Preset, profile: Profile) -> Profile:
    """A community's settings with the local rules of a place: what they do not name has its default again."""
    default = Profile()
    values = {name: getattr(default, name) for name in LOCAL}
    values |= {each.setting: each.value for each in (*_NATION, *preset.cited)}
    return profile.but(**values)


def source_of(preset: Preset, setting: str) -> Cited | None:
    """What a preset rests on for a setting; the last word where two texts speak of it."""
    return next((each for each in reversed((*_NATION, *preset.cited)) if each.setting == setting), None)
