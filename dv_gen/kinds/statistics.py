"""Statistics: what an engine's planner is told of a table that has grown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dv_gen.kinds.base import Step, Table
    from dv_gen.model.entities import Column

PHASE = "statistics"


def with_statistics(steps: Iterable[Step], tables: Mapping[str, Table]) -> Iterable[Step]:
    """Yield the steps, each load followed by the statistics of the table that it fills.

    Args:
        steps: the steps.
        tables: the tables that they fill, by name.
    """
    for step in steps:
        yield step
        if step.phase == "load" and step.table:
            name = f"{PHASE}:{step.entity}"
            told = (statistics_of(step.table, tables[step.table].columns),)
            yield replace(step, id=name, phase=PHASE, statements=told, options={})


def statistics_of(table: str, columns: Sequence[Column] = ()) -> Statement:
    """Return the statement that tells the planner of a table; empty where it needs none."""
    context = {"table": table, "columns": columns}
    return Statement(PHASE, "shared/statistics.sql.j2", context)
