"""What the checks (R8) say of a warehouse that the reference model has found to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.run.checking import ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.run.plan import PlannedStep
    from tests.conformance.projects import Project

# One in so many of the vaults that a test compares is checked as well: it costs as much again.
ONE_IN = 12


def steps_of(project: Project) -> list[PlannedStep]:
    """The checks of the batch and of the vault."""
    return [step for step in project.compiled.steps if step.phase in ("check", "test")]


def found(
    project: Project, steps: Iterable[PlannedStep], *, probing: bool = False
) -> set[tuple[str, str]]:
    """Entity and name of every check that finds something."""
    session = project.warehouse.session
    return {
        (finding.entity, finding.check)
        for step in steps
        for finding in ask(session, step, probing=probing)
    }


def differing(project: Project) -> set[tuple[str, str]]:
    """What the checks find in a vault that is right: nothing.

    The staged rows are those of the newest batch where it has loaded the entity. A stage that was
    filled by hand has load dates of its own, of which the ledger knows nothing: it does not tell
    which of its rows came late. And under the classic rule two keys may be one text.
    """
    run = project.ledger_table("step_result")
    newest = project.ledger_table("newest_batch")
    rows = project.warehouse.session.query(
        f'SELECT DISTINCT "step" FROM {run} WHERE "batch_id" IN (SELECT "batch_id" FROM {newest})'
    )
    done = {name for (name,) in rows}
    steps = [
        step
        for step in steps_of(project)
        if step.phase == "test" or not done or f"load:{step.entity}" in done
    ]
    excused = set() if done else {"no_repeats"}
    if project.model.rule.rule == "classic":
        excused |= {"hash_collisions", "reconciliation"}
    return {each for each in found(project, steps) if each[1] not in excused}
