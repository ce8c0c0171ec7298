"""Partitions that are tables of their own: who makes them, and what their names may not be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen import dialects
from dv_gen.errors import MetadataError, Problem
from dv_gen.kinds.as_of import AS_OF, dates_table
from dv_gen.kinds.base import Statement
from dv_gen.metadata.names import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.kinds.base import Step, Table
    from dv_gen.model.entities import Model
    from dv_gen.model.project import Target

# What stands behind the table's name: no longer than what else is made of it (OF_A_TABLE).
_OF_A_TABLE = re.compile(r"(.+)_(rest|[0-9]{6})", re.DOTALL)


def with_partitions(steps: Iterable[Step], model: Model) -> Iterable[Step]:
    """Yield the steps with the statements that make the partitions of the tables they fill.

    A table that has none renders no text for them.
    """
    for step in steps:
        if not step.table or step.phase not in ("create", "load", "publish"):
            yield step
            continue
        # An empty delivery may end rows at the load date of the batch, which no staged row has.
        whole = [name for name in step.sources if model.sources[name].empty_delivery == "accept"]
        context: dict[str, Any] = {"table": step.table, "sources": step.sources, "whole": whole}
        entity = step.statements[0].context.get("entity")
        if step.phase == "create":
            rest = Statement("partition_rest", "shared/partition_rest.sql.j2", context)
            made = [statement.name for statement in step.statements].index("create") + 1
            # Ghost rows come behind it, of the first of all months.
            statements = (*step.statements[:made], rest, *step.statements[made:])
            yield replace(step, statements=statements)
        elif (step.phase == "load") is (entity is None):
            # A PIT table or bridge gets its months with the as-of dates that are published.
            if entity is not None:
                context |= {"calendar": entity.calendar, "dates": dates_table(entity.name)}
            months = Statement("partition_months", "shared/partition_months.sql.j2", context)
            yield replace(step, statements=(months, *step.statements))
        else:
            yield step


def check_dates(model: Model, target: Target, tables: Mapping[str, Table]) -> None:
    """Make sure that a target whose partitions are by the month of a load can have all of them.

    Raises:
        MetadataError: when a table is to be partitioned by another date.
    """
    problems = []
    dates = (model.project.naming.load_dt, AS_OF)
    for name, said in model.physical.items():
        # Of a stage nothing is kept by the month.
        if not said.partition_by or said.partition_by in dates or tables[name].schema != "vault":
            continue
        what = (
            f"'{said.partition_by}' is no load date: target {target.name} has a partition for each "
            "month of loads"
        )
        columns = {column.name for column in tables[name].columns}
        fitting = [date for date in dates if date in columns]
        problems.append(Problem(said.location, what, f"partition_by: {listed([*fitting, 'none'])}"))
    if problems:
        raise MetadataError(problems)


def taken_names(model: Model, tables: tuple[Table, ...]) -> Iterable[Problem]:
    """Yield the tables that are named as another one's partition would be."""
    for target in model.project.targets:
        if not dialects.get(target.type).monthly_partitions:
            continue
        said: Any = target.settings.get("physical") or {}
        usual: bool = said.get("partitions", False)
        known = {table.name for table in tables if _has_them(model, table, usual=usual)}
        for table in tables:
            found = _OF_A_TABLE.fullmatch(table.name)
            if found and found[1] in known:
                what = f"the name '{table.name}' is one of a partition of '{found[1]}'"
                expected = f"another name, or partition_by: none for '{found[1]}'"
                yield Problem(table.location, what, expected)
        if known:
            return


def _has_them(model: Model, table: Table, *, usual: bool) -> bool:
    said = model.physical.get(table.name)
    if said is None or said.partition_by is None:
        return usual and bool(table.dated_by)
    return bool(said.partition_by)
