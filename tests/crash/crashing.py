"""Runs that are killed at one point after the other, each followed by one that is left alone.

Every run is a process of its own, forked from this one, which never opens a database itself.
"""

from __future__ import annotations

import io
import os
import pickle
import traceback
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dv_gen.engines import open_engine
from dv_gen.errors import DvGenError
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.render.generated import choose_target, generated_folder
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.plan import read_compiled
from dv_gen.run.planning import RunOptions
from dv_gen.run.preparing import NO_TABLE
from tests.conformance.warehouses import shown
from tests.crash.points import Points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dv_gen.engines.base import Session

# What differs from run to run and from place to place: ids, clocks, the landing root.
_CHANGING = ("batch_id", "opened_at", "started_at", "ended_at", "recorded_at", "root")
Vault = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Ended:
    """How a child process ended: its result, or the signal that killed it."""

    signal: int
    result: Any = None


def in_child(work: Callable[[], Any]) -> Ended:
    """Do something in a process of its own.

    Raises:
        AssertionError: when it raises, with its traceback.
    """
    return _ended(*_child(work))


def together(*works: Callable[[], Any]) -> list[Ended]:
    """Do several things at one time, each in a process of its own."""
    gate_out, gate_in = os.pipe()

    def waiting(work: Callable[[], Any]) -> Callable[[], Any]:
        def wait() -> Any:  # noqa: ANN401 - what the work returns
            os.close(gate_in)
            os.read(gate_out, 1)
            return work()

        return wait

    children = [_child(waiting(work)) for work in works]
    # When nobody can write any more, all that read go on.
    os.close(gate_in)
    os.close(gate_out)
    return [_ended(*child) for child in children]


def _child(work: Callable[[], Any]) -> tuple[int, int]:
    """Start a child; return its id and the pipe that it tells its result to."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            try:
                told = pickle.dumps((True, work()))
            except BaseException:  # noqa: BLE001 - told to the parent, whatever it is
                told = pickle.dumps((False, traceback.format_exc()))
            pipe.write(told)
        os._exit(0)
    os.close(write)
    return child, read


def _ended(child: int, read: int) -> Ended:
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Ended(os.WTERMSIG(status))
    good, result = pickle.loads(told)
    assert good, result
    return Ended(0, result)


def run(
    folder: Path,
    load_date: str,
    points: Points | None = None,
    *,
    disturbed: bool = False,
    select: Sequence[str] = (),
) -> list[str]:
    """Run the project in this process; return the points that were passed.

    Args:
        folder: the project.
        load_date: of the run.
        points: what is passed, and where it strikes.
        disturbed: whether something else may strike as well: a server that ends connections.
        select: of the project; all of it where nothing is said.

    Raises:
        AssertionError: when it is not done, unless it was struck.
    """
    points = points or Points()
    points.install()
    moment = datetime.fromisoformat(load_date)
    options = RunOptions(
        load_date=moment, threads=1, preview_rows=0, pauses=(0, 0, 0), select=tuple(select)
    )
    log = io.StringIO()
    # Not by the process: in the hours of a soak their numbers come again.
    run_id = f"run-{uuid.uuid4()}"
    try:
        result = run_project(
            RunRequest(folder, options=options), RunLog(log, run_id), lambda *_: None
        )
    except (DvGenError, KeyboardInterrupt):
        if not (points.struck or disturbed):
            raise
    else:
        assert points.struck or disturbed or result.exit_code == 0, log.getvalue()
    return points.names


def contents(folder: Path) -> Vault:
    """Every row of the vault and of the ledger, without what differs from run to run."""
    target = choose_target(load_project(folder), None)
    compiled = read_compiled(folder, generated_folder(folder, target))
    engine = open_engine(target.type, expand(target), folder)
    engine.connect("contents", read_only=True)
    session = engine.session()
    found: Vault = {}
    for name, facts in compiled.manifest["tables"].items():
        if not facts["transient"]:
            found[name] = _rows(session, facts["schema"], name)
    meta = compiled.manifest["schemas"]["meta"]
    ledger = next(step for step in compiled.of_phase("create") if step.kind == "ledger")
    for statement in ledger.statements:
        if statement.name not in NO_TABLE:
            found[f"ledger {statement.name}"] = _rows(session, meta, statement.name)
    session.close()
    engine.close()
    return found


def difference(expected: Vault, found: Vault, *, retried: bool = False) -> tuple[int, int]:
    """How many rows are only in the one, and only in the other.

    Args:
        expected: the undisturbed vault and its ledger.
        found: the other.
        retried: whether steps may have failed on the way: that is told as well, but what is done is
            done once. Statistics that failed are made when their table has grown: later, and of
            more rows.
    """
    lost = invented = 0
    for name in sorted(expected.keys() | found.keys()):
        rows, others = (each.get(name, []) for each in (expected, found))
        if retried and name == "ledger step_result":
            rows, others = _done(rows), _done(others)
        here, there = Counter(rows), Counter(others)
        lost += (here - there).total()
        invented += (there - here).total()
    return lost, invented


def _done(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row for row in rows if "done" in row and not row[0].startswith("statistics:")]


def _rows(session: Session, schema: str, name: str) -> list[tuple[Any, ...]]:
    query = f'SELECT * FROM "{schema}"."{name}"'
    kept = [at for at, column in enumerate(session.describe(query)) if column not in _CHANGING]
    rows = [tuple(shown(row[at]) for at in kept) for row in session.query(query)]
    return sorted(rows, key=repr)
