"""Spreadsheets in and out: workbooks and CSV read behind guards, tables written so that no cell is a formula.

Why these libraries, and what is refused before they see a byte: docs/decisions/0003-reading-spreadsheets.md.
"""

from feeapp.spreadsheet.package import LIMITS, Limits
from feeapp.spreadsheet.reading import Cell, Sheet, cell_name, read
from feeapp.spreadsheet.writing import safe_cell, table

__all__ = ["LIMITS", "Cell", "Limits", "Sheet", "cell_name", "read", "safe_cell", "table"]
