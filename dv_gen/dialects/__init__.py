"""Dialects: facts about SQL engines; nothing here knows hubs or YAML."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.dialects.base import Dialect


@cache
def names() -> tuple[str, ...]:
    """Return the names of all dialects, sorted: one module of this package each."""
    return tuple(
        sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "base")
    )


@cache
def get(name: str) -> Dialect:
    """Return the facts of one dialect.

    Raises:
        ModuleNotFoundError: when there is none of that name.
    """
    dialect: Dialect = importlib.import_module(f"{__name__}.{name}").DIALECT
    return dialect
