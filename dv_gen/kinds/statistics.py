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
    """Yield the steps, each load followed by the statistics of the table that it fills.

    An engine that needs none renders no text for it, and has no such step.
    """
    for step in steps:
        yield step
        if step.phase == "load" and step.table:
            name = f"{PHASE}:{step.entity}"
            told = Statement(PHASE, "shared/statistics.sql.j2", {"table": step.table})
            yield replace(step, id=name, phase=PHASE, statements=(told,), options={})
