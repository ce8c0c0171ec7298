"""What ``dv-gen test`` does, as a function: every check of the vault, and of the newest batch.

What it finds stays found, and what it does not find any more is settled (P7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.engines import open_engine
from dv_gen.errors import DvGenError, EngineError, UsageError
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.render.generated import choose_target, generated_folder
from dv_gen.run.asked_checks import AskedChecks, TestResult
from dv_gen.run.changes.asking import ask_changes
from dv_gen.run.changes.statements import change_renderer
from dv_gen.run.checking import SPARING, ask
from dv_gen.run.findings import FindingLedger
from dv_gen.run.ledger import Ledger
from dv_gen.run.plan import read_compiled
from dv_gen.run.planning import entity_graph
from dv_gen.run.scheduler import Scheduler

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.engines.base import Catalog, Engine, Session
    from dv_gen.run.changes.statements import Renderer
    from dv_gen.run.checking import Finding
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.records import NewestBatch


@dataclass(frozen=True)
class TestRequest:
    """A project, a target of it, and the entities to check."""

    folder: Path
    target: str | None = None
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    threads: int = 2

    # What pytest should not take for a test.
    __test__ = False


def run_tests(request: TestRequest, events: RunLog) -> TestResult:
    """Ask every check of a target; the vault is not changed.

    The ledger is, where something was found, or is no more. It takes the lock of a run for that.

    Args:
        request: what to check.
        events: where the beginning and errors go.

    Raises:
        StaleError: when ``generated/<target>/`` is not what the metadata would render now.
        UsageError: when a word of the selection selects nothing, or nothing that has checks.
        LockedError: when a run holds the warehouse and lets nobody look.
        EngineError: when the database cannot be reached.
    """
    target = choose_target(load_project(request.folder), request.target)
    compiled = read_compiled(request.folder, generated_folder(request.folder, target))
    chosen = _chosen(compiled, request)
    meta = compiled.manifest["schemas"]["meta"]
    settings = expand(target)
    engine = open_engine(target.type, settings, request.folder, meta=meta)
    engine.connect(events.run_id, read_only=True)
    try:
        render = change_renderer(request.folder, target)
        asked = _asked(engine, compiled, chosen, request.threads, events, render)
    finally:
        engine.close()
    if asked.is_news():
        engine = open_engine(target.type, settings, request.folder, meta=meta)
        try:
            engine.connect(events.run_id)
            asked.keep(engine.session(), FindingLedger(meta))
        except DvGenError as error:
            asked.result.unrecorded = f"the ledger does not know of this test: {error}"
        finally:
            engine.close()
    return asked.result


def _chosen(compiled: Compiled, request: TestRequest) -> set[str]:
    graph = entity_graph(compiled)
    chosen = graph.select(request.select, request.exclude)
    checked = {step.entity for phase in ("check", "test") for step in compiled.of_phase(phase)}
    if request.select and chosen and not chosen & checked:
        names = sorted(chosen)
        has = "has" if len(names) == 1 else "have"
        words = (word for name in names for word in (f"{name}+", f"+{name}"))
        wider = next((word for word in words if graph.select([word]) & checked), "")
        raise UsageError(
            f"nothing to check: {', '.join(names)} {has} no checks",
            hint=wider and f"--select '{wider}' reaches some that have",
        )
    return chosen


def _asked(
    engine: Engine,
    compiled: Compiled,
    chosen: set[str],
    threads: int,
    events: RunLog,
    render: Renderer,
) -> AskedChecks:
    result = TestResult()
    present = engine.columns(list(dict.fromkeys(compiled.manifest["schemas"].values())))
    if (compiled.manifest["schemas"]["meta"], "open_finding") not in present:
        raise EngineError("the ledger is not there, or an older one", hint="dv-gen run makes it")
    session = engine.session()
    changed = _changed(session, compiled, present, render, chosen, result)
    ledger = Ledger(compiled.manifest["schemas"]["meta"])
    newest = ledger.newest_batch(session)
    known = {step.entity for step in compiled.steps}
    unsettled = [
        item
        for item in ledger.findings.unsettled(session)
        # What is no part of the model any more belongs to every test.
        if item.entity in chosen or item.entity not in known
    ]
    asked = AskedChecks(result, newest.id if newest else "", unsettled)
    wanted = [*_of_batch(newest, compiled, chosen, result), *compiled.of_phase("test")]
    session.close()
    steps = {step.id: step for step in wanted if step.entity in chosen - changed}
    tables = compiled.manifest["tables"]
    for name in sorted({step.entity for step in steps.values()}):
        if (tables[name]["schema"], name) not in present:
            result.messages.append(f"{name} has never been loaded and is not checked")
            steps = {key: step for key, step in steps.items() if step.entity != name}
    events.info(f"checking {len({step.entity for step in steps.values()})} entities")

    def work(name: str) -> tuple[list[Finding], str]:
        own = engine.session()
        try:
            return ask(own, steps[name], probing=False), ""
        except DvGenError as error:
            events.error(f"{name}: {error}", step=name)
            return [], f"{name}: {error}"
        finally:
            own.close()

    scheduler = Scheduler(
        work=work, skip=lambda *_: ([], ""), succeeded=lambda _: True, threads=threads
    )
    outcomes = scheduler.run(list(steps), {})
    for name, step in steps.items():
        findings, error = outcomes[name]
        if not error:
            asked.add(step, findings)
        result.errors += [error] if error else []
        result.checks += sum(statement.name not in SPARING for statement in step.statements)
    result.entities = len({step.entity for step in steps.values()})
    asked.compare()
    return asked


def _changed(
    session: Session,
    compiled: Compiled,
    present: Catalog,
    render: Renderer,
    chosen: set[str],
    result: TestResult,
) -> set[str]:
    """Tell how the model differs from the vault; return the entities that cannot be checked so."""
    found = ask_changes(session, compiled, present, render).found
    mine = [item for item in found if item.table.entity in chosen]
    result.errors += [str(item) for item in mine if item.stops]
    result.messages += [f"{item.said}: the next run does it" for item in mine if item.texts]
    return {item.table.entity for item in mine if item.stops or item.texts}


def _of_batch(
    newest: NewestBatch | None, compiled: Compiled, chosen: set[str], result: TestResult
) -> list[PlannedStep]:
    """Return the checks of staged rows, as far as the stage holds a batch that has been loaded."""
    found = [step for step in compiled.of_phase("check") if step.entity in chosen]
    if newest is None:
        result.messages.append("nothing has been loaded yet")
        return []
    if newest.status != "done" or newest.model != compiled.manifest["model"]:
        why = f"is {newest.status}" if newest.status != "done" else "was loaded with other SQL"
        result.messages.append(
            f"batch {newest.id} {why}: its staged rows are not compared with the vault"
        )
        return []
    return [step for step in found if f"load:{step.entity}" in newest.steps]
