"""What both kinds of record tracking share: their columns, views and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.checks import StagedKey
from dv_gen.kinds.satellite_checks import (
    StagedColumn,
    StagedRows,
    checks_of,
    known,
    parent_check,
)
from dv_gen.kinds.satellite_parts import end_column
from dv_gen.kinds.stage import RECORD_SOURCE
from dv_gen.kinds.steps import entity_step, rendered, table_with_views
from dv_gen.kinds.stored_hashes import same_tracked
from dv_gen.model.entities import Column
from dv_gen.model.types import HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.base import Checks, Draft, Step, Table
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Model
    from dv_gen.model.tracking import TrackedFeed, Tracking

SATELLITE_NAME = "satellite_name"


def find_parent(spec: Spec, draft: Draft) -> tuple[str, str, str] | None:
    """Return name, role and hash key of the hub or link that an entry names, or None."""
    label = spec.data["parent"]
    name, _, role = label.partition(".")
    if name in draft.hubs:
        return name, role, draft.hubs[name].hash_key
    if label in draft.links:
        return label, "", draft.links[label].hash_key
    if name not in draft.specs["hubs"] and label not in draft.specs["links"]:
        known = [*draft.known("hubs"), *draft.known("links")]
        spec.unknown("hub or link", label, known, "parent")
    return None


def columns(tracking: Tracking, model: Model) -> tuple[Column, ...]:
    """Return the columns of a tracking table, all of which are its key."""
    naming = model.project.naming
    of_a_row = (
        Column(SATELLITE_NAME, SqlType("varchar", 255), nullable=False),
        Column(naming.hashdiff, HASH, nullable=False),
    )
    return (
        Column(tracking.parent_key, HASH, nullable=False),
        *(of_a_row if tracking.extended else ()),
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, RECORD_SOURCE, nullable=False),
    )


def tables(kind: str, model: Model) -> Iterable[Table]:
    """Yield the table and the views of every entity of a kind."""
    for tracking in model.of(kind).values():
        built_from = {"kind": kind, "parent": tracking.parent}
        yield from table_with_views(tracking, columns(tracking, model), model, built_from)


def steps(kind: str, model: Model) -> Iterable[Step]:
    """Yield the rendered files of every entity of a kind."""
    naming = model.project.naming
    for tracking in model.of(kind).values():
        own = columns(tracking, model)
        names = [column.name for column in own]
        line = [tracking.parent_key, *([SATELLITE_NAME] if tracking.extended else [])]
        order = [naming.load_dt, *(name for name in names if name not in (*line, naming.load_dt))]
        context = {
            "tracking": tracking,
            "columns": own,
            "key_columns": names,
            "line": line,
            "order": [name for name in order if name != naming.hashdiff]
            + ([naming.hashdiff] if tracking.extended else []),
            "end_column": end_column(naming.load_dt),
        }
        for phase, statements in (
            ("create", ("create",)),
            ("load", ("load",)),
            ("publish", ("history", "current")),
        ):
            found = rendered(kind, statements, context)
            if phase == "create":
                found += same_tracked(tracking, SATELLITE_NAME, model)
            yield entity_step(
                tracking,
                "satellite",
                phase,
                found,
                needs=(tracking.parent,),
                sources=[feed.source for feed in tracking.feeds],
            )


def checks(kind: str, model: Model) -> Iterable[Checks]:
    """Yield what has to hold of every entity of a kind."""
    for tracking in model.of(kind).values():
        key = tracking.parent_key
        rows = [_staged(tracking, feed, model) for feed in tracking.feeds]
        yield checks_of(
            tracking,
            [column.name for column in columns(tracking, model)],
            known(tracking.name, rows, "staged appearances that are not recorded."),
            scope=tuple(StagedKey(feed.source, feed.stage_key) for feed in tracking.feeds),
            others=lambda _: (),
            vault=(parent_check(tracking.name, tracking.parent, key, model),),
        )


def _staged(tracking: Tracking, feed: TrackedFeed, model: Model) -> StagedRows:
    naming = model.project.naming
    of_a_row = (
        StagedColumn(SATELLITE_NAME, "", constant=feed.satellite),
        StagedColumn(naming.hashdiff, feed.hashdiff),
    )
    return StagedRows(
        feed.source,
        (StagedColumn(tracking.parent_key, feed.stage_key),),
        (
            *(of_a_row if tracking.extended else ()),
            StagedColumn(naming.load_dt, naming.load_dt),
            StagedColumn(naming.load_src, naming.load_src),
        ),
        # An appearance of no key is none, and in no reject.
        nullable=False,
    )
