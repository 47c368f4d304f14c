"""The measures of the receipt's forms, in whole tenths of a millimetre.

They mirror ``feeapp/static/print.css``; tests read the printed positions back, so that the two cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from feeapp.printing.paper import Size


@dataclass(frozen=True, slots=True)
class Form:
    """The measures of one slip: text width and height, type sizes, and the height of each band.

    ``house`` is the room for the community's name beside the title, ``beside`` what a QR code takes from a line,
    ``rules`` the ruled gaps for signatures; ``cramped`` the leads and types to try for the lines below the sum where
    they would not fit a page otherwise.
    """

    density: str
    width: int
    height: int
    house: int
    text: int
    lead: int
    small: int
    small_lead: int
    row: int
    title: int
    meta: int
    beside: int
    head: int
    head_en: int
    words: int
    sum_text: int
    more: int
    more_text: int
    hands_text: int
    rules: int
    close: int
    cramped: tuple[tuple[int, int], ...]

    @property
    def amount(self) -> int:
        """The width of the column of amounts: what the others leave."""
        return self.width * (1000 - sum(COLUMNS.values())) // 1000


def _tight(width: int, height: int) -> Form:
    """The smaller forms: 241 × 93.3 mm and a third of A4."""
    return Form(
        density="tight",
        width=width,
        height=height,
        house=390,
        text=32,
        lead=41,
        small=28,
        small_lead=33,
        row=57,
        title=105,
        meta=52,
        beside=170,
        head=56,
        head_en=76,
        words=78,
        sum_text=39,
        more=44,
        more_text=30,
        hands_text=30,
        rules=390,
        close=108,
        cramped=((28, 22), (22, 17)),
    )


def _roomy(width: int, height: int) -> Form:
    """The larger ones: A5 and 241 × 140 mm."""
    return Form(
        density="roomy",
        width=width,
        height=height,
        house=330,
        text=37,
        lead=48,
        small=30,
        small_lead=38,
        row=74,
        title=160,
        meta=64,
        beside=230,
        head=74,
        head_en=88,
        words=100,
        sum_text=46,
        more=56,
        more_text=35,
        hands_text=35,
        rules=390,
        close=146,
        cramped=((36, 28), (28, 22)),
    )


FORMS = {
    Size.A5: _roomy(1820, 1340),
    Size.FORM_140: _roomy(1980, 1260),
    Size.FORM_93: _tight(1980, 848),
    Size.A4: _tight(1820, 900),
}

COLUMNS = {"unit": 180, "item": 240, "period": 170, "quantity": 110, "price": 155}
"""The share of the table's width, in thousandths, of each column that may wrap."""

CELL_PADDING = 22
SLACK = 15
"""What a page keeps free in case a line breaks otherwise than reckoned."""
