"""One community's settings: what contract, assembly or local rule leaves open, decided for this community.

The rows and their defaults are domain section 11. Rates are parts of one, not percent: 0.0003 a day is 0.03 %;
only ``vacancy_percent`` and the ``…_pct`` rows of the common funds are percent. ``None`` means no limit.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_type_hints

from feeapp.core.money import ZERO, Money
from feeapp.core.refusal import Refused, msg


class SettlementPolicy(enum.Enum):
    """What a payment clears first (domain 4): all principals and then late charges, or as Civil Code art. 561."""

    PRINCIPAL_FIRST = "PRINCIPAL_FIRST"
    STATUTORY = "STATUTORY"


class OwnerChange(enum.Enum):
    """Who pays the month in which a unit changes hands: both by days, or who owned it on the 1st (BL-16)."""

    BY_DAYS = "BY_DAYS"
    WHOLE_MONTH = "WHOLE_MONTH"


class FirstMonth(enum.Enum):
    """Which days a new owner pays of the month of handing over: none, or the days from that day on (FEE-9)."""

    NEXT_MONTH = "NEXT_MONTH"
    ACTUAL_DAYS = "ACTUAL_DAYS"


class VacancyPhase(enum.Enum):
    """Whether a reduction for empty homes holds always, or only under the developer's first contract (FEE-10)."""

    ANY = "ANY"
    EARLY_STAGE = "EARLY_STAGE"


class Vat(enum.Enum):
    """How the collecting body stands to value-added tax (TX-1)."""

    NONE = "NONE"
    SMALL_SCALE = "SMALL_SCALE"
    GENERAL = "GENERAL"


class PrepShare(enum.Enum):
    """How much of a preparatory group must be owners (AS-11)."""

    HALF = "HALF"
    TWO_THIRDS = "TWO_THIRDS"


class MemberQuorum(enum.Enum):
    """How many committee members must be present (CM-11)."""

    MORE_THAN_HALF = "MORE_THAN_HALF"
    TWO_THIRDS = "TWO_THIRDS"


QUORUM = Fraction(2, 3)
"""Who must take part in a vote, by area and by owners: fixed by Civil Code art. 278, no setting."""

NOTHING_OFF = Decimal(100)
"""The percent of a vacant home's fee that is no reduction."""


AUDIT_EXEMPT = Money(30_000_00)
"""Up to this sum a work of the maintenance fund needs no settlement audit (FEE-26)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The settings of one community. Raises TypeError for a value of another type, Refused for one out of bounds."""

    first_month_rule: FirstMonth = FirstMonth.NEXT_MONTH
    owner_change: OwnerChange = OwnerChange.BY_DAYS
    look_back_years: int = 3
    contract_ends_on: date | None = None
    vat: Vat = Vat.NONE

    prepay_months_max: int = 12
    settlement_policy: SettlementPolicy = SettlementPolicy.PRINCIPAL_FIRST

    late_rate: Decimal = Decimal(0)
    late_grace_days: int = 0
    late_cap_ratio: Decimal = Decimal(1)
    late_year_cap: Decimal | None = None
    arrears_posting: bool = False
    arrears_posting_basis: str = ""

    vacancy_percent: Decimal = NOTHING_OFF
    vacancy_min_months: int = 0
    vacancy_phase: VacancyPhase = VacancyPhase.ANY

    bill_to_jiao: bool = False
    small_waiver_receipt: Money = ZERO
    small_waiver_day: Money = ZERO

    common_revenue_to_fund_pct: Decimal = Decimal(0)
    common_revenue_above: bool = False
    """True: more than that percentage, not just as much."""
    common_revenue_until_floor: bool = False
    """True: only while the maintenance fund is below ``fund_floor_pct`` of its first deposit."""
    fund_floor_pct: Decimal = Decimal(30)
    fund_audit_exempt: Money = AUDIT_EXEMPT

    notice_days: int = 15
    extraordinary_notice_days: int = 15
    poll_days_min: int | None = None
    poll_days_max: int | None = None
    proxy_limit: int | None = 1
    proxy_bar_provider_staff: bool = True
    parking_area_counts: bool = False
    silent_rule: bool = False
    silent_rule_article: str = ""
    first_assembly_days: int = 90
    prep_owner_share: PrepShare = PrepShare.HALF
    committee_min: int = 5
    committee_max: int = 11
    term_years_max: int = 5
    arrears_bars_candidacy: bool = False
    filing_days: int = 30
    member_meeting_months: int = 2
    member_quorum: MemberQuorum = MemberQuorum.MORE_THAN_HALF
    decision_post_days: int = 3
    handover_days: int = 10
    end_report_months: int = 3

    def __post_init__(self) -> None:
        for name, kinds in KINDS.items():
            if type(getattr(self, name)) not in kinds:
                raise TypeError(f"{name} is no {type(getattr(self, name)).__name__}")
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise Refused(
                    "settings.bounds",
                    msg("This lies between %(low)s and %(high)s."),
                    {"low": _shown(name, low), "high": _shown(name, high)},
                    name,
                )
        for name, places in PLACES.items():
            value = getattr(self, name)
            if value is not None and value != round(value, places):
                raise Refused(
                    "settings.places", msg("At most %(places)s decimals."), {"places": places - _shift(name)}, name
                )
        self._check_pairs()

    def _check_pairs(self) -> None:
        if self.small_waiver_receipt > self.small_waiver_day:
            raise Refused(
                "settings.small_waiver",
                msg("The limit for a day is at least the limit for one receipt."),
                field="small_waiver_day",
            )
        if self.poll_days_min and self.poll_days_max and self.poll_days_min > self.poll_days_max:
            raise Refused(
                "settings.poll_days", msg("The longest time cannot be below the shortest."), field="poll_days_max"
            )
        if self.committee_min > self.committee_max:
            raise Refused(
                "settings.committee", msg("The largest size cannot be below the smallest."), field="committee_max"
            )
        for name in ("committee_min", "committee_max"):
            if getattr(self, name) % 2 == 0:
                raise Refused("settings.committee_odd", msg("A committee has an odd number of members."), field=name)
        for name, basis in (("arrears_posting", "arrears_posting_basis"), ("silent_rule", "silent_rule_article")):
            if getattr(self, name) and not getattr(self, basis).strip():
                raise Refused(
                    "settings.basis",
                    msg("This needs its basis: name the article of the covenant, the rules or the local law."),
                    field=basis,
                )

    @property
    def has_vacancy(self) -> bool:
        """Whether empty homes pay less here."""
        return self.vacancy_percent < NOTHING_OFF

    def but(self, **changes: Any) -> Profile:
        """The same settings with some changed. Raises as the settings themselves do."""
        return replace(self, **changes)

    def to_facts(self) -> dict[str, Any]:
        """The settings as plain JSON."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Profile:
        """The settings out of plain JSON; a row that is younger than the facts has its default."""
        return cls(**{name: _valued(KINDS[name], facts[name]) for name in KINDS if name in facts})


KINDS: dict[str, tuple[type, ...]] = {
    name: getattr(hint, "__args__", (hint,)) for name, hint in get_type_hints(Profile).items()
}
"""The types each setting may have."""

BOUNDS: dict[str, tuple[Any, Any]] = {
    "look_back_years": (1, 20),
    "prepay_months_max": (0, 120),
    "late_rate": (Decimal(0), Decimal("0.01")),
    "late_grace_days": (0, 365),
    "late_cap_ratio": (Decimal("0.01"), Decimal(3)),
    "late_year_cap": (Decimal("0.0001"), Decimal(1)),
    "vacancy_percent": (Decimal(0), NOTHING_OFF),
    "vacancy_min_months": (0, 120),
    "small_waiver_receipt": (Money(0), Money(10_00)),
    "small_waiver_day": (Money(0), Money(1_000_00)),
    "common_revenue_to_fund_pct": (Decimal(0), Decimal(100)),
    "fund_floor_pct": (Decimal(0), Decimal(100)),
    "fund_audit_exempt": (Money(0), Money(10_000_000_00)),
    "notice_days": (1, 120),
    "extraordinary_notice_days": (1, 120),
    "poll_days_min": (1, 365),
    "poll_days_max": (1, 365),
    "proxy_limit": (0, 1000),
    "first_assembly_days": (1, 730),
    "committee_min": (3, 99),
    "committee_max": (3, 99),
    "term_years_max": (1, 5),
    "filing_days": (1, 365),
    "member_meeting_months": (1, 12),
    "decision_post_days": (1, 60),
    "handover_days": (1, 90),
    "end_report_months": (1, 12),
}
"""The least and the most of each number; five years are the longest term of a committee (CM-7)."""

PLACES: dict[str, int] = {
    "late_rate": 6,
    "late_cap_ratio": 2,
    "late_year_cap": 6,
    "vacancy_percent": 2,
    "common_revenue_to_fund_pct": 2,
    "fund_floor_pct": 2,
}
"""How many decimals each may have."""

SHOWN_AS_PERCENT = frozenset({"late_rate", "late_year_cap"})
"""Stored as parts of one, entered and shown in percent."""


def differences(before: Profile, after: Profile) -> list[str]:
    """The settings in which two profiles differ, in the order of the page."""
    return [each.name for each in fields(Profile) if getattr(before, each.name) != getattr(after, each.name)]


def _shift(name: str) -> int:
    return 2 if name in SHOWN_AS_PERCENT else 0


def _shown(name: str, bound: Any) -> str:
    if isinstance(bound, Decimal):
        return f"{bound.scaleb(_shift(name)).normalize():f}"
    return str(bound)


def _plain(value: Any) -> str | int | bool | None:
    """A value as JSON keeps it; money as whole fen."""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, Money):
        return value.fen
    if isinstance(value, Decimal | date):
        return str(value)
    plain: str | int | bool | None = value
    return plain


def _valued(kinds: tuple[type, ...], plain: Any) -> Any:
    """The value that ``_plain`` wrote."""
    if plain is None:
        return None
    kind = kinds[0]
    if kind is date:
        return date.fromisoformat(plain)
    return plain if kind in (int, bool, str) else kind(plain)
