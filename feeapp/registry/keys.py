"""Search keys: every way a clerk may begin typing a household, each one the beginning of a key.

A search is a range over keys, so what is typed needs only to be brought to the same form as the keys.
Why pinyin comes from a library and surnames from a table: docs/decisions/0004-pinyin-for-names.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product

from feeapp.registry import rooms
from feeapp.registry.rules import is_han

LONGEST_KEY = 64
_MOST_INITIALS = 24
_LONG_NAME = 6
"""Names longer than this are companies; their characters are read in the one usual way."""

_SURNAMES = """
曾 zeng 仇 qiu 解 xie 区 ou 查 zha 单 shan 盖 ge 任 ren 尉 wei 乐 yue 朴 piao 华 hua 葛 ge 覃 qin 曲 qu 缪 miao
谌 chen 燕 yan 冼 xian 洗 xian 员 yun 贠 yun 宓 mi 折 she 薄 bo 卜 bu 种 chong 重 chong 秘 bi 祭 zhai 黑 he 隗 wei
繁 po 翟 zhai 逄 pang 那 na 过 guo 车 che 召 shao 晟 cheng 佴 nai 宁 ning 应 ying 牟 mu 句 gou 都 du 相 xiang
万 wan 石 shi 褚 chu 郗 xi 莘 shen 眭 sui 能 nai 藏 zang 訾 zi 哈 ha 适 kuo 会 gui 占 zhan 柏 bai 阚 kan 冯 feng
尉迟 yu-chi 万俟 mo-qi 单于 chan-yu 上官 shang-guan 欧阳 ou-yang 长孙 zhang-sun 令狐 ling-hu 宇文 yu-wen
澹台 tan-tai 皇甫 huang-fu 夏侯 xia-hou 鲜于 xian-yu 诸葛 zhu-ge 司马 si-ma 慕容 mu-rong 宗政 zong-zheng
"""
SURNAME_READINGS: dict[str, tuple[str, ...]] = {
    surname: tuple(reading.split("-")) for surname, reading in re.findall(r"(\S+) ([a-z-]+)", _SURNAMES)
}
"""How a surname is read; the usual reading of its characters is kept as a second way of typing it."""


def keys_for_unit(place: rooms.Place, plates: Iterable[str] = ()) -> frozenset[str]:
    """The keys of a unit: its room, in the forms that every spelling is brought to, and its number plates."""
    ways = {normalise_query(way) for way in rooms.short_forms(place)}
    return _fit(ways | {key for plate in plates for key in _plate_keys(plate)})


def keys_for_party(name: str, phones: Iterable[str]) -> frozenset[str]:
    """The keys of a person or company: the name from each character on, its pinyin and initials, the phones."""
    return _fit({*_name_keys(normalise_query(name)), *(key for phone in phones for key in _phone_keys(phone))})


def normalise_query(text: str) -> str:
    """What was typed, in the form of the keys: plain signs, small letters, no blanks, a room as 3-2-501.

    "" where nothing is left to search by.
    """
    plain = unicodedata.normalize("NFKC", text[:200]).casefold().replace("ü", "v")
    plain = "".join(sign for sign in plain if sign.isprintable() and sign not in " ·•・.,，。'\"“”‘’_()（）")
    if re.fullmatch(r"(\+?86)?1[3-9][0-9]-?[0-9]{4}-?[0-9]{0,4}|0[0-9]{2,3}-[0-9]{4,8}", plain):
        return re.sub(r"^\+?86(?=1)|-", "", plain)
    return _room_form(plain)[:LONGEST_KEY]


def _room_form(plain: str) -> str:
    """A room, or the beginning of one, with its words as dashes: 3号楼2单元501室 and 3栋2单501 are 3-2-501."""
    squeezed = rooms.squeeze(plain).lower()
    if not re.match(r"第?[甲乙丙丁]?[0-9a-z]", squeezed) or not re.search(r"[0-9]", squeezed):
        return re.sub(r"-(?=[a-z]?[0-9])", "", re.sub(r"(?<=[0-9])(?:室|户|号)$", "", squeezed))
    words = r"(?<=[0-9a-z])(?:号楼|#楼|栋|幢|座|#|单元|单|门|楼|号)-?(?=[0-9a-z]|$)"
    dashed = re.sub(words, "-", re.sub(r"^第|(?:室|户|号)$", "", squeezed))
    return re.sub(r"(?<![0-9a-z])0+(?=[0-9])", "", dashed) if "-" in dashed else dashed


def _fit(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key[:LONGEST_KEY] for key in keys if key)


def _plate_keys(plate: str) -> Iterator[str]:
    """黑C12345 is found by 黑c12345, c12345 and 12345."""
    plain = normalise_query(plate).replace("-", "")
    yield plain
    if plain and is_han(plain[0]):
        yield plain[1:]
        yield plain[2:]


def _phone_keys(phone: str) -> Iterator[str]:
    """A phone is found from its beginning and by its last eight and four digits; a landline without its code too."""
    digits = re.sub(r"[^0-9]", "", phone)
    yield from (digits, digits[-8:], digits[-4:])
    if "-" in phone:
        yield re.sub(r"[^0-9]", "", phone.partition("-")[2])


def _name_keys(name: str) -> Iterator[str]:
    """A name is found from each of its characters on, written, in pinyin, or by initials."""
    for start in range(len(name)):
        yield name[start:]
    if not any(is_han(sign) for sign in name):
        return
    usual = [_readings(sign)[0] for sign in name]
    first = SURNAME_READINGS.get(name[:2]) or SURNAME_READINGS.get(name[:1]) or ()
    ways = [usual, [*first, *usual[len(first) :]]]
    ways += [[reading, *usual[1:]] for reading in _readings(name[0])]
    for way in ways:
        yield from _typed("".join(way))
        yield "".join(reading[0] for reading in way)
    for start in range(1, len(name)):
        yield from _typed("".join(usual[start:]))
    for start in range(len(name)):
        yield from _initials(name[start:], every_reading=len(name) <= _LONG_NAME)


def _typed(pinyin: str) -> tuple[str, str]:
    """Pinyin as an input method takes it, and with ü as passports write it."""
    return pinyin, pinyin.replace("v", "yu")


def _initials(name: str, every_reading: bool) -> Iterator[str]:
    """The initials of every way the characters may be read, up to a limit; or of the usual way alone."""
    readings = (_readings(sign) if every_reading else _readings(sign)[:1] for sign in name)
    letters = (tuple(dict.fromkeys(reading[0] for reading in each)) for each in readings)
    return islice(("".join(way) for way in product(*letters)), _MOST_INITIALS)


@lru_cache(maxsize=8192)
def _readings(sign: str) -> tuple[str, ...]:
    """The syllables a character is read as, the usual one first; any other sign reads as itself."""
    if not is_han(sign):
        return (sign,)
    from pypinyin import Style, pinyin  # a large table, wanted only where names are indexed

    return tuple(reading for reading in pinyin(sign, style=Style.NORMAL, heteronym=True)[0] if reading) or (sign,)
