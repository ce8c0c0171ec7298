"""Reference tables: codes and what they mean, with history or as they first came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import NAMES, Checks, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.checks import lateness, no_repeats
from dv_gen.kinds.late_deliveries import untracked_step
from dv_gen.kinds.own_hashdiff import NAMED, hashdiff_name, hashed_columns
from dv_gen.kinds.referring import find_column, find_source
from dv_gen.kinds.satellite_checks import (
    StagedColumn,
    StagedRows,
    compared_columns,
    known,
    one_a_moment,
    payload,
    reconciled,
)
from dv_gen.kinds.satellite_parts import (
    DESCRIBED,
    KEPT,
    end_column,
    read_columns,
    read_order_by,
    taken_names,
)
from dv_gen.kinds.stage import RECORD_SOURCE, delivered
from dv_gen.kinds.stage_hashes import hashdiff
from dv_gen.kinds.steps import entity_step, refusing, rendered, table_with_views
from dv_gen.kinds.stored_hashes import same_hashdiffs
from dv_gen.model.entities import Column, Model, SatelliteColumn
from dv_gen.model.reference import Reference
from dv_gen.model.types import HASH, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.satellite_checks import Reconciled
    from dv_gen.kinds.stage_hashes import HashColumn
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "key", "columns"],
    "properties": {
        "source": DESCRIBED["source"],
        "key": {**NAMES, "description": "the code: a column of the source, or several"},
        "columns": DESCRIBED["columns"],
        "historized": {"type": "boolean", "description": "false to keep what a code first meant"},
        "hashdiff": NAMED,
        **KEPT,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = find_source(spec, draft, spec.data["source"], "source")
    if source is None:
        return
    historized = spec.get("historized", True)
    key, key_nullable = _key(spec, draft, source, historized=historized)
    names = as_list(spec.data["key"])
    own = hashdiff_name(spec, draft)
    hashed = hashed_columns(spec, draft, [source.name])[0]
    taken = taken_names(draft, "", historized=historized) | set(names)
    taken |= {own} if historized else set()
    columns = tuple(
        read_columns(
            spec, draft, source, taken, exact=historized, keys=names, holder="reference table"
        )
    )
    order_by = read_order_by(spec, draft, source)
    if not historized and source.is_full:
        what = (
            f"without history a code keeps its first row for good, and {source.name} is delivered "
            "whole: what a delivery lacks could not be ended"
        )
        expected = "historized: true, or a source of the same file with delivery: delta"
        spec.complain(what, "historized", expected=expected)
    for word in ("duplicates", "hashdiff"):
        if not historized and word in spec.data:
            what = f"'{word}' says nothing without history: a code keeps its first row"
            spec.complain(what, word, key=True, expected="historized: true")
    draft.put(
        KIND.name,
        Reference(
            name=spec.name,
            location=spec.location,
            source=source.name,
            key=key,
            key_nullable=key_nullable,
            columns=columns,
            historized=historized,
            hashdiff=f"{draft.project.naming.hashdiff}_{spec.name}" if historized else "",
            hashdiff_column=own,
            hashed=hashed,
            order_by=order_by,
            duplicates=spec.get("duplicates", "last"),
            null_keys=spec.get("null_keys", "reject"),
            tags=tuple(spec.get("tags", [])),
        ),
    )


def _key(
    spec: Spec, draft: Draft, source: Source, *, historized: bool
) -> tuple[tuple[Column, ...], bool]:
    entry = spec.data["key"]
    taken = {name.casefold() for name in taken_names(draft, "", historized=historized)}
    seen: set[str] = set()
    columns = []
    key_nullable = False
    for position, name in enumerate(as_list(entry)):
        path = ("key", position) if isinstance(entry, list) else ("key",)
        if name.casefold() in seen:
            spec.complain(f"'{name}' stands twice in the key", *path, expected="once")
            continue
        seen.add(name.casefold())
        if name.casefold() in taken:
            what = f"every reference table has a column '{name.casefold()}' of its own"
            spec.complain(what, *path, expected=f"another name in the source {source.name}")
        found = find_column(spec, draft, source, name, *path)
        if found is None:
            continue
        kind, nullable = found
        if kind.name == "double":
            what = f"'{name}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in the source {source.name}")
        key_nullable = key_nullable or nullable or kind.is_text
        columns.append(Column(name, kind, nullable=False))
    return tuple(columns), key_nullable


def columns(reference: Reference, model: Model) -> tuple[Column, ...]:
    """Return the columns of a reference table; the code comes first."""
    naming = model.project.naming
    # What is gone from a full delivery has none.
    may_end = model.sources[reference.source].is_full
    hashdiff = (
        (Column(reference.hashdiff_column, HASH, nullable=may_end),) if reference.historized else ()
    )
    return (
        *reference.key,
        *(Column(column.name, column.type) for column in reference.columns),
        *hashdiff,
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, RECORD_SOURCE, nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for reference in model.of(KIND.name).values():
        hashed = (reference.hashed or reference.columns) if reference.hashdiff else ()
        yield from table_with_views(
            reference,
            columns(reference, model),
            model,
            {
                "kind": KIND.name,
                "key": [column.name for column in reference.key],
                "historized": reference.historized,
                "hashdiff": sorted(column.name for column in hashed),
            },
            historized=reference.historized,
            partitioned=False,
        )


def _steps(model: Model) -> Iterable[Step]:
    for reference in model.of(KIND.name).values():
        names = [column.name for column in reference.key]
        moment = [model.project.naming.load_dt] if reference.historized else []
        context = {
            "reference": reference,
            "source": model.sources[reference.source],
            "columns": columns(reference, model),
            "naming": replace(model.project.naming, hashdiff=reference.hashdiff_column),
            "key_names": names,
            "key_nullable": reference.key_nullable,
            "key_columns": names + moment,
            "delivered": delivered(model.sources[reference.source]),
            "end_column": end_column(model.project.naming.load_dt),
        }
        for phase, statements in (
            ("create", _create(reference, context, model)),
            ("load", _load(reference, context)),
            ("publish", _shown(reference, context)),
        ):
            if phase == "load" and reference.historized:
                yield untracked_step(reference, reference.source, names)
            if statements:
                yield entity_step(
                    reference,
                    KIND.name,
                    phase,
                    statements,
                    sources=[reference.source],
                    options=refusing(reference),
                )


def _create(reference: Reference, context: dict[str, Any], model: Model) -> list[Statement]:
    statements = rendered(KIND.name, ("create",), context)
    if not reference.historized:
        return statements
    code = [
        SatelliteColumn(each.name, each.name, each.type, each.nullable) for each in reference.key
    ]
    hashed = reference.hashed or reference.columns
    stored = (*code, *reference.columns)
    return [
        *statements,
        *same_hashdiffs(reference.name, reference.hashdiff_column, hashed, stored, model),
    ]


def _shown(reference: Reference, context: dict[str, Any]) -> list[Statement]:
    names = ("history", "current") if reference.historized else ()
    return rendered(KIND.name, names, context)


def _load(reference: Reference, context: dict[str, Any]) -> Iterable[Statement]:
    folder = KIND.name if reference.historized else f"{KIND.name}/fixed"
    # Rejects are told from the stored rows as they were before the load, so they come first.
    if reference.key_nullable or reference.historized:
        yield Statement("rejects", f"{folder}/rejects.sql.j2", context)
    yield Statement("load", f"{folder}/load.sql.j2", context)


def _stage_hashes(model: Model) -> Iterable[tuple[str, HashColumn]]:
    for reference in model.of(KIND.name).values():
        if reference.historized:
            hashed = reference.hashed or reference.columns
            yield reference.source, hashdiff(reference.hashdiff, hashed, model)


def _checks(model: Model) -> Iterable[Checks]:
    for reference in model.of(KIND.name).values():
        yield Checks(
            entity=reference.name,
            location=reference.location,
            sources=(reference.source,),
            batch=(_reconciliation(reference, model).check,),
            # The table is small, and its key may be of several columns: the whole is looked at.
            vault=tuple(_invariants(reference, model)),
        )


def _invariants(reference: Reference, model: Model) -> Iterable[Statement]:
    naming = model.project.naming
    names = [column.name for column in reference.key]
    moment = [naming.load_dt] if reference.historized else []
    yield one_a_moment(reference.name, [*names, *moment])
    late = lateness([reference.source], model, staggered=reference.duplicates == "stagger")
    if reference.historized and late:
        yield no_repeats(reference.name, names, [reference.hashdiff_column], late)


def _reconciliation(reference: Reference, model: Model) -> Reconciled:
    hashdiff = reference.hashdiff_column if reference.historized else ""
    rows = StagedRows(
        reference.source,
        tuple(
            StagedColumn(column.name, column.name, blank=column.type.is_text)
            for column in reference.key
        ),
        payload(reference.columns, reference.hashdiff, hashdiff) if reference.historized else (),
        reference.key_nullable,
    )
    if not reference.historized:
        return known(reference.name, [rows], "staged codes that are not there.")
    names = [column.name for column in reference.columns]
    compared = compared_columns(names, hashdiff, model, own_hash=bool(reference.hashed))
    stagger = reference.duplicates == "stagger"
    return reconciled(reference.name, [rows], compared, stagger=stagger)


KIND = Kind(
    name="reference",
    section="references",
    order=50,
    description="codes and what they mean",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    stage_hashes=_stage_hashes,
    checks=_checks,
)
