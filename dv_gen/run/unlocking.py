"""What ``dv-gen unlock`` does: tell who holds a warehouse, and end the hold of a dead run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.engines import open_engine
from dv_gen.errors import LockedError
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.render.generated import choose_target

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.engines.base import Engine
    from dv_gen.engines.holder import Holder

FREE = "nothing is held: a run can begin"


def unlock(folder: Path, target: str | None, run_id: str, *, force: bool = False) -> str:
    """Release the hold of a run that is dead; return what was found and done.

    Args:
        folder: the project's folder.
        target: the target's name, None for the project's own.
        run_id: who asks.
        force: believe the caller that a run is dead where that cannot be seen from here.

    Raises:
        LockedError: when the run lives, or that cannot be seen and is not forced.
        EngineError: when the database cannot be reached, or its session may not be ended.
    """
    project = load_project(folder)
    chosen = choose_target(project, target)
    engine = open_engine(chosen.type, expand(chosen), folder, meta=project.schemas.meta)
    try:
        _visit(engine, run_id)
        holder = engine.holder()
        if holder is None:
            left = engine.clear()
            return f"{FREE}; removed {left}, which has ended" if left else FREE
        _refuse_while_it_lives(holder, force=force)
        engine.release(holder)
    finally:
        engine.close()
    return f"released: {holder}"


def _visit(engine: Engine, run_id: str) -> None:
    try:
        engine.visit(run_id)
    except LockedError as error:
        # Only a file keeps visitors out, and its lock ends with the process that has it.
        raise LockedError(
            f"{error.message}, which lives",
            hint="ps shows the process; when it has ended, by itself or by kill, nothing is held",
        ) from error


def _refuse_while_it_lives(holder: Holder, *, force: bool) -> None:
    lives = holder.owner.lives() if holder.owner else None
    if lives is False or (force and lives is None):
        return
    if holder.owner is None:
        raise LockedError(
            f"{holder}, and whether that lives cannot be seen from here",
            hint="look at its session on the server; if its run is dead: dv-gen unlock --force",
        )
    if lives is None:
        raise LockedError(
            f"{holder}, and whether that lives cannot be seen from here",
            hint=f"look on {holder.owner.host}: ps -p {holder.owner.pid}; if that is no dv-gen any "
            "more: dv-gen unlock --force",
        )
    raise LockedError(
        f"{holder}, which lives",
        hint=f"look at it: ps -p {holder.owner.pid}; when it has ended, by itself or by kill, "
        "nothing is held",
    )
