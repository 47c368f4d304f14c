"""What the settings about votes and the committee are called, and all settings together."""

from __future__ import annotations

import enum

from feeapp.core.refusal import msg
from feeapp.registry.profile import (
    FirstMonth,
    MemberQuorum,
    OwnerChange,
    PrepShare,
    SettlementPolicy,
    VacancyPhase,
    Vat,
)
from feeapp.registry.settings import MONEY_GROUPS, NO, YES, Fixed, Group, Setting

VOTE_GROUPS: tuple[Group, ...] = (
    Group(
        "votes",
        msg("Owners’ votes"),
        (
            Setting(
                "notice_days",
                msg("Notice of a meeting"),
                msg("So many days before, all owners are told."),
                msg("Property Management Regulations art. 14"),
                msg("%(n)s days"),
            ),
            Setting(
                "extraordinary_notice_days",
                msg("Notice of an extraordinary meeting"),
                msg("A shorter notice is allowed in a few places."),
                msg("Hangzhou art. 19: 7 days"),
                msg("%(n)s days"),
            ),
            Setting(
                "poll_days_min",
                msg("Voting lasts at least"),
                msg("Leave empty where no rule says so."),
                msg("Hangzhou art. 20: 5 days"),
                msg("%(n)s days"),
                msg("no limit"),
            ),
            Setting(
                "poll_days_max",
                msg("Voting lasts at most"),
                msg("Leave empty where no rule says so."),
                msg("Hangzhou art. 20: 60 days"),
                msg("%(n)s days"),
                msg("no limit"),
            ),
            Setting(
                "proxy_limit",
                msg("Owners one proxy may stand for"),
                msg("Leave empty for no limit; 0 means no proxies at all."),
                msg("Rules of procedure; Weifang art. 32: three"),
                off=msg("no limit"),
            ),
            Setting(
                "proxy_bar_provider_staff",
                msg("Staff of the property company may not be proxies"),
                msg("Keeps whoever is being decided about out of the vote."),
                msg("Zhoushan art. 17"),
                YES,
                NO,
            ),
            Setting(
                "parking_area_counts",
                msg("Area of parking spaces counts"),
                msg("Whether a parking space adds to the area an owner votes with."),
                msg("Rules of procedure; Ningbo art. 18 leaves garages out"),
                YES,
                NO,
            ),
            Setting(
                "silent_rule",
                msg("Silent owners join the majority"),
                msg("Counts ballots that were delivered and not returned. Both counts are always shown."),
                msg("Only if covenant or rules say so: Guidance Rules art. 26"),
                YES,
                NO,
            ),
            Setting(
                "silent_rule_article",
                msg("Article on silent owners"),
                msg("Where covenant or rules say it; printed on the ballot."),
                msg("Covenant or rules of procedure"),
                off=msg("none"),
            ),
            Setting(
                "first_assembly_days",
                msg("First assembly within"),
                msg("Counted from the start of the preparatory group."),
                msg("Guidance Rules art. 15; 60 days in Beijing"),
                msg("%(n)s days"),
            ),
            Setting(
                "prep_owner_share",
                msg("Owners in the preparatory group"),
                msg("The least share of owners among its members."),
                msg("Guidance Rules art. 10"),
            ),
        ),
        (
            Fixed(
                msg("Quorum"),
                msg("two thirds of the area and of the owners"),
                msg("Fixed by Civil Code art. 278; no rule may change it."),
            ),
        ),
    ),
    Group(
        "committee",
        msg("Homeowners’ committee"),
        (
            Setting(
                "committee_min",
                msg("Fewest members"),
                msg("Always an odd number."),
                msg("Guidance Rules art. 31; three in small estates of some places"),
                msg("%(n)s members"),
            ),
            Setting(
                "committee_max",
                msg("Most members"),
                msg("Always an odd number."),
                msg("Guidance Rules art. 31"),
                msg("%(n)s members"),
            ),
            Setting(
                "term_years_max",
                msg("Longest term"),
                msg("After it, the committee is elected anew."),
                msg("Guidance Rules art. 32"),
                msg("%(n)s years"),
            ),
            Setting(
                "arrears_bars_candidacy",
                msg("Arrears bar a candidate"),
                msg("Whether owing fees keeps an owner off the committee."),
                msg("Against the view of the national legislature; Shanghai dropped it in 2023"),
                YES,
                NO,
            ),
            Setting(
                "filing_days",
                msg("Filing after the election"),
                msg("With the sub-district office."),
                msg("Property Management Regulations art. 16"),
                msg("%(n)s days"),
            ),
            Setting(
                "member_meeting_months",
                msg("The committee meets every"),
                msg("At the latest."),
                msg("Beijing art. 45, Shanghai art. 26"),
                msg("%(n)s months"),
            ),
            Setting(
                "member_quorum",
                msg("Members present"),
                msg("So many must be there for a decision."),
                msg("Guidance Rules arts. 37–39; Shandong art. 32: two thirds"),
            ),
            Setting(
                "decision_post_days",
                msg("Decisions are posted within"),
                msg("In a public place of the community."),
                msg("Guidance Rules arts. 37–39"),
                msg("%(n)s days"),
            ),
            Setting(
                "handover_days",
                msg("Handing over within"),
                msg("Papers, seals and money, after the term ends."),
                msg("Shanghai and Hangzhou: 10 days"),
                msg("%(n)s days"),
            ),
            Setting(
                "end_report_months",
                msg("End of term reported ahead"),
                msg("To the sub-district office."),
                msg("Beijing 6, Shanghai 5, Hangzhou 3 months"),
                msg("%(n)s months"),
            ),
        ),
    ),
)

GROUPS = (*MONEY_GROUPS, *VOTE_GROUPS)
"""The whole page."""

SETTINGS: dict[str, Setting] = {each.name: each for group in GROUPS for each in group.settings}

CHOICE_WORDS: dict[type[enum.Enum], dict[enum.Enum, str]] = {
    FirstMonth: {
        FirstMonth.NEXT_MONTH: msg("nothing: begins with the next month"),
        FirstMonth.ACTUAL_DAYS: msg("by days, from the day of handing over"),
    },
    OwnerChange: {
        OwnerChange.BY_DAYS: msg("seller and buyer by days"),
        OwnerChange.WHOLE_MONTH: msg("the owner of the 1st pays it all"),
    },
    SettlementPolicy: {
        SettlementPolicy.PRINCIPAL_FIRST: msg("fees first, late charges last"),
        SettlementPolicy.STATUTORY: msg("bill by bill, its late charge first"),
    },
    VacancyPhase: {
        VacancyPhase.ANY: msg("any contract"),
        VacancyPhase.EARLY_STAGE: msg("the developer’s first contract only"),
    },
    Vat: {
        Vat.NONE: msg("not liable"),
        Vat.SMALL_SCALE: msg("small-scale taxpayer"),
        Vat.GENERAL: msg("general taxpayer"),
    },
    PrepShare: {PrepShare.HALF: msg("at least half"), PrepShare.TWO_THIRDS: msg("at least two thirds")},
    MemberQuorum: {
        MemberQuorum.MORE_THAN_HALF: msg("more than half"),
        MemberQuorum.TWO_THIRDS: msg("at least two thirds"),
    },
}
