"""The section `physical`: how single tables are stored, where that is not as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen import dialects
from dv_gen.errors import Problem
from dv_gen.kinds.base import NAMES, TEXT, as_list
from dv_gen.metadata.names import listed, nearest
from dv_gen.model.physical import Physical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.errors import Location
    from dv_gen.kinds.base import Table
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Column, Hub, Model
    from dv_gen.model.types import SqlType

SECTION = "physical"
NONE = "none"
_DATES = ("date", "timestamp")


def read_physical(specs: Mapping[str, Spec]) -> dict[str, Physical]:
    """Return what the section says, by table; names are looked at by :func:`check_physical`."""
    return {name: _read(spec) for name, spec in specs.items()}


def _read(spec: Spec) -> Physical:
    said = spec.data
    partition_by = said.get("partition_by")
    segmented_by = said.get("segmented_by")
    return Physical(
        location=spec.location,
        order_by=tuple(as_list(said["order_by"])) if "order_by" in said else None,
        segmented_by=() if segmented_by == NONE else _names(segmented_by),
        partition_by="" if partition_by == NONE else partition_by,
        ksafe=said.get("ksafe"),
    )


def _names(value: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - as the YAML has it
    return None if value is None else tuple(as_list(value))


def check_physical(specs: Mapping[str, Spec], all_tables: Iterable[Table]) -> None:
    """Complain about tables and columns that are not there, and columns that cannot be it."""
    tables = {table.name: table for table in all_tables}
    stored = {name: table for name, table in tables.items() if _is_stored(table)}
    for name, spec in specs.items():
        if name in stored:
            _check(spec, stored[name])
        elif name in tables:
            why = "a mart" if tables[name].schema == "mart" else "a view"
            what = f"'{name}' is {why}: it has what its query gives"
            spec.complain(what, expected="a table of the vault, or a source")
        else:
            meant = nearest(name, stored)
            expected = "" if meant else "a table of the vault, or a source"
            spec.complain(f"unknown table '{name}'", expected=expected, meant=meant)


def _is_stored(table: Table) -> bool:
    # What stands beside a stage is stored as the stage is.
    of_a_stage = table.transient and table.owner != table.name
    return not table.is_view and table.schema != "mart" and not of_a_stage


def _check(spec: Spec, table: Table) -> None:
    columns = {column.name: column for column in table.columns}
    for key in ("order_by", "segmented_by"):
        entry = spec.get(key)
        seen: set[str] = set()
        for at, name in enumerate(as_list(entry)):
            path = (key, at) if isinstance(entry, list) else (key,)
            if key == "segmented_by" and entry == NONE:
                continue
            if name not in columns:
                spec.unknown(f"column of {table.name}", name, columns, *path)
            elif name in seen:
                spec.complain(f"'{name}' stands here twice", *path, expected="it once")
            seen.add(name)
    name = spec.get("partition_by", NONE)
    if name != NONE:
        _check_date(spec, table, name, columns)


def _check_date(spec: Spec, table: Table, name: str, columns: Mapping[str, Column]) -> None:
    fitting = [column.name for column in columns.values() if _is_date(column)]
    if name not in columns:
        spec.unknown(f"column of {table.name}", name, columns, "partition_by")
    elif name not in fitting:
        column = columns[name]
        may_be_null = column.type.name in _DATES
        why = "may be NULL" if may_be_null else f"is {column.type}"
        what = f"'{name}' {why}: a row would have no partition"
        expected = listed(fitting) if fitting else NONE
        spec.complain(what, "partition_by", expected=expected)


def _is_date(column: Column) -> bool:
    return column.type.name in _DATES and not column.nullable


def too_wide(model: Model) -> Iterable[Problem]:
    """Yield the texts that an engine of the project's targets keeps only to look at.

    What is longer than a plain text there can neither be hashed nor compared, grouped or sorted
    by, and every column may be.
    """
    limits = {
        target.type: dialects.get(target.type).max_characters for target in model.project.targets
    }
    for dialect, limit in limits.items():
        for place, name, kind in _texts(model) if limit else ():
            if kind.length > limit:
                what = f"'{name}' is {kind}, too long to hash or compare"
                yield Problem(place, what, f"at most varchar({limit}) on {dialect}")


def _texts(model: Model) -> Iterable[tuple[Location, str, SqlType]]:
    for source in model.sources.values():
        for item in source.given:
            yield source.location, item.name, item.type
    for hub in model.hubs.values():
        for column in hub.key:
            # A key that is as wide as its sources' columns has been told of with them.
            if not any(column.type == kind for kind in _feeding(hub, model)):
                yield hub.location, column.name, column.type


def _feeding(hub: Hub, model: Model) -> Iterable[SqlType]:
    for use in hub.uses:
        yield from (model.sources[use.source].types[name][0] for name in use.columns)


SCHEMA: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "how single tables are stored, where that is not as usual: {table: ..}",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "order_by": {**NAMES, "description": "the columns that it is sorted by"},
            "segmented_by": {
                **NAMES,
                "description": "the columns whose hash tells the node; none: whole on every node",
            },
            "partition_by": {**TEXT, "description": "a date or timestamp; none: no partitions"},
            "ksafe": {"enum": [0, 1, 2], "description": "how many nodes may fail"},
        },
    },
}
