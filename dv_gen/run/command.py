"""What ``dv-gen run`` does, as a function: render if need be, then run."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dv_gen.errors import DvGenError
from dv_gen.metadata.project_file import load_project
from dv_gen.render.generated import choose_target, generated_folder
from dv_gen.run.casing import PHASE as CASING
from dv_gen.run.plan import Compiled, compile_texts, is_rendered, read_compiled
from dv_gen.run.planning import RunOptions, chosen_entities, entity_graph
from dv_gen.run.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dv_gen.model.project import Target
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import StepOutcome
    from dv_gen.run.results import RunResult

    Observer = Callable[[PlannedStep, StepOutcome | None], None]


@dataclass(frozen=True)
class RunRequest:
    """A project, a target of it, and what is asked of the run."""

    folder: Path
    target: str | None = None
    options: RunOptions = field(default_factory=RunOptions)
    render_first: bool = False


def _compiled(request: RunRequest) -> tuple[Target, Compiled]:
    target = choose_target(load_project(request.folder), request.target)
    root = generated_folder(request.folder, target)
    if request.render_first or not is_rendered(root):
        _render(request.folder, target)
    return target, read_compiled(request.folder, root)


def _render(folder: Path, target: Target) -> None:
    from dv_gen.kinds.reading import load_model  # noqa: PLC0415 - a run need not load it
    from dv_gen.render.writing import render  # noqa: PLC0415 - a run need not load it

    render(folder, load_model(folder), target)


def in_memory(request: RunRequest) -> Compiled:
    """Return what a run would execute; what is not rendered yet is not written.

    Raises:
        StaleError: when ``generated/<target>/`` is not what the metadata would render now.
    """
    target = choose_target(load_project(request.folder), request.target)
    root = generated_folder(request.folder, target)
    if is_rendered(root) and not request.render_first:
        return read_compiled(request.folder, root)
    from dv_gen.kinds.reading import load_model  # noqa: PLC0415 - a run need not load it
    from dv_gen.render.manifest import build_manifest  # noqa: PLC0415 - a run need not load it
    from dv_gen.render.rendering import render_target  # noqa: PLC0415 - a run need not load it

    model = load_model(request.folder)
    files = render_target(request.folder, model, target)
    manifest = build_manifest(request.folder, model, target, files)
    shown = root.relative_to(request.folder).as_posix()
    return compile_texts(manifest, {file.path: file.text for file in files}, shown)


def run_project(request: RunRequest, log: RunLog, observer: Observer) -> RunResult:
    """Run a project and write run_results.json beside its SQL.

    Args:
        request: what to run.
        log: where events go.
        observer: told of every step, before it starts (without outcome) and after it has ended.

    Raises:
        StaleError: when ``generated/<target>/`` is not what the metadata would render now.
        DvGenError: as :meth:`Runner.run`, and when run_results.json cannot be written.
    """
    target, compiled = _compiled(request)
    runner = Runner(
        request.folder, target, compiled, options=request.options, log=log, observer=observer
    )
    folder = generated_folder(request.folder, target)
    try:
        result = runner.run()
    except BaseException:
        # What ended the run is what is told.
        with contextlib.suppress(DvGenError):
            if runner.result is not None:
                runner.result.write(folder)
        raise
    result.write(folder)
    return result


def dry_run_text(request: RunRequest) -> str:
    """Return the SQL that a run would execute, in order; nothing is connected to."""
    compiled = in_memory(request)
    parts = []
    for step in chosen_steps(compiled, request.options):
        head = f"-- {step.id} ({step.file})"
        if step.phase == "stage":
            head += f"; once a file of {compiled.manifest['sources'][step.entity]['file']}"
        if step.phase == "restore":
            head += "; around the load where deliveries may come late"
        if step.phase == "statistics":
            head += "; when the table has grown by half"
        parts.append("\n\n".join([head, *(statement.sql for statement in step.statements)]))
    return "\n\n".join(parts) + "\n"


def chosen_steps(compiled: Compiled, options: RunOptions) -> list[PlannedStep]:
    """Return the steps that a run of what is chosen could execute, in order.

    Raises:
        UsageError: when the words of the selection select nothing that a run loads.
    """
    graph = entity_graph(compiled)
    chosen = chosen_entities(compiled, options)
    loads = [step for step in compiled.of_phase("load") if step.entity in chosen]
    read = {source for step in loads for source in step.sources}
    for stage in list(read):
        read |= {name for name in graph.above(stage) if graph.nodes[name].kind == "stage"}
    wanted = []
    checks = []
    for step in compiled.steps:
        if step.phase in ("stage", "query"):
            if step.entity in read:
                wanted.append(step)
        elif step.phase in ("check", "test", CASING):
            if step.phase == "check" and step.entity in chosen and not options.defer_checks:
                checks.append(step)
        elif step.entity in chosen or step.kind == "ledger":
            wanted.append(step)
    return [*_in_order(wanted), *checks]


def _in_order(steps: list[PlannedStep]) -> list[PlannedStep]:
    """Return steps in their own order, but none before what it reads is made."""
    of_entity: dict[str, set[str]] = {}
    for step in steps:
        if step.phase != "create":
            of_entity.setdefault(step.entity, set()).add(step.id)
    needs = {}
    for step in steps:
        made_from = {*step.needs, *step.sources} - {step.entity}
        needs[step.id] = {name for entity in made_from for name in of_entity.get(entity, ())}
        if step.phase in ("publish", "statistics"):
            own = of_entity[step.entity]
            needs[step.id] |= {name for name in own if name.startswith("load:")}
    ordered: list[PlannedStep] = []
    waiting = steps
    done: set[str] = set()
    while waiting:
        later = []
        for step in waiting:
            if step.phase == "create" or needs[step.id] <= done:
                ordered.append(step)
                done.add(step.id)
            else:
                later.append(step)
        if len(later) == len(waiting):
            return [*ordered, *later]
        waiting = later
    return ordered
