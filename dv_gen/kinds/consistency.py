"""What only the whole model can tell: names that clash, names too long, circles of marts."""

from __future__ import annotations

from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from dv_gen.errors import Problem
from dv_gen.kinds import all_tables
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
from dv_gen.kinds.mart import find_cycles, ref_at
from dv_gen.kinds.natural import natural_problems
from dv_gen.metadata.names import listed, nearest

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
    problems.extend(natural_problems(model))
    problems.extend(_mart_problems(model, tables))
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


def _mart_problems(model: Model, tables: tuple[Table, ...]) -> Iterable[Problem]:
    schemas = {table.name: table.schema for table in tables}
    names = [name for name, schema in schemas.items() if schema != "stage"]
    for mart in model.marts.values():
        for ref in mart.refs:
            if ref not in schemas:
                meant = nearest(ref, names)
                what = f"ref('{ref}') names no table"
                yield Problem(ref_at(mart, ref), what, "" if meant else listed(names), meant)
            elif schemas[ref] == "stage":
                what = f"'{ref}' is a stage table, which the next batch empties"
                yield Problem(ref_at(mart, ref), what, "a table of the vault, or a mart")
    for circle in find_cycles(model.marts.values()):
        way = " -> ".join(circle)
        place = ref_at(model.marts[circle[0]], circle[1])
        yield Problem(place, f"marts read one another in a circle: {way}", "no way back")
