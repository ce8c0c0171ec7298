"""Multi-active satellites: sets of rows of a hub's or a link's key, as they change (L8)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, Checks, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.checks import StagedKey, lateness, no_repeats
from dv_gen.kinds.late_deliveries import tracked_step
from dv_gen.kinds.own_hashdiff import NAMED, hashdiff_name, hashed_columns
from dv_gen.kinds.referring import find_column, find_source
from dv_gen.kinds.satellite_checks import (
    StagedColumn,
    StagedRows,
    checks_of,
    compared_columns,
    parent_check,
    payload,
    reconciled,
)
from dv_gen.kinds.satellite_parts import (
    DESCRIBED,
    KEPT,
    end_column,
    read_columns,
    read_order_by,
    read_parent,
    taken_names,
)
from dv_gen.kinds.stage import delivered
from dv_gen.kinds.stage_hashes import hashdiff
from dv_gen.kinds.steps import rendered, satellite_step, table_with_views
from dv_gen.kinds.stored_hashes import same_hashdiffs
from dv_gen.model.entities import Column, Model, SatelliteColumn
from dv_gen.model.multi_active import MultiActive
from dv_gen.model.types import HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.kinds.satellite_checks import Reconciled
    from dv_gen.kinds.stage_hashes import HashColumn
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.project import Naming
    from dv_gen.model.source import Source

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "parent"],
    "properties": {
        **DESCRIBED,
        "child_keys": {**NAMES, "description": "tell the rows of one key and load date apart"},
        "hashdiff": NAMED,
        **KEPT,
        "duplicates": {"enum": ["last", "first", "keep", "stagger", "fail"]},
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = find_source(spec, draft, spec.data["source"], "source")
    if source is None:
        return
    parent = read_parent(spec, draft, source)
    parent_key = parent.key if parent else ""
    own = hashdiff_name(spec, draft)
    taken = taken_names(draft, parent_key, historized=True) | {own}
    hashed = hashed_columns(spec, draft, [source.name])[0]
    of_parent = _parent_columns(draft, source, parent.name, parent.role) if parent else ()
    child_keys = tuple(_child_keys(spec, draft, source, taken, of_parent))
    names = [column.name for column in child_keys]
    columns: tuple[SatelliteColumn, ...] = ()
    if "columns" in spec.data:
        columns = tuple(read_columns(spec, draft, source, taken, exact=True, child_keys=names))
    order_by = read_order_by(spec, draft, source)
    if spec.get("duplicates") == "stagger":
        what = "'stagger' would make a set of one load date into several sets"
        spec.complain(what, "duplicates", expected="last, first, keep or fail")
    if parent is None or not child_keys:
        return
    satellite = MultiActive(
        name=spec.name,
        location=spec.location,
        source=source.name,
        parent=parent.name,
        role=parent.role,
        parent_key=parent.key,
        stage_key=parent.stage_key,
        key_nullable=parent.nullable,
        child_keys=child_keys,
        columns=columns,
        hashdiff=f"{draft.project.naming.hashdiff}_{spec.name}",
        hashdiff_column=own,
        hashed=hashed,
        order_by=order_by,
        duplicates=spec.get("duplicates", "last"),
        null_keys=spec.get("null_keys", "reject"),
        tags=tuple(spec.get("tags", [])),
    )
    draft.put(KIND.name, satellite)


def _parent_columns(draft: Draft, source: Source, name: str, role: str) -> set[str]:
    """Return the source's columns that make up the parent's key."""
    hubs = [(name, role)]
    found: set[str] = set()
    if name in draft.links:
        link = draft.links[name]
        hubs = [(ref.hub, ref.role) for ref in link.hubs]
        found |= {
            child for feed in link.feeds if feed.source == source.name for child in feed.child_keys
        }
    for hub, of_role in hubs:
        use = source.key_use(hub, of_role)
        found |= set(use.columns) if use else set()
    return found


def _child_keys(
    spec: Spec, draft: Draft, source: Source, taken: Iterable[str], of_parent: Iterable[str]
) -> Iterator[SatelliteColumn]:
    entry = spec.get("child_keys")
    if not entry:
        what = "a multi-active satellite needs child keys, which tell the rows of a set apart"
        spec.complain(what, expected="child_keys: [column]")
        return
    own = {name.casefold() for name in taken}
    seen: set[str] = set()
    for position, name in enumerate(as_list(entry)):
        path = ("child_keys", position) if isinstance(entry, list) else ("child_keys",)
        found = find_column(spec, draft, source, name, *path)
        if name.casefold() in seen:
            spec.complain(f"'{name}' stands here twice", *path, expected="once")
        elif name.casefold() in own:
            what = f"every satellite has a column '{name.casefold()}' of its own"
            spec.complain(what, *path, expected=f"another name for it in {source.name}")
        elif name in of_parent:
            what = f"'{name}' is part of the parent's key, which is the same in a whole set"
            spec.complain(what, *path, expected="a column that differs within a set")
        seen.add(name.casefold())
        if found is None:
            continue
        if found[0].name == "double":
            what = f"'{name}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in the source {source.name}")
        yield SatelliteColumn(name, name, *found)


def columns(satellite: MultiActive, model: Model) -> tuple[Column, ...]:
    """Return the columns of a multi-active satellite's table."""
    naming = model.project.naming
    return (
        Column(satellite.parent_key, HASH, nullable=False),
        *(Column(column.name, column.type) for column in satellite.values),
        Column(satellite.hashdiff_column, HASH, nullable=False),
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def _all(model: Model) -> Iterable[MultiActive]:
    return model.of(KIND.name).values()


def _tables(model: Model) -> Iterable[Table]:
    for satellite in _all(model):
        built_from = {
            "kind": KIND.name,
            "parent": satellite.parent,
            "child_keys": [column.name for column in satellite.child_keys],
            "hashdiff": sorted(column.name for column in satellite.hashed or satellite.values),
        }
        yield from table_with_views(satellite, columns(satellite, model), model, built_from)


def _steps(model: Model) -> Iterable[Step]:
    naming = model.project.naming
    records = {source.name: delivered(source) for source in model.sources.values()}
    for satellite in _all(model):
        context = {
            "satellite": satellite,
            "columns": columns(satellite, model),
            "naming": _naming(satellite, model),
            "delivered": records[satellite.source],
            "key_columns": [
                satellite.parent_key,
                naming.load_dt,
                *(column.name for column in satellite.identity),
            ],
            "key_nullable": any(column.nullable for column in satellite.identity),
            "end_column": end_column(naming.load_dt),
        }
        # Rejects are told from the stored rows as they were before the load, so they come first.
        for phase, names in (
            ("create", ("create",)),
            ("load", ("rejects", "load")),
            ("publish", ("history", "current")),
        ):
            if phase == "load":
                yield _restoring(satellite, model)
            statements = rendered(KIND.name, names, context)
            if phase == "create":
                statements += _same_hashdiffs(satellite, model)
            yield satellite_step(satellite, phase, statements, [satellite.source])


def _restoring(satellite: MultiActive, model: Model) -> Step:
    own, sources = columns(satellite, model), [satellite.source]
    return tracked_step(model, satellite, satellite.role, sources, own, (), template="restore_sets")


def _same_hashdiffs(satellite: MultiActive, model: Model) -> tuple[Statement, ...]:
    return same_hashdiffs(
        satellite.name,
        satellite.hashdiff_column,
        satellite.hashed or satellite.values,
        satellite.values,
        model,
        key=satellite.parent_key,
        parent=(satellite.parent, satellite.role),
        source=model.sources[satellite.source],
    )


def _stage_hashes(model: Model) -> Iterable[tuple[str, HashColumn]]:
    for satellite in _all(model):
        hashed = satellite.hashed or satellite.values
        yield satellite.source, hashdiff(satellite.hashdiff, hashed, model)


def _naming(satellite: MultiActive, model: Model) -> Naming:
    return replace(model.project.naming, hashdiff=satellite.hashdiff_column)


def _checks(model: Model) -> Iterable[Checks]:
    for satellite in _all(model):
        key = satellite.parent_key
        children = [column.name for column in satellite.child_keys]
        if satellite.duplicates == "keep":
            children = [column.name for column in satellite.identity]
        yield checks_of(
            satellite,
            [key, model.project.naming.load_dt, *children],
            _reconciliation(satellite, model),
            scope=(StagedKey(satellite.source, satellite.stage_key),),
            others=partial(_repeats, satellite, model),
            vault=(parent_check(satellite.name, satellite.parent, key, model),),
        )


def _repeats(
    satellite: MultiActive, model: Model, scope: tuple[StagedKey, ...]
) -> Iterable[Statement]:
    if late := lateness([satellite.source], model):
        template = f"checks/{KIND.name}/repeats.sql.j2"
        compared = [column.name for column in satellite.identity]
        keys = [satellite.parent_key]
        yield no_repeats(satellite.name, keys, compared, late, scope, template=template)


def _reconciliation(satellite: MultiActive, model: Model) -> Reconciled:
    hashdiff = satellite.hashdiff_column
    rows = StagedRows(
        satellite.source,
        (StagedColumn(satellite.parent_key, satellite.stage_key),),
        payload(satellite.values, satellite.hashdiff, hashdiff),
        satellite.key_nullable,
    )
    names = [column.name for column in satellite.values]
    compared = compared_columns(names, hashdiff, model, own_hash=bool(satellite.hashed))
    apart = [column.name for column in satellite.identity]
    compared += [name for name in apart if name not in compared]
    return reconciled(satellite.name, [rows], compared, members=[hashdiff])


KIND = Kind(
    name="multi_active",
    section="satellites",
    order=41,
    description="sets of rows of a key and their history",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    type="multi_active",
    implied_by=("child_keys",),
    stage_hashes=_stage_hashes,
    checks=_checks,
)
