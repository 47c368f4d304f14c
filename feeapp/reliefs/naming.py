"""What the kinds, papers, steps and phases of reliefs are called."""

from __future__ import annotations

from feeapp.core.refusal import msg
from feeapp.reliefs.rules import PaperKind, Phase, ReliefKind, Step

KIND_WORDS: dict[ReliefKind, str] = {
    ReliefKind.VACANCY: msg("Vacancy discount"),
    ReliefKind.HARDSHIP: msg("Hardship relief"),
    ReliefKind.EXEMPTION: msg("Exemption"),
}

PAPER_WORDS: dict[PaperKind, str] = {
    PaperKind.LOW_INCOME: msg("Low-income certificate"),
    PaperKind.EXTREME_POVERTY: msg("Extreme-poverty certificate"),
    PaperKind.DISABILITY: msg("Disability certificate"),
    PaperKind.VETERAN: msg("Veteran’s card"),
    PaperKind.RESOLUTION: msg("Resolution of the owners"),
    PaperKind.OTHER: msg("Another paper"),
}

PHASE_WORDS: dict[Phase, str] = {
    Phase.TO_INSPECT: msg("To be inspected"),
    Phase.TO_DECIDE: msg("To be decided"),
    Phase.TO_COME: msg("Begins later"),
    Phase.IN_FORCE: msg("In force now"),
    Phase.OVER: msg("Over"),
    Phase.REFUSED: msg("Not approved"),
}

PHASE_TONES: dict[Phase, str] = {
    Phase.TO_INSPECT: "part",
    Phase.TO_DECIDE: "part",
    Phase.TO_COME: "promised",
    Phase.IN_FORCE: "paid",
    Phase.OVER: "vacant",
    Phase.REFUSED: "void",
}
"""Which of the seven looks of a state each phase has."""

STEP_WORDS: dict[Step, str] = {
    Step.APPLY: msg("Applied for on %(day)s"),
    Step.INSPECT: msg("Inspected on %(day)s"),
    Step.APPROVE: msg("Approved from %(day)s on"),
    Step.REFUSE: msg("Refused on %(day)s"),
    Step.END: msg("Ended: in full again from %(day)s on"),
    Step.OCCUPY: msg("Lived in: in full again from %(day)s on"),
}
