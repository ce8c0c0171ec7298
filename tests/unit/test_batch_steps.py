"""One step of a batch, on a session that only remembers what it was asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dv_gen.errors import InterruptedRunError, Location
from dv_gen.run.plan import PlannedStatement, PlannedStep
from dv_gen.run.records import Batch
from dv_gen.run.steps import BatchSteps

NOW = datetime.now(UTC).replace(tzinfo=None)


class Session:
    """Asks the run to stop as soon as a statement has been executed."""

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.steps: BatchSteps | None = None

    def begin(self) -> None:
        """Nothing to start."""

    def execute(self, sql: str) -> int:
        self.executed.append(sql)
        assert self.steps
        self.steps.stopping.set()
        return 0


def test_a_step_that_is_to_stop_stops_before_its_next_statement() -> None:
    statements = tuple(
        PlannedStatement(name, f"{name} sql", (), Location("x.sql", 1))
        for name in ("rejects", "load")
    )
    step = PlannedStep(
        id="load:h",
        kind="hub",
        entity="h",
        phase="load",
        file="x.sql",
        needs=(),
        sources=(),
        tags=(),
        options={},
        statements=statements,
    )
    nothing: Any = None
    session: Any = Session()
    steps = BatchSteps(
        nothing, Batch("b", NOW, "", (), ()), {}, nothing, nothing, order=nothing, views=nothing
    )
    session.steps = steps

    with pytest.raises(InterruptedRunError):
        steps.do(session, step, NOW)

    assert session.executed == ["rejects sql"]
