"""What the settings about money are called, what each does, and the law or rule behind it, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass

from feeapp.core.refusal import msg


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, what it does, its basis, its value with the unit, and what it says when it is off."""

    name: str
    label: str
    help: str
    basis: str
    unit: str = "%(n)s"
    off: str = ""
    """Said for none, zero and false; without it, the value is said even so."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Something that belongs to the group and is no choice."""

    label: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together."""

    key: str
    title: str
    settings: tuple[Setting, ...]
    fixed: tuple[Fixed, ...] = ()


YES, NO = msg("Yes"), msg("No")

MONEY_GROUPS: tuple[Group, ...] = (
    Group(
        "fees",
        msg("Fees"),
        (
            Setting(
                "first_month_rule",
                msg("Month of handing over"),
                msg("What a new owner pays for the month in which the developer hands the home over."),
                msg("Service contract; in Beijing (art. 22) and Shanghai (art. 49) the developer pays that month"),
            ),
            Setting(
                "owner_change",
                msg("Month of a sale"),
                msg("Who pays the month in which a home changes hands. Older debts stay with the seller."),
                msg("Agreement of seller and buyer, told to the office; Shandong art. 63"),
            ),
            Setting(
                "look_back_years",
                msg("Mistakes are corrected back"),
                msg("How many years back a wrong area or price is put right."),
                msg("Civil Code art. 188: claims run for three years"),
                msg("%(n)s years"),
            ),
            Setting(
                "contract_ends_on",
                msg("Service contract ends on"),
                msg("Nothing is prepaid beyond this day: fees for time not served are given back."),
                msg("Supreme Court on property-service disputes (2020), art. 3"),
                off=msg("not entered"),
            ),
            Setting(
                "vat",
                msg("Value-added tax"),
                msg("How the collecting body is taxed. Noted for invoices; the book keeps amounts with tax."),
                msg("Value-added Tax Law (2026), arts. 9–12"),
            ),
        ),
        (
            Fixed(
                msg("Receipt numbers"),
                msg("one series for each fund and year"),
                msg("Numbers never have gaps, and the renovation fund never shares a series with the property fee."),
            ),
        ),
    ),
    Group(
        "prepayment",
        msg("Paying and prepaying"),
        (
            Setting(
                "prepay_months_max",
                msg("Months that may be prepaid"),
                msg("The counter takes no more than this in advance."),
                msg("Hangzhou art. 55 and Zhengzhou art. 42: at most 12 months"),
                msg("%(n)s months"),
                msg("no prepayment"),
            ),
            Setting(
                "settlement_policy",
                msg("What a payment clears first"),
                msg("Used when the payer does not choose; the payer’s own choice always comes first."),
                msg("Civil Code arts. 560 and 561, which leave it to what was agreed"),
            ),
        ),
    ),
    Group(
        "late",
        msg("Late charges and arrears"),
        (
            Setting(
                "late_rate",
                msg("Late charge for each day"),
                msg("Only where the contract has it. In percent of what is overdue; 0 turns it off."),
                msg("Civil Code art. 585; 0.3 % a day is regularly cut by courts"),
                msg("%(n)s %% a day"),
                msg("off"),
            ),
            Setting(
                "late_grace_days",
                msg("Days of grace"),
                msg("So many days after the due day are free."),
                msg("Service contract"),
                msg("%(n)s days"),
                msg("none"),
            ),
            Setting(
                "late_cap_ratio",
                msg("At most so many times the debt"),
                msg("A late charge never grows beyond this; 1 means no more than the debt itself."),
                msg("Practice of the courts"),
                msg("%(n)s times"),
            ),
            Setting(
                "late_year_cap",
                msg("At most in a year"),
                msg("In percent of the debt a year, for example 3.9: the loan prime rate of 3 % times 1.3."),
                msg("Supreme Court on contracts (2023), art. 65: above 130 % of the loss is too high"),
                msg("%(n)s %% a year"),
                msg("no yearly limit"),
            ),
            Setting(
                "arrears_posting",
                msg("Arrears may be posted by room"),
                msg("If off, only totals of a building are posted. Names are never posted."),
                msg("Personal Information Protection Law art. 25; needs a local article or the covenant"),
                YES,
                NO,
            ),
            Setting(
                "arrears_posting_basis",
                msg("Basis for posting"),
                msg("The article or clause that allows it; printed under the list."),
                msg("For example Shandong art. 48, or the owners’ covenant"),
                off=msg("none"),
            ),
        ),
    ),
    Group(
        "vacancy",
        msg("Empty homes"),
        (
            Setting(
                "vacancy_percent",
                msg("Percentage still to be paid"),
                msg("What an empty home pays of the fee; 100 means no reduction."),
                msg("Civil Code art. 944: emptiness alone is no reason; contract or local rule only"),
                msg("%(n)s %%"),
            ),
            Setting(
                "vacancy_min_months",
                msg("Empty for at least"),
                msg("A shorter time gives no reduction."),
                msg("For example Binzhou art. 38: six months"),
                msg("%(n)s months"),
                msg("any time"),
            ),
            Setting(
                "vacancy_phase",
                msg("Under which contract"),
                msg("Some local rules speak only of the first contract, made by the developer."),
                msg("Liaocheng art. 40, Heze art. 24, Binzhou art. 38"),
            ),
        ),
    ),
    Group(
        "rounding",
        msg("Rounding"),
        (
            Setting(
                "bill_to_jiao",
                msg("Strike the odd fen off a bill"),
                msg("A month’s bill of a household ends on full jiao, always downward, as a line of its own."),
                msg("Price-marking rules (2022): never above the marked price"),
                YES,
                NO,
            ),
            Setting(
                "small_waiver_receipt",
                msg("Small change waived, per receipt"),
                msg("Up to this much missing in cash may be waived at the counter, with a name."),
                msg("The office’s own rule"),
                msg("¥%(n)s"),
                msg("none"),
            ),
            Setting(
                "small_waiver_day",
                msg("Small change waived, per day"),
                msg("All such waivers of one cashier in a day together."),
                msg("The office’s own rule"),
                msg("¥%(n)s"),
                msg("none"),
            ),
        ),
    ),
    Group(
        "funds",
        msg("Common revenue and maintenance fund"),
        (
            Setting(
                "common_revenue_to_fund_pct",
                msg("Common revenue into the maintenance fund"),
                msg("How much of the income from common parts goes into the fund."),
                msg("Civil Code art. 282; Beijing art. 74, Shanghai art. 66"),
                msg("%(n)s %%"),
            ),
            Setting(
                "common_revenue_above",
                msg("More than that percentage"),
                msg("If yes, exactly this percentage is not enough."),
                msg("Shanghai art. 66"),
                YES,
                NO,
            ),
            Setting(
                "common_revenue_until_floor",
                msg("Only while the fund is low"),
                msg("If yes, the duty ends when the fund reaches the level below."),
                msg("Beijing art. 74"),
                YES,
                NO,
            ),
            Setting(
                "fund_floor_pct",
                msg("Lowest level of the fund"),
                msg("In percent of the first deposit; below it, owners top up."),
                msg("Beijing arts. 74 and 83, Shanghai art. 65"),
                msg("%(n)s %%"),
            ),
            Setting(
                "fund_audit_exempt",
                msg("Works without an audit, up to"),
                msg("Dearer works paid by the fund need an audit of the final account."),
                msg("Hangzhou art. 72"),
                msg("¥%(n)s"),
            ),
        ),
    ),
)
