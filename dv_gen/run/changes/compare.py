"""The one function that compares metadata, catalog and ledger (P2); it writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.model.types import HASH
from dv_gen.run.changes.columns import Compared
from dv_gen.run.changes.composition import composed
from dv_gen.run.changes.difference import REFUSED, SAFE, Difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dv_gen.engines.base import Catalog
    from dv_gen.run.changes.definitions import Definition
    from dv_gen.run.changes.types import Storage

    Tables = Mapping[tuple[str, str], Definition]


@dataclass(frozen=True)
class View:
    """A view of an entity, with the columns that the metadata says."""

    schema: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """What is compared.

    Attributes:
        expected: the tables of the metadata.
        views: the views of each entity.
        live: the catalog.
        recorded: what the ledger keeps of tables, also of such that the metadata has forgotten.
        storage: how the engine stores types.
    """

    expected: Tables
    views: Mapping[str, Collection[View]]
    live: Catalog
    recorded: Tables
    storage: Storage


def differences(state: State) -> list[Difference]:
    """Return every difference between the metadata and the tables that stand, in their order."""
    standing = [table for key, table in state.expected.items() if key in state.live]
    other = {}
    for table in standing:
        recorded = state.recorded.get((table.schema, table.name))
        other[table.name] = list(composed(table, recorded)) if recorded else []
    refused = {
        name for name, found in other.items() if any(item.action == REFUSED for item in found)
    }
    result = [*_elsewhere(state)]
    for table in standing:
        result += other[table.name]
        if table.name not in refused:
            result += _columns(table, refused, state)
    return result


def _elsewhere(state: State) -> Iterator[Difference]:
    """Yield a table that was built in another schema: what was loaded would stay behind there."""
    schemas = {table.name: table.schema for table in state.recorded.values()}
    for key, table in state.expected.items():
        before = schemas.get(table.name, table.schema)
        if before != table.schema and key not in state.live:
            said = f"{table.shown} was built as {before}.{table.name}, and would begin anew"
            todo = (
                f"keep the schema {before}, or move its tables; "
                "a new vault wants a ledger of its own: schemas: {meta: ..}"
            )
            yield Difference(REFUSED, table, said, todo)


def orphans(state: State) -> list[Definition]:
    """Return the tables that were built and that the metadata no longer names (P6)."""
    return [
        table
        for key, table in state.recorded.items()
        if key in state.live and key not in state.expected
    ]


def new_tables(state: State) -> list[Definition]:
    """Return the tables of entities that are not there yet."""
    return [table for key, table in state.expected.items() if key not in state.live]


def _columns(table: Definition, refused: set[str], state: State) -> Iterator[Difference]:
    key = (table.schema, table.name)
    recorded = state.recorded.get(key)
    fixed: set[str] = set()
    if refused.intersection(_made_from(table)):
        # What refers to a key has its columns from there: the cause is told, and no more.
        both = {**table.columns, **(recorded.columns if recorded else {})}
        fixed = {name for name, column in both.items() if column.type == HASH}
    moved = _moved(table, recorded, state) if recorded else {}
    compared = Compared(table, state.live[key], recorded, state.storage, fixed, moved)
    found = list(compared.columns())
    yield from found
    if not any(item.stops for item in found):
        yield from _views(table, state)


def _made_from(table: Definition) -> Iterator[str]:
    facts = table.built_from
    for name in (facts.get("parent", ""), *facts.get("hubs", ())):
        yield name.partition(".")[0]


def _views(table: Definition, state: State) -> Iterator[Difference]:
    """Yield the views over a table that show other columns than the metadata says."""
    for view in state.views.get(table.entity, ()):
        live = state.live.get((view.schema, view.name))
        if live is not None and tuple(live) != view.columns:
            said = f"the view {view.schema}.{view.name} is made again, with other columns"
            yield Difference(SAFE, table, said)


def _moved(table: Definition, recorded: Definition, state: State) -> dict[str, str]:
    """Return the columns that another table of the same parent has gained, by their names.

    A column that leaves one satellite and comes to another takes no history with it.
    """
    parent = table.built_from.get("parent")
    gone = recorded.columns.keys() - table.columns.keys()
    found: dict[str, str] = {}
    if parent is None or not gone:
        return found
    for key, other in state.expected.items():
        if other.name == table.name or other.built_from.get("parent") != parent:
            continue
        known = state.recorded.get(key)
        before = known.columns.keys() if known and key in state.live else set()
        found.update(dict.fromkeys(gone & (other.columns.keys() - before), other.name))
    return found
