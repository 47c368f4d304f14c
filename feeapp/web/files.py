"""Files as answers."""

from __future__ import annotations

import io

from flask import Response, send_file

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(name: str, body: bytes) -> Response:
    """An Excel file to be saved."""
    return send_file(io.BytesIO(body), WORKBOOK, as_attachment=True, download_name=name)


def pdf_file(name: str, body: bytes, *, save: bool = False) -> Response:
    """A PDF, shown by the browser, or to be saved."""
    return send_file(io.BytesIO(body), "application/pdf", as_attachment=save, download_name=name)
