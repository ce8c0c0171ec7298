"""Statistics: what an engine's planner is told of a table that has grown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.base import Step

PHASE = "statistics"


def with_statistics(steps: Iterable[Step]) -> Iterable[Step]:
    """Yield the steps, each load followed by the statistics of the table that it fills."""
    for step in steps:
        yield step
        if step.phase == "load" and step.table:
            name = f"{PHASE}:{step.entity}"
            told = (statistics_of(step.table),)
            yield replace(step, id=name, phase=PHASE, statements=told, options={})


def statistics_of(table: str) -> Statement:
    """Return the statement that tells the planner of a table; empty where it needs none."""
    return Statement(PHASE, "shared/statistics.sql.j2", {"table": table})
