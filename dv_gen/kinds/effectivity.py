"""Effectivity satellites: from when to when a relationship holds (L9)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, TEXT, Checks, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.checks import StagedKey, lateness, no_repeats, probe
from dv_gen.kinds.effectivity_columns import PROPERTIES, read_beside, read_open_end, read_period
from dv_gen.kinds.late_deliveries import own_step, tracked_step
from dv_gen.kinds.referring import find_column, find_source
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.satellite_checks import (
    Reconciled,
    StagedColumn,
    StagedRows,
    checks_of,
    parent_check,
    reconciled,
)
from dv_gen.kinds.satellite_parts import (
    DESCRIBED,
    KEPT,
    key_is_nullable,
    read_order_by,
    read_parent,
    with_period,
)
from dv_gen.kinds.stage import delivered
from dv_gen.kinds.steps import rendered, satellite_step, table_with_views
from dv_gen.model.effectivity import DateColumn, DrivingKey, Effectivity
from dv_gen.model.entities import Column, Model
from dv_gen.model.types import HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Link
    from dv_gen.model.source import Source

SETS = "multi_active"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "parent"],
    "properties": {
        "source": DESCRIBED["source"],
        "parent": {**TEXT, "description": "a link"},
        "driving_key": {**NAMES, "description": "hubs of the link: one relationship at a time"},
        "start": {**TEXT, "description": "the source's own column of the start"},
        "end": {**TEXT, "description": "the source's own column of the end, NULL for open"},
        **PROPERTIES,
        **KEPT,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = find_source(spec, draft, spec.data["source"], "source")
    if source is None:
        return
    if spec.data["parent"].partition(".")[0] in draft.specs["hubs"]:
        what = f"'{spec.data['parent']}' is a hub; what begins and ends is a relationship"
        spec.complain(what, "parent", expected="a link")
        return
    parent = read_parent(spec, draft, source)
    order_by = read_order_by(spec, draft, source)
    link = draft.links[parent.name] if parent else None
    driving = _driving(spec, link, source) if link else ()
    start, end = (_date(spec, draft, source, key) for key in ("start", "end"))
    _check_mode(spec)
    period = read_period(spec, draft, parent.key if parent else "")
    open_end = read_open_end(spec)
    beside = read_beside(spec, draft, source, link, parent.key if parent else "")
    if spec.get("duplicates") == "stagger":
        what = "a relationship that holds for a microsecond is none"
        spec.complain(what, "duplicates", expected="last, first or fail")
    if parent is None or link is None:
        return
    refs = [source.key_use(*_split(label)) for label in as_list(spec.get("driving_key"))]
    lacks_driving = any(ref is not None and key_is_nullable(source, ref.columns) for ref in refs)
    draft.put(
        KIND.name,
        Effectivity(
            name=spec.name,
            location=spec.location,
            source=source.name,
            parent=parent.name,
            parent_key=parent.key,
            driving=driving,
            start=start,
            end=end,
            columns=beside,
            period=period,
            open_end=open_end,
            parallel=spec.get("parallel", False),
            key_nullable=lacks_driving if driving else parent.nullable,
            order_by=order_by,
            duplicates=spec.get("duplicates", "last"),
            null_keys=spec.get("null_keys", "reject"),
            tags=tuple(spec.get("tags", [])),
        ),
    )


def _split(label: str) -> tuple[str, str]:
    hub, _, role = label.partition(".")
    return hub, role


def _check_mode(spec: Spec) -> None:
    dated = [key for key in ("start", "end") if key in spec.data]
    if "parallel" in spec.data and "driving_key" not in spec.data:
        what = "'parallel' says nothing without a driving key: the source's dates decide alone"
        spec.complain(what, "parallel", key=True, expected="driving_key: [hub, ..]")
    if "driving_key" in spec.data:
        if "end" in spec.data:
            what = "what ends a relationship is either the driving key or the source's own 'end'"
            way = "driving_key and start, or start and end"
            spec.complain(what, "end", key=True, expected=way)
    elif len(dated) == 1:
        other = "end" if dated == ["start"] else "start"
        what = f"'{dated[0]}' alone does not say when a relationship holds"
        spec.complain(what, dated[0], key=True, expected=f"{other}: column")
    elif not dated:
        what = "an effectivity satellite has to know what has one relationship at a time"
        spec.complain(what, expected="driving_key: [hub, ..], or start: column and end: column")


def _driving(spec: Spec, link: Link, source: Source) -> tuple[DrivingKey, ...]:
    entry = spec.get("driving_key")
    labels = as_list(entry)
    known = [f"{ref.hub}.{ref.role}" if ref.role else ref.hub for ref in link.hubs]
    feed = next(feed for feed in link.feeds if feed.source == source.name)
    found = []
    for position, label in enumerate(labels):
        inner = (position,) if isinstance(entry, list) else ()
        if label not in known:
            spec.unknown(f"hub of {link.name}", label, known, "driving_key", *inner)
        elif label in labels[:position]:
            what = f"'{label}' stands here twice"
            spec.complain(what, "driving_key", *inner, expected="each hub once")
        else:
            at = known.index(label)
            found.append(DrivingKey(feed.hash_keys[at], link.hubs[at].column))
    if set(known) <= set(labels) and not link.child_keys:
        what = f"the driving key is all of {link.name}: no relationship could follow another"
        several = "type: status_tracking, where a key has several at a time"
        spec.complain(what, "driving_key", expected=f"some of {', '.join(known)}; or {several}")
    return tuple(found)


def _date(spec: Spec, draft: Draft, source: Source, key: str) -> DateColumn | None:
    name = spec.get(key)
    found = find_column(spec, draft, source, name, key) if name else None
    if found is None:
        return None
    kind, nullable = found
    if kind.name not in ("date", "timestamp"):
        spec.complain(f"{source.name}.{name} is {kind}", key, expected="a date or timestamp")
    elif key == "start" and nullable:
        what = f"{source.name}.{name} may be empty, and every relationship has a start"
        spec.complain(what, key, expected=f"{name}: {kind} not null in {source.name}")
    return DateColumn(name, kind)


def columns(satellite: Effectivity, model: Model) -> tuple[Column, ...]:
    """Return the columns of an effectivity satellite's table."""
    naming = model.project.naming
    return (
        Column(satellite.parent_key, HASH, nullable=False),
        Column(satellite.period[0], TIMESTAMP, nullable=False),
        Column(satellite.period[1], TIMESTAMP),
        *(Column(column.name, column.type) for column in satellite.columns),
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for satellite in model.of(KIND.name).values():
        built_from = {
            "kind": KIND.name,
            "parent": satellite.parent,
            "driving_key": [key.link_column for key in satellite.driving],
            "parallel": satellite.parallel,
            "own_start": satellite.start is not None,
            "period": list(satellite.period),
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
            "repeats": _repeats(satellite, source, model),
            "delivered": delivered(source),
            "end_column": with_period(own, model)[-2].name,
            "key_columns": key_columns(satellite, model),
        }
        # The periods of a relationship that the source brings are loaded and shown as sets.
        load, show = (KIND.name, "satellite") if satellite.driving else (SETS, SETS)
        if satellite.parallel:
            load = f"{KIND.name}/parallel"
        # Rejects are told from the stored rows as they were before the load, so they come first.
        for phase, where, names in (
            ("create", KIND.name, ("create",)),
            ("load", load, ("rejects", "load")),
            ("publish", show, ("history", "current")),
        ):
            if phase == "load":
                yield _restoring(satellite, own, model)
            statements = rendered(where, names, context)
            yield satellite_step(satellite, phase, statements, [satellite.source])


def _restoring(satellite: Effectivity, own: tuple[Column, ...], model: Model) -> Step:
    if satellite.driving:
        return own_step(model, satellite, satellite.source)
    sources = [satellite.source]
    return tracked_step(model, satellite, "", sources, own, (), template="restore_sets")


def key_columns(satellite: Effectivity, model: Model) -> list[str]:
    """Return the table's key: the source's own start tells periods of one load date apart."""
    names = [satellite.parent_key, model.project.naming.load_dt]
    return names if satellite.driving else [*names, satellite.period[0]]


def _repeats(satellite: Effectivity, source: Source, model: Model) -> str:
    """Return the table of repeats if it lists every row that shares its driving key and moment."""
    if not satellite.driving:
        return ""
    link = model.links[satellite.parent]
    chosen = {key.link_column for key in satellite.driving}
    hubs = [(ref.hub, ref.role) for ref in link.hubs if ref.column in chosen]
    return repeats_of(source, model, hubs, joined=False)


def _checks(model: Model) -> Iterable[Checks]:
    for satellite in model.of(KIND.name).values():
        key = satellite.parent_key
        yield checks_of(
            satellite,
            key_columns(satellite, model),
            _reconciliation(satellite),
            scope=(StagedKey(satellite.source, satellite.stage_key),),
            others=partial(_others, satellite, model),
            vault=(parent_check(satellite.name, satellite.parent, key, model),),
        )


def _others(
    satellite: Effectivity, model: Model, scope: tuple[StagedKey, ...]
) -> Iterable[Statement]:
    if not satellite.driving:
        if late := lateness([satellite.source], model):
            keys, template = [satellite.parent_key], f"checks/{SETS}/repeats.sql.j2"
            yield no_repeats(satellite.name, keys, satellite.period, late, scope, template=template)
        return
    if satellite.parallel:
        return
    driving = StagedKey(satellite.source, satellite.driving[0].stage_column)
    word = "Batch" if scope else "Vault"
    context = {
        "title": f"{word}: driving keys with more than one open relationship.",
        "satellite": satellite,
        "scope": (driving,) if scope else (),
    }
    yield Statement("one_open", f"checks/{KIND.name}/one_open.sql.j2", context)


def _reconciliation(satellite: Effectivity) -> Reconciled:
    if satellite.driving:
        context = {"satellite": satellite}
        folder = f"checks/{KIND.name}"
        names = ("unique_keys", "reconciliation")
        return Reconciled(
            (probe(f"{folder}/probe.sql.j2", context, *names),),
            Statement("reconciliation", f"{folder}/reconciliation.sql.j2", context),
        )
    values = tuple(StagedColumn(each.name, each.source_column) for each in satellite.stored)
    keys = (StagedColumn(satellite.parent_key, satellite.stage_key),)
    rows = StagedRows(satellite.source, keys, values, satellite.key_nullable)
    return reconciled(satellite.name, [rows], satellite.period, members=satellite.period[:1])


KIND = Kind(
    name="effectivity",
    section="satellites",
    order=42,
    description="from when to when relationships hold",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    type="effectivity",
    implied_by=("driving_key", "start", "end"),
    checks=_checks,
)
