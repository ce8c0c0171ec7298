"""The first contact with a database: its plan for every statement, its tables without a row."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.engines import open_engine
from dv_gen.errors import UsageError
from dv_gen.filesystem import new_file, refuse_links
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.render.generated import choose_target
from dv_gen.run.changes.statements import change_renderer
from dv_gen.run.command import chosen_steps, in_memory
from dv_gen.run.creating import create_all
from dv_gen.run.explaining import explain_steps
from dv_gen.run.ledger import Ledger
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from dv_gen.run.preparing import Preparation

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.run.command import RunRequest
    from dv_gen.run.explaining import Explained, Explanation


def explain_project(request: RunRequest, run_id: str) -> Explanation:
    """Ask the target for the plan of every statement of a run; nothing is held or changed.

    Args:
        request: what the run would be.
        run_id: who asks.

    Raises:
        StaleError: when ``generated/<target>/`` is not what the metadata would render now.
        UsageError: when settings or selection cannot be.
        EngineError: when the database cannot be reached.
        LockedError: when it cannot be opened while a run has it.
    """
    compiled = in_memory(request)
    steps = chosen_steps(compiled, request.options)
    target = choose_target(load_project(request.folder), request.target)
    engine = open_engine(
        target.type, expand(target), request.folder, meta=compiled.manifest["schemas"]["meta"]
    )
    try:
        engine.visit(run_id)
        session = engine.session()
        try:
            render = change_renderer(request.folder, target)
            dialect = dialects.get(target.type)
            return explain_steps(engine, session, dialect, compiled, steps, render)
        finally:
            session.close()
    finally:
        engine.close()


def create_project(request: RunRequest, run_id: str) -> list[str]:
    """Make every schema, table and view that is missing in the target, and load nothing.

    Args:
        request: the project and its target.
        run_id: who makes them.

    Returns:
        The quoted names of what was made.

    Raises:
        UsageError: when a part is selected: what is made is made whole.
        StaleError: when ``generated/<target>/`` is not what the metadata would render now.
        EngineError: when the database cannot be reached, or refuses a statement.
        LockedError: when another run holds the warehouse.
    """
    if request.options.select or request.options.exclude:
        raise UsageError(
            "--create-only makes every table, so that none is missed by what reads it",
            hint="leave --select and --exclude to the run",
        )
    compiled = in_memory(request)
    target = choose_target(load_project(request.folder), request.target)
    engine = open_engine(
        target.type, expand(target), request.folder, meta=compiled.manifest["schemas"]["meta"]
    )
    try:
        engine.connect(run_id)
        session = engine.session()
        try:
            ledger = Ledger(compiled.manifest["schemas"]["meta"])
            preparation = Preparation(
                change_renderer(request.folder, target),
                RunLog(sys.stderr, run_id),
                rows=False,
                asks_first=expand(target).get("changes") == "ask",
            )
            steps = chosen_steps(compiled, RunOptions())
            return create_all(engine, session, compiled, ledger, steps, preparation)
        finally:
            session.close()
    finally:
        engine.close()


def write_plans(explanation: Explanation, folder: Path) -> int:
    """Write a text file for each rendered file: every statement's place, answer and whole plan.

    Returns:
        The number of files.
    """
    texts: dict[str, list[str]] = {}
    for item in explanation.answers:
        texts.setdefault(item.step.file, []).append(_plan_text(item))
    for file, parts in texts.items():
        path = folder / f"{file.partition('/')[2]}.txt"
        refuse_links(folder, path.parent.relative_to(folder).as_posix())
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(new_file(path), "w", encoding="utf-8") as handle:
            handle.write("\n".join(parts))
    return len(texts)


def _plan_text(item: Explained) -> str:
    head = f"== {item.statement.location}  {item.statement.name}: {item.answer}"
    return "\n".join([head, *(item.plan or (item.said,)), ""])
