"""Stage tables: the typed columns of a source, its hashes, and the statements that fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.kinds import repeats
from dv_gen.kinds.base import Statement, Step, Table, kept
from dv_gen.kinds.stage_hashes import Component, hashdiffs, hub_keys, link_keys
from dv_gen.kinds.stage_layers import computed, conditions
from dv_gen.model.entities import Column, Model
from dv_gen.model.row_numbers import BUCKETS
from dv_gen.model.types import BIGINT, HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.model.source import DerivedColumn, KeyUse, Prejoin, Source, SourceColumn

RECORD_SOURCE = SqlType("varchar", 255)
ROW_NO = "row_no"
# Wide enough for any number, date or timestamp that a person or a program writes.
_RAW_WIDTH = 100


@kept
def columns(source: Source, model: Model) -> tuple[Column, ...]:
    """Return the columns of a source's stage table."""
    naming = model.project.naming
    surrogate = (Column(source.surrogate.name, HASH, nullable=False),) if source.surrogate else ()
    hashes = (*hub_keys(source, model), *link_keys(source, model), *hashdiffs(source, model))
    return (
        *(Column(item.name, item.type, item.nullable) for item in own_columns(source, model)),
        *surrogate,
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, RECORD_SOURCE, nullable=False),
        Column(ROW_NO, BIGINT, nullable=False),
        *(Column(item.name, item.type, item.nullable) for item in hashes),
    )


def own_columns(source: Source, model: Model) -> tuple[SourceColumn | DerivedColumn | Prejoin, ...]:
    """Return the source's columns but those that are the stage's load date or record source."""
    standard = (model.project.naming.load_dt, model.project.naming.load_src)
    return tuple(item for item in source.given if item.name not in standard)


def delivered(source: Source) -> tuple[Component, ...]:
    """Return every delivered column, as components of a text that keeps a whole record."""
    return tuple(
        Component(item.name, item.type, item.type, item.nullable) for item in source.columns
    )


def tables(model: Model) -> Iterable[Table]:
    """Yield the stage table of every source, and its table of repeats."""
    yield from repeats.tables(model)
    for source in model.sources.values():
        own = columns(source, model)
        yield Table("stage", source.name, own, source.location, transient=True)
        if _is_dated(model) and not source.query:
            place = source.location
            yield Table("stage", _whole(source), own, place, entity=source.name, transient=True)


def _whole(source: Source) -> str:
    return f"{source.name}_whole"


def steps(model: Model) -> Iterable[Step]:
    """Yield the stage file of every source; a query's has its place among the vault's loads."""
    for source in model.sources.values():
        phase = "query" if source.query else "stage"
        needs = (
            (*source.query.refs, *(use.hub for use in _kept_out(source)))
            if source.query
            else (item.source for item in source.prejoins)
        )
        yield Step(
            id=f"{phase}:{source.name}",
            kind="stage",
            entity=source.name,
            phase=phase,
            path=f"stage/{source.name}.sql",
            location=source.location,
            statements=tuple(_statements(source, model)),
            table=source.name,
            needs=tuple(dict.fromkeys(needs)),
            sources=(source.name,),
            tags=source.tags,
        )


# The first four once a batch, the last two and the deliveries when every file is staged, the
# others once a file.
_STATEMENTS = (
    "drop",
    "create",
    "drop_repeats",
    "create_repeats",
    "drop_raw",
    "create_raw",
    "empty_raw",
    "drop_given",
    "create_given",
    "read",
    "number_given",
    "count_raw",
    "load",
    "rejects",
    "records",
    "filtered",
    "load_dates",
    "deliveries",
    "orphans",
    "analyze",
    "find_repeats",
)
# What `run --by` needs: only where a source of the project brings load dates of its own.
_BY_PERIOD = ("drop_whole", "create_whole", "keep_whole", "days", "moments", "take")


def _statements(source: Source, model: Model) -> Iterator[Statement]:
    context: dict[str, Any] = {
        "source": source,
        "raw": f"raw_{source.name}",
        "raw_widths": {
            column.name: column.type.length if column.type.is_text else _RAW_WIDTH
            for column in source.columns
        },
        "columns": columns(source, model),
        "own_columns": own_columns(source, model),
        "hub_keys": hub_keys(source, model),
        "link_keys": link_keys(source, model),
        "hashdiffs": hashdiffs(source, model),
        "natural": _natural(source),
        "repeats": repeats.repeats_table(source),
        "whole": _whole(source),
        "buckets": BUCKETS,
        "own_key": repeats.own_key(source, model),
        "without_key": repeats.counts_without_key(source, model),
        "computed": computed(source),
        "conditions": conditions(source),
        "load_dt_type": source.types[source.load_dt][0].name if source.load_dt else "",
        "asking": source.query,
        "kept_out": [
            (hub, use.hash_key)
            for hub, use in model.uses_in[source.name]
            if (hub.name, use.role) in {(use.hub, use.role) for use in _kept_out(source)}
        ],
    }
    idle = {
        "create_raw": source.query is not None,
        "count_raw": source.query is None,
        **dict.fromkeys(
            ("empty_raw", "drop_given", "create_given", "number_given", "records"),
            source.query is not None,
        ),
        "orphans": not _kept_out(source),
        "filtered": not source.where,
        # Only files can come late.
        "load_dates": not source.load_dt or source.query is not None,
        "deliveries": not source.is_full or source.query is not None,
    }
    for name in _STATEMENTS:
        if not idle.get(name):
            of_query = source.query and name in ("read", "count_raw", "orphans")
            folder = "stage/query" if of_query else "stage"
            yield Statement(name, f"{folder}/{name}.sql.j2", context)
    if _is_dated(model) and not source.query:
        for name in _BY_PERIOD:
            yield Statement(name, f"stage/period/{name}.sql.j2", context)


def _is_dated(model: Model) -> bool:
    """Return whether any source brings load dates of its own, so that history comes at once."""
    return any(source.load_dt and not source.query for source in model.sources.values())


def _kept_out(source: Source) -> list[KeyUse]:
    """Return the keys that a query must take from the vault: it does not feed their hubs."""
    return [use for use in source.keys if source.query and not use.feeds]


def _natural(source: Source) -> tuple[Component, ...]:
    types = source.types
    names = source.surrogate.columns if source.surrogate else ()
    return tuple(Component(name, types[name][0], types[name][0], types[name][1]) for name in names)
