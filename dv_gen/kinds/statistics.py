"""Statistics: what an engine's planner is told of a table that has grown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.kinds.base import Step, Table

PHASE = "statistics"


def with_statistics(steps: Iterable[Step], tables: Mapping[str, Table]) -> Iterable[Step]:
    """Yield the steps, each load followed by the statistics of the table that it fills.

    An engine that needs none renders no text for it, and has no such step.

    Args:
        steps: the steps.
        tables: the tables that they fill, by name.
    """
    for step in steps:
        yield step
        if step.phase == "load" and step.table:
            name = f"{PHASE}:{step.entity}"
            columns = tables[step.table].columns
            context = {"table": step.table, "columns": columns}
            told = Statement(PHASE, "shared/statistics.sql.j2", context)
            yield replace(step, id=name, phase=PHASE, statements=(told,), options={})
