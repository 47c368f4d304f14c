"""Tables written as workbooks."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from feeapp.core.area import Area
from feeapp.core.money import Money

_DANGEROUS = "=+-@\t\r\n＝＋－＠"


def safe_cell(value: str) -> str:
    """Text that no spreadsheet program takes for a formula, wherever the file is carried: escaped with a ' in front.

    Signs that cannot be written into a workbook become U+FFFD, and text is cut at the 32,767 signs a cell holds.
    """
    value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", value)
    if value[:1] in _DANGEROUS or value.lstrip()[:1] in _DANGEROUS:
        value = "'" + value if value else value
    return value[:32_767]


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], name: str = "Sheet1") -> bytes:
    """A workbook with one sheet: bold headers that stay in sight, then the rows.

    Money and Area become numbers with two decimals, a Decimal with two where it has any, whole numbers and days
    themselves, all else text; so give
    identity numbers, phones and rooms as text. Raises TypeError for a float.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(name)
        looks: dict[type, Any] = {
            kind: book.add_format({"num_format": form})
            for kind, form in ((Decimal, "#,##0.00"), (int, "0"), (date, "yyyy-mm-dd"), (str, "@"))
        }
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        widths = [len(header) for header in headers]
        for column, header in enumerate(headers):
            sheet.write_string(0, column, safe_cell(header), bold)
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                widths[column] = max(widths[column], _put(sheet, at, column, value, looks))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(2 * width + 2, 60))
    return stream.getvalue()


def _put(sheet: Any, row: int, column: int, value: Any, looks: Mapping[type, Any]) -> int:
    """Write one cell; the answer is how many signs wide it is."""
    if value is None or value == "":
        return 0
    if isinstance(value, Money | Area):
        sheet.write_number(row, column, value.in_yuan if isinstance(value, Money) else value.in_m2, looks[Decimal])
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value, looks[int if value == value.to_integral_value() else Decimal])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, looks[date])
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value, looks[int])
    elif isinstance(value, str):
        sheet.write_string(row, column, safe_cell(value), looks[str])
    else:
        raise TypeError(
            f"a cell holds text, a number without error, a day, money or an area, not {type(value).__name__}"
        )
    return len(str(value))
