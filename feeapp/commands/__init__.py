"""The command line: ``flask --app app …``."""

from __future__ import annotations

import importlib
import pkgutil

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the commands of every module in this package."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__, f"{__name__}.")):
        importlib.import_module(module).register(app)
