"""The package an .xlsx workbook is: unpacked behind guards, and asked for what the reader does not tell."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from feeapp.core.refusal import Refused, msg


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an uploaded file may be."""

    size: int = 10 * 1024 * 1024
    unpacked: int = 200 * 1024 * 1024
    ratio: int = 200
    parts: int = 2_000
    rows: int = 20_000
    columns: int = 200


LIMITS = Limits()


def broken() -> Refused:
    """The refusal of a file that says it is a workbook and cannot be read as one."""
    return Refused(
        "sheet.broken", msg("The file cannot be read as a workbook. Open it, save it as .xlsx, and choose it again.")
    )


_UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)


def unpack(data: bytes, limits: Limits) -> dict[str, bytes]:
    """The XML parts of the package, once their sizes, their sums and their kind are known to be harmless."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = {info.filename.replace("\\", "/"): info for info in package.infolist()}
            unpacked = sum(info.file_size for info in package.infolist())
            most = min(limits.unpacked, limits.ratio * max(len(data), 64 * 1024))
            if len(package.infolist()) > limits.parts or unpacked > most:
                raise Refused(
                    "sheet.bomb", msg("The file unpacks to far more than a ledger needs, and was not opened.")
                )
            if "xl/workbook.xml" not in infos:
                raise unknown()
            if any(name.lower().endswith("vbaproject.bin") for name in infos):
                raise Refused(
                    "sheet.macros", msg("The workbook carries macros. Save it as .xlsx without macros first.")
                )
            xml = {name: package.read(info) for name, info in infos.items() if name.endswith((".xml", ".rels"))}
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as failure:
        raise broken() from failure
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in xml.values()):
        raise Refused("sheet.entities", msg("The workbook defines XML entities, and was not opened."))
    return xml


def repack(parts: Mapping[str, bytes]) -> io.BytesIO:
    """A package of exactly the bytes that were looked at: a part that lies about its size has no second reading."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    stream.seek(0)
    return stream


_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode().rpartition(":")[2]: _said(double or single) for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _said(written: bytes) -> str:
    return html.unescape(written.decode("utf-8", "replace"))


def sheet_parts(parts: Mapping[str, bytes]) -> list[bytes]:
    """The XML of each sheet, in the order of the workbook."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in map(_attributes, _RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", b"")))
    }
    found = []
    for sheet in map(_attributes, _SHEET.findall(parts["xl/workbook.xml"])):
        target = targets.get(sheet.get("id"), "")
        found.append(parts.get(target.lstrip("/") if target.startswith("/") else f"xl/{target}", b""))
    return found


_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})')
_FAR_DOWN = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{5,7})"')
_ODD = (b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t", b":c>", b":c/", b":c ")
_TAGS = re.compile(
    rb"<(?:\w+:)?(?P<kind>row|c)(?P<attributes>\s[^>]*?)?(?P<alone>/?)>"
    rb"(?:\s*(?P<f><)(?:\w+:)?f\b(?:[^>]*/>|[^>]*>(?P<formula>[^<]*)))?"
)


def check_extent(xml: bytes, limits: Limits) -> None:
    """Refuse a sheet whose last filled cell lies too far out, before room is made for all cells before it."""
    if xml.count(b"<c ") == xml.count(b'<c r="') and not any(odd in xml for odd in _ODD):
        rows = max(map(int, _FAR_DOWN.findall(xml)), default=0)
        columns = max(map(_column, set(_LETTERS.findall(xml))), default=0)
        if rows <= limits.rows and columns <= limits.columns:
            return
    places = [(row, column) for row, column, tag in _walk(xml) if not tag["alone"]]
    rows = max((row for row, _ in places), default=-1) + 1
    columns = max((column for _, column in places), default=-1) + 1
    check_within(rows, columns, limits)


def _walk(xml: bytes) -> Iterator[tuple[int, int, re.Match[bytes]]]:
    """Every cell of a sheet with its row and column, also where the file leaves their names out."""
    row = column = -1
    for tag in _TAGS.finditer(xml):
        name = re.fullmatch(r"([A-Z]*)([0-9]+)", _attributes(tag["attributes"] or b"").get("r", ""))
        if tag["kind"] == b"row":
            row, column = int(name[2]) - 1 if name else row + 1, -1
            continue
        column = _column(name[1].encode()) - 1 if name and name[1] else column + 1
        yield int(name[2]) - 1 if name else row, column, tag


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def check_within(rows: int, columns: int, limits: Limits) -> None:
    """Raises Refused where a sheet has more rows or columns than the limits allow."""
    if rows > limits.rows or columns > limits.columns:
        raise Refused(
            "sheet.extent",
            msg("A sheet has more than %(rows)s rows or %(columns)s columns. Split it, for example by building."),
            {"rows": limits.rows, "columns": limits.columns},
        )


def formulas(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """Where formulas and error values stand, which the reader itself does not tell."""
    if not any(sign in xml for sign in (b"<f>", b"<f ", b":f>", b":f ", b't="e"', b"t='e'")):
        return
    for row, column, tag in _walk(xml):
        if tag["f"] or _attributes(tag["attributes"] or b"").get("t") == "e":
            yield (row, column), "=" + _said(tag["formula"] or b"")


def unknown() -> Refused:
    """The refusal of a file that is no table at all."""
    return Refused("sheet.kind", msg("The file is neither an .xlsx workbook nor CSV. Save it as .xlsx first."))
