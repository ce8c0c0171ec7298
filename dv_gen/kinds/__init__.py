"""The kinds of entities: one module each, discovered by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import physical

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@cache
def sections() -> dict[str, tuple[Kind, ...]]:
    """Return the kinds by the section of the metadata that they share."""
    found: dict[str, tuple[Kind, ...]] = {}
    for kind in all_kinds():
        found[kind.section] = (*found.get(kind.section, ()), kind)
    return found


def kind_of(section: str, data: Any) -> Kind:  # noqa: ANN401 - YAML
    """Return the kind that an entry of a section is of."""
    kinds = sections()[section]
    return next((kind for kind in kinds if kind.claims(data)), _plain(kinds))


def _plain(kinds: tuple[Kind, ...]) -> Kind:
    return next(kind for kind in kinds if not kind.type)


def _entry_schema(kinds: tuple[Kind, ...]) -> Mapping[str, Any]:
    """Return the JSON Schema of a section's entries: that of the first kind that claims one."""
    schema: Mapping[str, Any] = _typed(_plain(kinds), kinds)
    for kind in reversed([kind for kind in kinds if kind.type]):
        said = {"required": ["type"], "properties": {"type": {"const": kind.type}}}
        implied = [{"required": [key]} for key in kind.implied_by]
        unsaid = [{"not": {"required": ["type"]}, "anyOf": implied}] if implied else []
        claimed = {"type": "object", "anyOf": [said, *unsaid]}
        schema = {"if": claimed, "then": _typed(kind, kinds), "else": schema}
    return schema


def _typed(kind: Kind, kinds: tuple[Kind, ...]) -> Mapping[str, Any]:
    types = [other.type for other in kinds if other.type]
    if not types:
        return kind.schema
    known = {"enum": types, "description": "what kind of " + kind.section.removesuffix("s")}
    return {**kind.schema, "properties": {"type": known, **kind.schema["properties"]}}


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
    for section, kinds in sections().items():
        properties[section] = {
            "description": "; ".join(kind.description for kind in kinds),
            "type": ["object", "null"],
            "additionalProperties": _entry_schema(kinds),
        }
    for kind in all_kinds():
        properties.update(kind.extra_sections)
    properties[physical.SECTION] = physical.SCHEMA
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dv-gen metadata",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }
