"""The kinds of entities: one module each, discovered by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dv_gen.kinds.base import Kind, Table
    from dv_gen.model.entities import Model


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return every kind, in the order in which they are read: parents before children."""
    modules = (
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    )
    found = [module.KIND for module in modules if hasattr(module, "KIND")]
    return tuple(sorted(found, key=lambda kind: kind.order))


def all_tables(model: Model) -> tuple[Table, ...]:
    """Return the tables and views of every entity, those of one kind together."""
    if all_tables not in model.kept:
        found = (table for kind in all_kinds() for table in kind.tables(model))
        model.kept[all_tables] = tuple(found)
    tables: tuple[Table, ...] = model.kept[all_tables]
    return tables


def metadata_schema() -> dict[str, Any]:
    """Return the JSON Schema of a metadata file: what validates is what editors use."""
    properties: dict[str, Any] = {}
    for kind in all_kinds():
        properties[kind.section] = {
            "description": kind.description,
            "type": ["object", "null"],
            "additionalProperties": kind.schema,
        }
        properties.update(kind.extra_sections)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dv-gen metadata",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }
