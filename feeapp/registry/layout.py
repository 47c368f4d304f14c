"""Which column of a ledger holds what: recognised by the words of its header, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from feeapp.core.width import narrow

_WORDS: dict[str, str] = {
    "number": "序号 编号 no no. #",
    "building": "楼栋 楼号 栋号 幢号 楼幢 楼宇 楼座 楼 栋 幢 座 楼栋号 building",
    "stair": "单元 单元号 楼门 楼门号 门栋 stair entrance",
    "room": "房号 室号 房间号 房间 户号 室 房屋号 车位号 room unit",
    "address": "门牌号 门牌 房屋 房屋编号 地址 房屋地址 房屋坐落 坐落 住址 楼栋房号 楼-单元-房号 address",
    "floor": "楼层 层 所在层 所在楼层 floor",
    "use": "用途 房屋用途 类型 房屋类型 性质 房屋性质 业态 use type",
    "area": "建筑面积 面积 房屋面积 产权面积 计费面积 收费面积 建面 area grossarea grossfloorarea",
    "inner_area": "套内面积 使用面积 套内 套内建筑面积 innerarea",
    "owner": "业主姓名 业主 户主 户主姓名 产权人 姓名 房主 所有权人 业主名称 产权人姓名 name owner",
    "owner_id": "证件号码 证件号 身份证号 身份证号码 身份证 统一社会信用代码 业主证件号 idnumber",
    "owner_phone": "联系电话 电话 手机 手机号 手机号码 联系方式 电话号码 业主电话 业主手机 户主电话 phone",
    "use_state": "居住状态 使用状态 入住状态 入住情况 居住情况 状态 房屋状态 使用情况 occupancy",
    "occupant": "承租人 租户 租户姓名 使用人 承租人姓名 租客 实际居住人 tenant occupant",
    "occupant_phone": "承租人电话 租户电话 租客电话 使用人电话 租户联系电话 tenantphone",
    "from_on": "入住日期 入住时间 交房日期 交房时间 收房日期 购房日期 取得日期 movedin moveindate",
    "price": "单价 收费标准 物业费标准 费用标准 物业费单价 price",
    "remark": "备注 说明 备注说明 附注 remark remarks note notes",
}
_MONEY_WORDS: dict[str, str] = {
    "billed": "应收 应缴 应交 应收金额 应收款 应缴金额 应交金额 应收物业费 billed due",
    "received": "已收 实收 已缴 已交 实缴 实交 已收金额 实收金额 已缴金额 已交金额 收款 received paid",
    "owed": "欠费 欠缴 欠款 欠交 未收 未缴 未交 欠费金额 累计欠费 历史欠费 欠费合计 合计欠费 陈欠 arrears owed",
}
_FIELD_OF = {word: name for name, words in (_WORDS | _MONEY_WORDS).items() for word in words.split()}
_YEAR = re.compile(r"(?P<year>(?:19|20)[0-9]{2}|(?<![0-9])[0-9]{2}(?=年))(?:年度|年)?")
_LOOK = 30
"""How many rows from the top a header may stand at."""


@dataclass(frozen=True, slots=True)
class Column:
    """One recognised column, counted from 0. ``year`` is set for money only; 0 where the header names none."""

    at: int
    field: str
    label: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The header found: its first row, the first row of data, the columns, and headers nobody understood."""

    header: int
    data: int
    columns: tuple[Column, ...]
    left_out: tuple[tuple[int, str], ...]
    by_field: Mapping[str, Column]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.by_field)

    def column(self, field: str) -> Column | None:
        """The column of a field, or None; of money with several years the first."""
        return self.by_field.get(field)


def find_layout(rows: Sequence[Sequence[object]]) -> Layout | None:
    """The header among the first rows that most columns are recognised by, on one row or two; None where none is.

    A ledger needs at least the room and one column more.
    """
    found = []
    for at in range(min(_LOOK, len(rows))):
        found.append(_layout(at, at + 1, rows[at], ()))
        if at + 1 < len(rows) and _could_be_header(rows[at + 1]):
            found.append(_layout(at, at + 2, rows[at], rows[at + 1]))
    useful = [one for one in found if one.fields & {"room", "address"} and len(one.columns) >= 2]
    return max(useful, key=lambda one: (len(one.columns), one.header - one.data, -one.header), default=None)


def looks_like_header(row: Iterable[object]) -> bool:
    """Whether a row below the first header is that header again, as on every page of a printed list."""
    cells = [cell for cell in row if cell is not None]
    if not all(isinstance(cell, str) for cell in cells):
        return False
    return sum(_plain(str(cell)) in _FIELD_OF for cell in cells) >= 3


def _could_be_header(row: Sequence[object]) -> bool:
    texts = [_plain(cell) for cell in row if isinstance(cell, str)]
    return not any(isinstance(cell, Decimal | date) for cell in row) and any(text in _FIELD_OF for text in texts)


def _layout(header: int, data: int, upper: Sequence[object], lower: Sequence[object]) -> Layout:
    columns: dict[tuple[str, int | None], Column] = {}
    left_out = []
    group = ""
    for at in range(max(len(upper), len(lower))):
        top, bottom = _text(upper, at), _text(lower, at)
        group = top or group
        label = " ".join(part for part in (group if bottom else top, bottom) if part)
        meaning = _meaning(_plain(top), _plain(bottom), _plain(group))
        if meaning and meaning not in columns:
            columns[meaning] = Column(at, meaning[0], label, meaning[1])
        elif label:
            left_out.append((at, label))
    by_field = {column.field: column for column in reversed(columns.values())}
    return Layout(header, data, tuple(columns.values()), tuple(left_out), by_field)


def _meaning(top: str, bottom: str, group: str) -> tuple[str, int | None] | None:
    """The field, and for money the year, that a column's header words say."""
    for words in (bottom, top, top + bottom, bottom + top, group + bottom, bottom + group):
        year = _YEAR.search(words)
        field = _FIELD_OF.get(words[: year.start()] + words[year.end() :] if year else words)
        if field and field in _MONEY_WORDS:
            year = year or _YEAR.search(group if bottom else top)
            return field, _full_year(year["year"]) if year else 0
        if field and words in _FIELD_OF:
            return field, None
    return None


def _full_year(digits: str) -> int:
    return int(digits) + (0 if len(digits) == 4 else 2000 if digits < "50" else 1900)


def _text(row: Sequence[object], at: int) -> str:
    cell = row[at] if at < len(row) else None
    return str(cell).strip() if isinstance(cell, str | Decimal) else ""


def _plain(text: str) -> str:
    """A header word without blanks, brackets and what they hold, or a colon."""
    return re.sub(r"\(.*?\)|[\s:*_]", "", narrow(text)).lower()
