"""Rows in the stage with every hash computed by the reference model: no file, no stage SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.metadata_text import stage_column
from tests.reference.definitions import LOAD_DT, LOAD_SRC, Code
from tests.reference.hashing import full_text
from tests.reference.keys import hub_components, link_key, parent_key
from tests.reference.stage import ROW_NO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.conformance.projects import Project
    from tests.reference.definitions import Model, SourceDef
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage

# One column of a stage row: its name, its value, its type in the reference model's words.
Cell = tuple[str, "Value", str]
# The joined text of a natural key.
TEXT = "varchar(9999)"


def fill_stage(project: Project, stage: Stage) -> None:
    """Put a stage's rows into the stage tables in place of what is there (S6)."""
    project.warehouse.session.begin()
    project.empty_stage()
    for source in project.model.sources:
        table = project.table(source.name)
        held = project.compiled.manifest["tables"][source.name]["columns"]
        rows = [list(cells(project.model, source, row, held)) for row in stage.get(source.name, ())]
        if rows:
            names = [name for name, _, _ in rows[0]]
            texts = [[_text(project, value, kind) for _, value, kind in row] for row in rows]
            project.warehouse.fill(table, names, texts)
    project.finish_stage()
    project.warehouse.session.commit()


def cells(model: Model, source: SourceDef, row: Row, held: Collection[str]) -> Iterator[Cell]:
    """Every column of a stage table (S1, S3); a key that only its hub reads may be missing."""
    for column in row.values:
        yield stage_column(model, source, column), row.values[column], source.type_of(column)
    yield LOAD_DT, row.load_dt, "timestamp"
    yield LOAD_SRC, row.load_src, "varchar(255)"
    yield ROW_NO, row.row_no, "bigint"
    for use in source.keys:
        hub = model.hub(use.hub)
        name = f"{hub.stage_key}_{use.role}" if use.role else hub.stage_key
        kind = hub.key[0][1] if hub.is_its_key else TEXT if hub.natural else "hash"
        if name in held:
            yield name, model.rule.key(hub_components(hub, source, use, row)), kind
    for link in model.links:
        if source.name in link.sources:
            kind = TEXT if link.natural else "hash"
            yield link.hash_key, link_key(model, link, source, row), kind
    yield from _codes(model, source)
    yield from _keys_or_zero(model, source, row)
    for satellite in model.satellites:
        if source.name in satellite.sources and satellite.has_hashdiff:
            payload = [
                (row.values[column], source.type_of(column), name)
                for name, column in satellite.columns
            ]
            yield f"hashdiff_{satellite.name}", model.rule.hashdiff(payload), "hash"
    for other in model.others:
        yield from other.stage_cells(model, source, row)


def _codes(model: Model, source: SourceDef) -> Iterator[Cell]:
    """The constants in a source's keys."""
    for use in source.keys:
        for (name, kind), column in zip(model.hub(use.hub).key, use.columns, strict=True):
            if isinstance(column, Code):
                label = f"{use.hub}_{use.role}" if use.role else use.hub
                yield f"{label}_{name}", column.value, kind


def _keys_or_zero(model: Model, source: SourceDef, row: Row) -> Iterator[Cell]:
    """L3: the hub's key, or the zero key, for satellites that keep rows without a key."""
    found = {}
    for satellite in model.satellites:
        if source.name in satellite.sources and satellite.null_keys == "zero_key":
            name = model.hub(satellite.parent).hash_key
            name += f"_{satellite.role}" if satellite.role else ""
            found[f"{name}_or_zero"] = parent_key(model, satellite, row, source.name)
    yield from ((name, key, "hash") for name, key in found.items())


def _text(project: Project, value: Value, kind: str) -> str | None:
    if value is None:
        return None
    if kind == "hash":
        algorithm = project.model.rule.algorithm
        return project.warehouse.digest(str(value), algorithm=algorithm, store=project.store)
    return repr(value) if kind == "double" else full_text(value, kind)
