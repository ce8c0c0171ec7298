"""What only the whole model can tell: names that clash, names too long, circles of marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.errors import Problem
from dv_gen.kinds import all_kinds
from dv_gen.kinds.mart import find_cycles
from dv_gen.kinds.stage import ROW_NO
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.base import Table
    from dv_gen.model.entities import Model


def check_consistency(model: Model, problems: list[Problem]) -> None:
    """Append what is wrong with the model as a whole."""
    tables = [table for kind in all_kinds() for table in kind.tables(model)]
    problems.extend(_reserved_columns(model))
    problems.extend(_table_clashes(tables))
    for table in tables:
        problems.extend(_column_clashes(table))
        problems.extend(_too_long(model, table))
    problems.extend(_mart_problems(model, tables))


def _reserved_columns(model: Model) -> Iterable[Problem]:
    naming = model.project.naming
    reserved = {naming.load_dt, naming.load_src, naming.hashdiff, ROW_NO}
    for source in model.sources.values():
        for column in source.given:
            if column.name.casefold() in reserved:
                what = f"'{column.name}' is a name that every stage table needs for itself"
                expected = (
                    f"another name: {{other: {{header: {column.name}, type: {column.type}}}}}"
                )
                yield Problem(source.columns_location or source.location, what, expected)


def _table_clashes(tables: list[Table]) -> Iterable[Problem]:
    # Also across schemas: ref(), --select and the files of generated/ know one name only.
    seen: dict[str, Table] = {}
    for table in tables:
        folded = table.name.casefold()
        if folded in seen:
            other = seen[folded]
            what = f"the name '{table.name}' is taken"
            yield Problem(table.location, what, f"a name unlike '{other.name}' at {other.location}")
        seen.setdefault(folded, table)


def _column_clashes(table: Table) -> Iterable[Problem]:
    seen: set[str] = set()
    for column in table.columns:
        folded = column.name.casefold()
        if folded in seen:
            what = f"the table '{table.name}' would have two columns '{column.name}'"
            hint = "another column name" if not folded.startswith("hk_") else "hash_key: other_name"
            yield Problem(table.location, what, hint)
        seen.add(folded)


def _too_long(model: Model, table: Table) -> Iterable[Problem]:
    for target in model.project.targets:
        limit = dialects.get(target.type).max_identifier_bytes
        for name in (table.name, *(column.name for column in table.columns)):
            if len(name.encode()) > limit:
                what = f"the name '{name}' has {len(name.encode())} bytes"
                yield Problem(table.location, what, f"at most {limit} on {target.type}")


def _mart_problems(model: Model, tables: list[Table]) -> Iterable[Problem]:
    names = [table.name for table in tables if table.schema != "stage"]
    for mart in model.marts.values():
        for ref in mart.refs:
            if ref not in names:
                meant = nearest(ref, names)
                expected = "" if meant else listed(names)
                yield Problem(mart.location, f"{mart.file} reads unknown '{ref}'", expected, meant)
    for circle in find_cycles(model.marts.values()):
        first = model.marts[circle[0]]
        yield Problem(first.location, f"marts go in a circle: {' -> '.join(circle)}", "a tree")
