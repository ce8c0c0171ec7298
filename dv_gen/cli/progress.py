"""Progress of a run: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import StepOutcome

    Observer = Callable[[PlannedStep, StepOutcome | None], None]


def _line(step: PlannedStep, outcome: StepOutcome) -> str:
    counts = f"{outcome.rows_staged:,} staged"
    if step.kind != "stage":
        counts += f", {outcome.rows_inserted:,} inserted"
    if outcome.rows_rejected:
        counts += f", {outcome.rows_rejected:,} rejected"
    if outcome.rows_filtered:
        counts += f", {outcome.rows_filtered:,} left out"
    return f"{step.kind} {step.entity}: {outcome.status}, {counts}, {outcome.seconds:.2f} s"


@contextmanager
def make_observer(log: RunLog, *, interactive: bool) -> Iterator[Observer]:
    """Yield what a run tells its progress to.

    Args:
        log: every step that has ended is one line there.
        interactive: whether a person is watching: the steps that run now are shown below.
    """
    running: dict[str, PlannedStep] = {}
    lock = threading.Lock()

    def status() -> None:
        names = ", ".join(f"{step.kind} {step.entity}" for step in running.values())
        sys.stderr.write(f"\r\x1b[2K... {names}"[:110] if names else "\r\x1b[2K")
        sys.stderr.flush()

    def observe(step: PlannedStep, outcome: StepOutcome | None) -> None:
        with lock:
            if interactive:
                sys.stderr.write("\r\x1b[2K")
            if outcome is None:
                running[step.id] = step
            else:
                running.pop(step.id, None)
                if step.kind not in ("view", "check") or outcome.status != "done":
                    log.info(
                        _line(step, outcome),
                        step=step.id,
                        status=outcome.status,
                        rows_staged=outcome.rows_staged,
                        rows_inserted=outcome.rows_inserted,
                        rows_rejected=outcome.rows_rejected,
                        rows_filtered=outcome.rows_filtered,
                        seconds=round(outcome.seconds, 6),
                    )
            if interactive:
                status()

    try:
        yield observe
    finally:
        if interactive:
            sys.stderr.write("\r\x1b[2K")
