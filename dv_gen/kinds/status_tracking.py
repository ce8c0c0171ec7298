"""Status tracking satellites: when a key appears, changes and vanishes (L10)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Checks, Draft, Kind, Statement, Step, Table
from dv_gen.kinds.checks import StagedKey, lateness, no_repeats
from dv_gen.kinds.late_deliveries import own_step
from dv_gen.kinds.referring import find_source
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.satellite_checks import (
    StagedColumn,
    StagedRows,
    checks_of,
    parent_check,
    payload,
    reconciled,
)
from dv_gen.kinds.satellite_parts import (
    DESCRIBED,
    KEPT,
    parent_hubs,
    read_columns,
    read_order_by,
    read_parent,
    with_period,
)
from dv_gen.kinds.stage import delivered
from dv_gen.kinds.stage_hashes import hashdiff
from dv_gen.kinds.steps import rendered, satellite_step, table_with_views
from dv_gen.model.entities import Column, Model
from dv_gen.model.status_tracking import StatusTracking
from dv_gen.model.types import HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.satellite_checks import Reconciled
    from dv_gen.kinds.stage_hashes import HashColumn
    from dv_gen.metadata.spec import Spec

STATUS = Column("status", SqlType("varchar", 1), nullable=False)
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "parent"],
    "properties": {
        **DESCRIBED,
        **KEPT,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = find_source(spec, draft, spec.data["source"], "source")
    if source is None:
        return
    if not source.is_full:
        what = f"a delta of {source.name} does not tell what has vanished"
        spec.complain(what, "source", expected=f"delivery: full in {source.name}")
    parent = read_parent(spec, draft, source)
    # The columns are compared by their hashdiff and not kept: their names meet no other.
    chosen = read_columns(spec, draft, source, (), exact=True) if "columns" in spec.data else ()
    columns = tuple(chosen)
    order_by = read_order_by(spec, draft, source)
    if spec.get("duplicates") == "stagger":
        what = "a key that changes by the microsecond does not change"
        spec.complain(what, "duplicates", expected="last, first or fail")
    if parent is None:
        return
    draft.put(
        KIND.name,
        StatusTracking(
            name=spec.name,
            location=spec.location,
            source=source.name,
            parent=parent.name,
            role=parent.role,
            parent_key=parent.key,
            stage_key=parent.stage_key,
            key_nullable=parent.nullable,
            columns=columns,
            hashdiff=f"{draft.project.naming.hashdiff}_{spec.name}" if columns else "",
            order_by=order_by,
            duplicates=spec.get("duplicates", "last"),
            null_keys=spec.get("null_keys", "reject"),
            tags=tuple(spec.get("tags", [])),
        ),
    )


def columns(satellite: StatusTracking, model: Model) -> tuple[Column, ...]:
    """Return the columns of a status tracking satellite's table; what is gone has no hashdiff."""
    naming = model.project.naming
    return (
        Column(satellite.parent_key, HASH, nullable=False),
        STATUS,
        *((Column(naming.hashdiff, HASH),) if satellite.hashdiff else ()),
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for satellite in model.of(KIND.name).values():
        built_from = {
            "kind": KIND.name,
            "parent": satellite.parent,
            "hashdiff": sorted(column.name for column in satellite.columns),
        }
        yield from table_with_views(satellite, columns(satellite, model), model, built_from)


def _steps(model: Model) -> Iterable[Step]:
    for satellite in model.of(KIND.name).values():
        source = model.sources[satellite.source]
        own = columns(satellite, model)
        context = {
            "satellite": satellite,
            "columns": own,
            "source": source,
            "repeats": repeats_of(
                source,
                model,
                parent_hubs(satellite.parent, satellite.role, model),
                joined=satellite.parent in model.links,
            ),
            "delivered": delivered(source),
            "end_column": with_period(own, model)[-2].name,
        }
        # Rejects are told from the stored rows as they were before the load, so they come first.
        for phase, where, names in (
            ("create", KIND.name, ("create",)),
            ("load", KIND.name, ("rejects", "load")),
            ("publish", "satellite", ("history", "current")),
        ):
            if phase == "load":
                yield own_step(model, satellite, satellite.source)
            statements = rendered(where, names, context)
            yield satellite_step(satellite, phase, statements, [satellite.source])


def _stage_hashes(model: Model) -> Iterable[tuple[str, HashColumn]]:
    for satellite in model.of(KIND.name).values():
        if satellite.hashdiff:
            yield satellite.source, hashdiff(satellite.hashdiff, satellite.columns, model)


def _checks(model: Model) -> Iterable[Checks]:
    for satellite in model.of(KIND.name).values():
        key = satellite.parent_key
        yield checks_of(
            satellite,
            [key, model.project.naming.load_dt],
            _reconciliation(satellite, model),
            scope=(StagedKey(satellite.source, satellite.stage_key),),
            others=partial(_repeats, satellite, model),
            vault=(parent_check(satellite.name, satellite.parent, key, model),),
        )


def _repeats(
    satellite: StatusTracking, model: Model, scope: tuple[StagedKey, ...]
) -> Iterable[Statement]:
    if late := lateness([satellite.source], model):
        compared = [model.project.naming.hashdiff] if satellite.hashdiff else []
        template = f"checks/{KIND.name}/repeats.sql.j2"
        keys = [satellite.parent_key]
        yield no_repeats(satellite.name, keys, compared, late, scope, template=template)


def _reconciliation(satellite: StatusTracking, model: Model) -> Reconciled:
    rows = StagedRows(
        satellite.source,
        (StagedColumn(satellite.parent_key, satellite.stage_key),),
        payload((), satellite.hashdiff, model.project.naming.hashdiff),
        satellite.key_nullable,
    )
    compared = [item.name for item in rows.payload]
    return reconciled(satellite.name, [rows], compared, status=True)


KIND = Kind(
    name="status_tracking",
    section="satellites",
    order=43,
    description="when keys appear, change and vanish",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    type="status_tracking",
    stage_hashes=_stage_hashes,
    checks=_checks,
)
