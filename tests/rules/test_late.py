"""Late charges: the worked tables, the caps, and what splitting a payment may change."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeapp.billing.late import Charged, Cleared, Late, LateFacts, Terms, explain_late, in_dispute, reckon
from feeapp.billing.saying import english
from feeapp.core.money import ZERO, Money, total
from tests.rules.doctables import listed, table

DUE = date(2024, 12, 31)
FIRST = DUE + timedelta(days=1)
RATES = st.integers(1, 10_000).map(lambda millionths: Decimal(millionths).scaleb(-6))
TERMS = st.builds(
    Terms,
    rate=RATES,
    grace_days=st.integers(0, 60),
    cap_ratio=st.integers(1, 300).map(lambda percent: Decimal(percent).scaleb(-2)),
    year_cap=st.none() | st.integers(1, 3000).map(lambda tenths: Decimal(tenths).scaleb(-4)),
)
PARTS = st.lists(st.tuples(st.integers(-30, 800), st.integers(1, 10**6)), max_size=5)


def percent(typed: str) -> Decimal:
    return Decimal(typed).scaleb(-2)


class TestTables:
    @pytest.mark.parametrize(
        ("principal", "due", "paid_on", "rate", "grace", "ratio", "yearly", "days", "expected"),
        table(
            "late-charges.md",
            *("principal", "due", "paid on", "rate a day", "grace", "cap ratio", "yearly cap", "days", "late charge"),
        ),
    )
    def test_paid_whole_on_one_day(self, principal, due, paid_on, rate, grace, ratio, yearly, days, expected):
        terms = Terms(percent(rate), int(grace), Decimal(ratio), None if yearly == "-" else percent(yearly))
        owed = Money.yuan(principal)
        late = reckon(terms, date.fromisoformat(due), owed, owed, date.fromisoformat(paid_on))
        assert (late.days, late.amount) == (int(days), Money.yuan(expected))

    @pytest.mark.parametrize(
        ("before", "waived", "run", "left"),
        table("late-charges.md", "paid before", "waived", "run up in all", "left"),
    )
    def test_paid_in_parts(self, before, waived, run, left):
        terms, owed = Terms(Decimal("0.0003")), Money.yuan("674.88")
        cleared: list[Cleared] = []
        charged: list[Charged] = []
        for part in listed(before):
            day, *what = part.split()
            on, amount = date.fromisoformat(day), Money.yuan(what[-1])
            if what[0] == "late":
                open_then = owed - total(each.amount for each in cleared if each.on < on)
                then = reckon(terms, DUE, owed, open_then, on, charged=charged)
                charged.append(Charged(on + timedelta(days=1), then.exact_fen, amount))
            else:
                cleared.append(Cleared(on, amount))
        open_ = owed - total(each.amount for each in cleared)
        late = reckon(
            terms, DUE, owed, open_, date(2025, 3, 10), cleared=cleared, charged=charged, waived=Money.yuan(waived)
        )
        assert (late.total, late.amount) == (Money.yuan(run), Money.yuan(left))

    @pytest.mark.parametrize(
        ("disputed", "before", "days", "spared", "run", "left"),
        table("late-charges.md", "in dispute", "paid before", "days charged", "days spared", "run up in all", "left"),
    )
    def test_days_in_dispute(self, disputed, before, days, spared, run, left):
        terms, owed = Terms(Decimal("0.0003")), Money.yuan("674.88")
        spans = []
        for each in listed(disputed):
            raised, answered = each.split(" to ")
            spans.append(in_dispute(date.fromisoformat(raised), None if answered == "-" else _day(answered)))
        cleared: list[Cleared] = []
        charged: list[Charged] = []
        for part in listed(before):
            day, *what = part.split()
            if what[0] == "late":
                then = reckon(terms, DUE, owed, owed, _day(day), spared=spans)
                charged.append(Charged(_day(day) + timedelta(days=1), then.exact_fen, Money.yuan(what[-1])))
            else:
                cleared.append(Cleared(_day(day), Money.yuan(what[0])))
        open_ = owed - total(each.amount for each in cleared)
        late = reckon(terms, DUE, owed, open_, date(2025, 3, 10), cleared=cleared, charged=charged, spared=spans)
        assert (late.days, late.spared) == (int(days), int(spared))
        assert (late.total, late.amount) == (Money.yuan(run), Money.yuan(left))


def _day(typed: str) -> date:
    return date.fromisoformat(typed)


class TestProperties:
    @given(TERMS, st.integers(1, 10**7).map(Money), st.integers(-30, 4000), PARTS)
    def test_it_is_never_above_its_caps(self, terms, principal, days, parts):
        on = DUE + timedelta(days=days)
        cleared, open_ = _paid(principal, [part for part in parts if part[0] <= days])
        late = reckon(terms, DUE, principal, open_, on, cleared=cleared)
        assert ZERO <= late.amount <= late.cap
        assert Fraction(late.cap.fen) <= Fraction(terms.cap_ratio) * principal.fen
        if terms.year_cap is not None:
            most = Fraction(terms.year_cap) * principal.fen * max(0, days) / 365
            assert late.amount.fen <= most + Fraction(1, 2)

    @given(st.integers(1, 10**7).map(Money), st.integers(-30, 4000), PARTS)
    def test_a_rate_of_zero_gives_zero(self, principal, days, parts):
        cleared, open_ = _paid(principal, [part for part in parts if part[0] <= days])
        late = reckon(Terms(Decimal(0)), DUE, principal, open_, DUE + timedelta(days=days), cleared=cleared)
        assert late.amount == ZERO

    @given(TERMS, st.integers(2, 10**7).map(Money), st.integers(1, 800), st.data())
    def test_two_halves_paid_on_one_day_cost_what_the_whole_costs(self, terms, principal, days, data):
        """Paying in two parts at the same counter, late charge each time, gains or loses a fen at most by rounding."""
        on = DUE + timedelta(days=days)
        whole = reckon(terms, DUE, principal, principal, on)
        part = data.draw(st.integers(1, principal.fen - 1).map(Money))
        paid = data.draw(st.integers(0, whole.amount.fen).map(Money))
        charged = [Charged(on + timedelta(days=1), whole.exact_fen, paid)]
        rest = reckon(terms, DUE, principal, principal - part, on, cleared=[Cleared(on, part)], charged=charged)
        if whole.days:
            assert paid + rest.amount == whole.amount

    @given(TERMS, st.integers(2, 10**7).map(Money), st.lists(st.integers(1, 400), min_size=1, max_size=6))
    def test_paying_the_late_charge_in_between_changes_nothing_of_the_sum(self, terms, principal, steps):
        """However often what has run up is paid, no day is charged twice and the sums come to the same."""
        charged: list[Charged] = []
        on, days = DUE, []
        for step in steps:
            on += timedelta(days=step)
            late = reckon(terms, DUE, principal, principal, on, charged=charged)
            days += [(each.from_on, each.until_on) for each in late.stretches]
            charged.append(Charged(on + timedelta(days=1), late.exact_fen, late.amount))
        once = reckon(terms, DUE, principal, principal, on)
        assert total(each.amount for each in charged) == once.amount
        assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(days))

    @given(TERMS, st.integers(1, 10**6).map(Money), PARTS, st.integers(0, 500))
    def test_paying_earlier_never_costs_more(self, terms, principal, parts, days):
        on = DUE + timedelta(days=days)
        kept = [part for part in parts if part[0] <= days]
        cleared, open_ = _paid(principal, kept)
        sooner, same = _paid(principal, [(day - 3, amount) for day, amount in kept])
        assert open_ == same
        late = reckon(terms, DUE, principal, open_, on, cleared=cleared)
        assert reckon(terms, DUE, principal, open_, on, cleared=sooner).amount <= late.amount

    @given(TERMS, st.integers(1, 10**6).map(Money), PARTS, st.integers(0, 500), st.integers(0, 10**5).map(Money))
    def test_what_was_waived_is_taken_off_and_no_more(self, terms, principal, parts, days, waived):
        cleared, open_ = _paid(principal, [part for part in parts if part[0] <= days])
        on = DUE + timedelta(days=days)
        without = reckon(terms, DUE, principal, open_, on, cleared=cleared).amount
        with_it = reckon(terms, DUE, principal, open_, on, cleared=cleared, waived=waived).amount
        assert with_it == max(ZERO, without - waived)

    @given(
        TERMS,
        st.integers(1, 10**6).map(Money),
        PARTS,
        st.integers(0, 500),
        st.lists(st.tuples(st.integers(-30, 500), st.none() | st.integers(0, 100)), max_size=4),
    )
    def test_days_in_dispute_bear_nothing_and_every_other_day_what_it_would(
        self, terms, principal, parts, days, raised
    ):
        """Day by day: what is charged anew is what is unpaid on each day that is in no dispute."""
        on = DUE + timedelta(days=days)
        cleared, open_ = _paid(principal, [part for part in parts if part[0] <= days])
        first = [DUE + timedelta(days=start) for start, _ in raised]
        spans = [
            in_dispute(start, None if length is None else start + timedelta(days=length))
            for start, (_, length) in zip(first, raised, strict=True)
        ]
        late = reckon(terms, DUE, principal, open_, on, cleared=cleared, spared=spans)
        by_day = 0
        for each in range(terms.grace_days + 1, days + 1):
            day = DUE + timedelta(days=each)
            if not any(span.start <= day < span.end for span in spans):
                by_day += (open_ + total(part.amount for part in cleared if part.on >= day)).fen
        assert late.fen_days == by_day
        assert late.amount <= reckon(terms, DUE, principal, open_, on, cleared=cleared).amount


def _paid(principal: Money, parts: list[tuple[int, int]]) -> tuple[list[Cleared], Money]:
    """Payments of these parts so many days after the due day, as far as the principal reaches, and what is open."""
    cleared, open_ = [], principal
    for days, fen in sorted(parts):
        amount = min(open_, Money(fen))
        if amount:
            cleared.append(Cleared(DUE + timedelta(days=days), amount))
            open_ -= amount
    return cleared, open_


class TestWords:
    def test_base_days_and_rate_are_said(self):
        owed = Money.yuan("674.88")
        late = reckon(Terms(Decimal("0.0003")), DUE, owed, owed, date(2025, 3, 10))
        assert _said(late) == "674.88 yuan × 69 days × 0.03% a day = 13.97 yuan"
        assert _said(late, Money.yuan(4)).endswith("; of it 4.00 yuan paid here")

    def test_parts_a_yearly_rate_a_cap_and_what_went_before_are_said(self):
        owed, terms = Money.yuan("674.88"), Terms(Decimal("0.003"), year_cap=Decimal("0.039"))
        cleared = [Cleared(date(2025, 1, 31), Money.yuan(300))]
        late = reckon(terms, DUE, owed, owed - Money.yuan(300), date(2025, 3, 10), cleared=cleared, waived=Money(100))
        assert _said(late) == (
            "(674.88 yuan × 31 days + 374.88 yuan × 38 days) × 3.9% a year ÷ 365 = 3.76 yuan, "
            "less 1.00 yuan paid or waived: 2.76 yuan"
        )
        low = reckon(Terms(Decimal("0.003"), cap_ratio=Decimal("0.01")), DUE, owed, owed, date(2025, 3, 10))
        assert _said(low) == "674.88 yuan × 69 days × 0.3% a day, held to the cap of 6.74 yuan"

    def test_days_charged_before_are_told_apart(self):
        owed, terms = Money.yuan("674.88"), Terms(Decimal("0.0003"))
        on = date(2025, 1, 31)
        then = reckon(terms, DUE, owed, owed, on)
        charged = [Charged(on + timedelta(days=1), then.exact_fen, Money.yuan(4))]
        later = reckon(terms, DUE, owed, owed, date(2025, 3, 10), charged=charged)
        assert _said(later) == (
            "674.88 yuan × 38 days × 0.03% a day, with what ran up before 13.97 yuan, "
            "less 4.00 yuan paid or waived: 9.97 yuan"
        )
        held_up = reckon(terms, DUE, owed, owed, on, spared=[in_dispute(date(2025, 1, 22), None)])
        assert _said(held_up) == ("674.88 yuan × 21 days × 0.03% a day = 4.25 yuan; 10 days in dispute not counted")
        assert LateFacts.of_note(LateFacts(held_up, held_up.amount).to_note()).late == held_up
        same_day = reckon(terms, DUE, owed, owed, on, charged=charged)
        assert _said(same_day) == "6.28 yuan ran up before, less 4.00 yuan paid or waived: 2.28 yuan"


def _said(late: Late, paid: Money | None = None) -> str:
    return explain_late(LateFacts(late, late.amount if paid is None else paid), english)
