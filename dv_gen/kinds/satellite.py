"""Satellites: what is known about a hub's or a link's key, as it changes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import ghosts
from dv_gen.kinds.base import NAMES, Checks, Draft, Kind, Statement, Step, Table, kept
from dv_gen.kinds.checks import StagedKey, ghosts_present, lateness, no_repeats
from dv_gen.kinds.late_deliveries import Compared, tracked_step
from dv_gen.kinds.natural import no_zero_key
from dv_gen.kinds.own_hashdiff import PROPERTY as OWN_HASHDIFF
from dv_gen.kinds.own_hashdiff import hashdiff_name, with_hashed
from dv_gen.kinds.repeats import listed_repeats, repeats_of
from dv_gen.kinds.satellite_checks import (
    StagedColumn,
    StagedRows,
    checks_of,
    compared_columns,
    known,
    parent_check,
    payload,
    reconciled,
)
from dv_gen.kinds.satellite_feeds import read_feeds
from dv_gen.kinds.satellite_parts import (
    DESCRIBED,
    KEPT,
    parent_hubs,
    parent_type,
    with_period,
)
from dv_gen.kinds.stage import delivered
from dv_gen.kinds.stage_hashes import hashdiff, or_zero_key, zero_key_name
from dv_gen.kinds.steps import rendered, satellite_step, table_with_views
from dv_gen.kinds.stored_hashes import same_hashdiffs
from dv_gen.model.entities import Column, Model, Satellite
from dv_gen.model.types import HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.satellite_checks import Reconciled
    from dv_gen.kinds.satellite_feeds import Feeds
    from dv_gen.kinds.satellite_parts import Parent
    from dv_gen.kinds.stage_hashes import HashColumn
    from dv_gen.metadata.spec import Spec

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "parent", "columns"],
    "properties": {
        **DESCRIBED,
        "source": {**NAMES, "description": "the source of the rows, or several"},
        "historized": {"type": "boolean", "description": "false for events: once per key"},
        "hashdiff": OWN_HASHDIFF,
        **KEPT,
        "null_keys": {"enum": ["reject", "zero_key", "fail"]},
        "ghosts": ghosts.SCHEMA,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    historized = spec.get("historized", True)
    hashed = historized and spec.get("hashdiff", True)
    for word in ("hashdiff", "duplicates"):
        if not historized and word in spec.data:
            what = f"'{word}' says nothing about events, which are kept once per key"
            spec.complain(what, word, key=True, expected="historized: true")
    found = read_feeds(spec, draft, historized=historized, exact=hashed)
    if found is None or found.parent is None:
        return
    parent = found.parent
    if spec.get("null_keys") == "zero_key":
        _check_zero_key(spec, draft, parent.name, historized=historized)
        parent, found = _with_zero_key(parent, found)
    if wants_ghosts := ghosts.wanted(spec, draft):
        no_zero_key(spec, draft, "ghosts")
    naming = draft.project.naming
    own = hashdiff_name(spec, draft)
    compared = [own] if hashed else [column.name for column in found.columns]
    draft.satellites[spec.name] = Satellite(
        name=spec.name,
        location=spec.location,
        source=found.feeds[0].source,
        parent=parent.name,
        role=parent.role,
        parent_key=parent.key,
        stage_key=parent.stage_key,
        key_nullable=any(feed.key_nullable for feed in found.feeds),
        columns=found.columns,
        feeds=with_hashed(spec, draft, found.feeds),
        historized=historized,
        hashdiff=f"{naming.hashdiff}_{spec.name}" if hashed else "",
        hashdiff_column=own,
        compared=tuple(compared) if historized else (),
        order_by=found.order_by,
        duplicates=spec.get("duplicates", "last"),
        null_keys=spec.get("null_keys", "reject"),
        ghosts=wants_ghosts,
        tags=tuple(spec.get("tags", [])),
    )


def _check_zero_key(spec: Spec, draft: Draft, parent: str, *, historized: bool) -> None:
    if parent in draft.links:
        what = f"'{parent}' is a link, which has no zero key"
        spec.complain(what, "null_keys", expected=f"optional: [hub] in {parent}, or reject")
    elif not historized:
        what = "events are kept once per key, so of all rows without a key one would stay"
        spec.complain(what, "null_keys", expected="historized: true, or null_keys: reject")
    else:
        ghosts.need_ghosts(spec, draft, parent, "null_keys")


def _with_zero_key(parent: Parent, found: Feeds) -> tuple[Parent, Feeds]:
    """Return the same with the stage's columns that are never empty."""
    feeds = tuple(
        replace(feed, stage_key=zero_key_name(feed.stage_key), key_nullable=False)
        for feed in found.feeds
    )
    own = parent._replace(stage_key=zero_key_name(parent.stage_key), nullable=False)
    return own, found._replace(feeds=feeds)


@kept
def columns(satellite: Satellite, model: Model) -> tuple[Column, ...]:
    """Return the columns of a satellite's table."""
    naming = model.project.naming
    hashdiff = (
        (Column(satellite.hashdiff_column, HASH, nullable=False),) if satellite.hashdiff else ()
    )
    return (
        Column(satellite.parent_key, parent_type(satellite.parent, model), nullable=False),
        *(Column(column.name, column.type) for column in satellite.columns),
        *hashdiff,
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


@kept
def history_columns(satellite: Satellite, model: Model) -> tuple[Column, ...]:
    """Return the columns of a satellite's history view (L12)."""
    return with_period(columns(satellite, model), model)


def _tables(model: Model) -> Iterable[Table]:
    for satellite in model.satellites.values():
        built_from = {
            "kind": KIND.name,
            "parent": satellite.parent,
            "historized": satellite.historized,
            "hashdiff": hashed_names(satellite),
        }
        yield from table_with_views(
            satellite,
            columns(satellite, model),
            model,
            built_from,
            historized=satellite.historized,
        )


def hashed_names(satellite: Satellite) -> list[str]:
    """Return the names of the columns in a satellite's hashdiff; none where it has no hashdiff."""
    feed = satellite.feeds[0]
    hashed = (feed.hashed or feed.columns) if satellite.hashdiff else ()
    return sorted(column.name for column in hashed)


def _steps(model: Model) -> Iterable[Step]:
    # Once for all satellites of a source: what is rendered of it is the same text.
    records = {source.name: delivered(source) for source in model.sources.values()}
    for satellite in model.satellites.values():
        context = {
            "satellite": satellite,
            "naming": replace(model.project.naming, hashdiff=satellite.hashdiff_column),
            "columns": columns(satellite, model),
            "repeats": repeats_of(
                model.sources[satellite.source],
                model,
                parent_hubs(satellite.parent, satellite.role, model),
                joined=satellite.parent in model.links,
            ),
            "delivered": records[satellite.source],
            "records": records,
            "key_columns": [satellite.parent_key, model.project.naming.load_dt],
        }
        sources = [feed.source for feed in satellite.feeds]
        yield satellite_step(satellite, "create", _create(satellite, context, model), sources)
        if satellite.historized:
            own, given = columns(satellite, model), _compared(satellite)
            yield tracked_step(model, satellite, satellite.role, sources, own, given)
        yield satellite_step(satellite, "load", _load(satellite, context), sources)
        if satellite.historized:
            history = {**context, "end_column": history_columns(satellite, model)[-2].name}
            shown = rendered(KIND.name, ("history", "current"), history)
            yield satellite_step(satellite, "publish", shown, sources)


def _compared(satellite: Satellite) -> Iterable[Compared]:
    if satellite.hashdiff:
        return [Compared(satellite.hashdiff_column, satellite.hashdiff)]
    given = {column.name: column.source_column for column in satellite.columns}
    return [Compared(name, given[name]) for name in satellite.compared]


def _create(satellite: Satellite, context: dict[str, Any], model: Model) -> Iterable[Statement]:
    yield Statement("create", f"{KIND.name}/create.sql.j2", context)
    if satellite.hashdiff:
        yield from same_hashdiffs(
            satellite.name,
            satellite.hashdiff_column,
            satellite.feeds[0].hashed or satellite.columns,
            satellite.columns,
            model,
            key=satellite.parent_key,
            parent=(satellite.parent, satellite.role),
            source=model.sources[satellite.source],
        )
    if satellite.ghosts:
        keys = (satellite.parent_key, satellite.hashdiff_column if satellite.hashdiff else "")
        yield ghosts.ghost_statement(satellite.name, context["columns"], *keys, by_moment=True)


def _load(satellite: Satellite, context: dict[str, Any]) -> Iterable[Statement]:
    folder = KIND.name if satellite.is_plain else f"{KIND.name}/general"
    folder = folder if satellite.historized else f"{folder}/events"
    # Rejects are told from the stored rows as they were before the load, so they come first.
    if satellite.key_nullable or satellite.historized:
        yield Statement("rejects", f"{folder}/rejects.sql.j2", context)
    yield Statement("load", f"{folder}/load.sql.j2", context)


def _stage_hashes(model: Model) -> Iterable[tuple[str, HashColumn]]:
    for satellite in model.satellites.values():
        if satellite.null_keys == "zero_key":
            hub = model.hubs[satellite.parent]
            for feed in satellite.feeds:
                source = model.sources[feed.source]
                yield source.name, or_zero_key(source, hub, satellite.role)
        for feed in satellite.feeds if satellite.hashdiff else ():
            yield feed.source, hashdiff(satellite.hashdiff, feed.hashed or feed.columns, model)


def _checks(model: Model) -> Iterable[Checks]:
    naming = model.project.naming
    for satellite in model.satellites.values():
        key = satellite.parent_key
        parent = parent_check(satellite.name, satellite.parent, key, model, ghosts=satellite.ghosts)
        ghost_check = ghosts_present(satellite.name, key, by_moment=True)
        yield checks_of(
            satellite,
            [key, *([naming.load_dt] if satellite.historized else [])],
            _reconciliation(satellite, model),
            scope=tuple(StagedKey(feed.source, feed.stage_key) for feed in satellite.feeds),
            others=partial(_repeats, satellite, model),
            vault=(parent, *([ghost_check] if satellite.ghosts else [])),
        )


def _repeats(
    satellite: Satellite, model: Model, scope: tuple[StagedKey, ...]
) -> Iterable[Statement]:
    sources = [feed.source for feed in satellite.feeds]
    late = lateness(sources, model, staggered=satellite.duplicates == "stagger")
    if satellite.historized and late:
        yield no_repeats(satellite.name, [satellite.parent_key], satellite.compared, late, scope)


def _reconciliation(satellite: Satellite, model: Model) -> Reconciled:
    own = satellite.hashdiff_column if satellite.hashdiff else ""
    feeds = [
        StagedRows(
            feed.source,
            (StagedColumn(satellite.parent_key, feed.stage_key),),
            payload(feed.columns, satellite.hashdiff, own) if satellite.historized else (),
            feed.key_nullable,
        )
        for feed in satellite.feeds
    ]
    listed = ""
    if len(feeds) == 1:
        listed = listed_repeats(
            model.sources[satellite.source],
            model,
            parent_hubs(satellite.parent, satellite.role, model),
            joined=satellite.parent in model.links,
        )
    if not satellite.historized:
        what = "staged events of which the key is not there."
        return known(satellite.name, feeds, what, listed=listed)
    names = [column.name for column in satellite.columns]
    own_hash = any(feed.hashed for feed in satellite.feeds)
    compared = compared_columns(names, own, model, own_hash=own_hash)
    stagger = satellite.duplicates == "stagger"
    return reconciled(satellite.name, feeds, compared, stagger=stagger, listed=listed)


KIND = Kind(
    name="satellite",
    section="satellites",
    order=40,
    description="descriptive columns of a hub or a link and their history",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    stage_hashes=_stage_hashes,
    checks=_checks,
)
