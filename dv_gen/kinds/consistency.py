"""What only the whole model can tell: names that clash, names too long, circles of marts."""

from __future__ import annotations

from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from dv_gen.errors import Problem
from dv_gen.graph import find_circles
from dv_gen.kinds import all_kinds, all_tables
from dv_gen.kinds.as_of import circles
from dv_gen.kinds.foundation import LEDGER
from dv_gen.kinds.lengths import (
    OF_A_COMPARED,
    OF_A_MART,
    OF_A_STAGE,
    OF_A_TABLE,
    name_limits,
    too_long,
)
from dv_gen.kinds.natural import natural_problems
from dv_gen.kinds.partitions import taken_names
from dv_gen.kinds.physical import too_wide
from dv_gen.kinds.query_file import READABLE, ref_at, ref_problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.errors import Location
    from dv_gen.kinds.base import Table
    from dv_gen.model.entities import Model


def check_consistency(model: Model, problems: list[Problem]) -> None:
    """Append what is wrong with the model as a whole."""
    tables = all_tables(model)
    problems.extend(_table_clashes(tables))
    clashes = list(_hash_key_clashes(model))
    problems.extend(clashes)
    for table in tables:
        # Two hash keys of one name clash in every table that holds both.
        if not clashes and not table.is_view:
            problems.extend(_column_clashes(table))
    problems.extend(_too_long(model, tables))
    problems.extend(too_wide(model))
    problems.extend(taken_names(model, tables))
    problems.extend(natural_problems(model))
    problems.extend(_query_problems(model, tables))
    problems.extend(circles(model))


def _table_clashes(tables: tuple[Table, ...]) -> Iterable[Problem]:
    # Also across schemas: ref(), --select and the files of generated/ know one name only.
    seen: dict[str, Table] = {}
    for table in tables:
        folded = table.name.casefold()
        if folded in seen:
            yield _taken(*sorted((table, seen[folded]), key=lambda item: item.is_view))
        elif folded in ("ledger", *LEDGER):
            what = f"the name '{table.name}' is dv-gen's own, for a part of its ledger"
            yield Problem(table.location, what, "another name")
        seen.setdefault(folded, table)


def _taken(table: Table, other: Table) -> Problem:
    first, second = sorted((table, other), key=lambda item: item.location)
    if other.is_view:
        first, second = other, table
    by = f"a view of '{first.owner}'" if first.is_view else f"'{first.name}'"
    what = f"the name '{second.name}' is taken by {by} at {first.location}"
    return Problem(second.location, what, "another name")


def _hash_key_clashes(model: Model) -> Iterable[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for hub in model.hubs.values():
        for use in hub.uses:
            other = seen.setdefault((use.source, use.hash_key.casefold()), hub.name)
            if other != hub.name:
                what = f"the hash key '{use.hash_key}' is that of '{other}' too"
                where = f"{use.source} holds both"
                yield Problem(hub.location, f"{what}, and {where}", "hash_key: another_name")
                break


def _column_clashes(table: Table) -> Iterable[Problem]:
    seen: set[str] = set()
    for column in table.columns:
        folded = column.name.casefold()
        if folded in seen:
            what = f"the table '{table.name}' would have two columns '{column.name}'"
            yield Problem(table.location, what, "another name for one of them")
        seen.add(folded)


def _too_long(model: Model, tables: tuple[Table, ...]) -> Iterable[Problem]:
    # Views repeat the columns of their tables.
    wrong = cache(partial(too_long, name_limits(model.project)))
    made = {"stage": OF_A_STAGE, "mart": OF_A_MART, "vault": OF_A_TABLE}
    for table in tables:
        # A stage's own columns are the source's, its hashes those of hubs, links and satellites.
        for column in table.columns if table.schema != "stage" else ():
            for found in wrong(column.name):
                yield Problem(table.location, *found)
        own = not table.is_view or table.schema == "mart"
        for found in wrong(table.name, made.get(table.schema, "{}") if own else "{}"):
            yield Problem(table.location, *found)
    for place, name in _hash_columns(model):
        for found in wrong(name):
            yield Problem(place, *found)
    for satellite in model.satellites.values():
        for name in () if satellite.is_plain else satellite.compared:
            for found in wrong(name, OF_A_COMPARED):
                yield Problem(satellite.location, *found)


def _hash_columns(model: Model) -> Iterable[tuple[Location, str]]:
    for hub in model.hubs.values():
        yield from ((hub.location, use.hash_key) for use in hub.uses)
    named = (model.of(kind).values() for kind in ("multi_active", "reference"))
    for satellite in chain(model.satellites.values(), *named):
        yield satellite.location, satellite.hashdiff


def _query_problems(model: Model, tables: tuple[Table, ...]) -> Iterable[Problem]:
    schemas = {table.name: table.schema for table in tables}
    for mart in model.marts.values():
        yield from ref_problems(mart, schemas, READABLE)
    for source in model.sources.values():
        if source.query:
            yield from ref_problems(source.query, schemas, READABLE)
    for circle in find_circles({mart.name: mart.refs for mart in model.marts.values()}):
        way = " -> ".join(circle)
        place = ref_at(model.marts[circle[0]], circle[1])
        yield Problem(place, f"marts read one another in a circle: {way}", "no way back")
    if any(source.query for source in model.sources.values()):
        yield from _circles_of_queries(model, tables)


def _circles_of_queries(model: Model, tables: tuple[Table, ...]) -> Iterable[Problem]:
    owners = {table.name: table.owner for table in tables}
    queries = {name: source.query for name, source in model.sources.items() if source.query}
    # Queries first, so that a way round begins with one.
    parents: dict[str, dict[str, None]] = {name: {} for name in queries}
    for kind in all_kinds():
        for step in kind.steps(model):
            made_from = (owners.get(name, name) for name in (*step.needs, *step.sources))
            found = dict.fromkeys(name for name in made_from if name != step.entity)
            parents.setdefault(step.entity, {}).update(found)
    for circle in find_circles(parents):
        name = next((name for name in circle if name in queries), "")
        if not name:
            continue
        start = circle.index(name)
        way = [*circle[start:-1], *circle[:start], name]
        source, query = model.sources[name], queries[name]
        ref = next((ref for ref in query.refs if owners.get(ref, ref) == way[1]), "")
        use = next((use for use in source.keys if use.feeds and use.hub in way), None)
        expected = "no way back"
        if use is not None:
            expected = f"{{{use.label}: {{columns: {', '.join(use.columns)}, feeds: false}}}}"
            expected += f", if the keys are those that {use.hub} has"
        yield Problem(
            ref_at(query, ref) if ref else source.location,
            f"the query of '{name}' reads what is made from it: {' -> '.join(way)}",
            expected,
        )
