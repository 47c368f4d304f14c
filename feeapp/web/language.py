"""Which language a page speaks, and where its sentences come from.

English sentences stand in the code. The Chinese ones stand in one catalogue a room, ``feeapp/languages/zh/*.po``,
read at start, so there is nothing to compile. A page follows the person's choice, else the browser, else Chinese.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

CHINESE, ENGLISH = "zh_Hans_CN", "en"
LANGUAGES = (CHINESE, ENGLISH)
_CATALOGUES = Path(__file__).parent.parent / "languages" / "zh"


@lru_cache(maxsize=1)
def chinese() -> Translations:
    """Every room's Chinese sentences as one set."""
    whole = Catalog(locale=Locale.parse(CHINESE))
    for path in sorted(_CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=CHINESE):
                if message.id and message.string:
                    whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


class _Sentences(Domain):
    """The catalogues as Flask-Babel asks for them."""

    def get_translations(self) -> NullTranslations:
        return chinese() if str(get_locale() or CHINESE).startswith("zh") else NullTranslations()


class _Languages(Babel):
    """Flask-Babel, with the sentences from our catalogues."""

    @property
    def domain_instance(self) -> Domain:
        return _Sentences()


def choose() -> str:
    """The language of this request."""
    if not has_request_context():
        return CHINESE
    chosen = session.get("language") or (current_user.is_authenticated and current_user.language)
    if chosen in LANGUAGES:
        return str(chosen)
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "zh-TW", "zh-HK", "en"], default="zh")
    return ENGLISH if best == "en" else CHINESE


def short() -> Literal["zh", "en"]:
    """``zh`` or ``en``, for ``<html lang>`` and the papers."""
    return "en" if str(get_locale()) == ENGLISH else "zh"


def init_app(app: Flask) -> None:
    """Set the languages up."""
    _Languages(app, locale_selector=choose)
    app.jinja_env.globals["locale"] = short
