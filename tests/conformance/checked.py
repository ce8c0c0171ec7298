"""What the checks (R8) say of a warehouse that the reference model has found to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.run.checking import ask

if TYPE_CHECKING:
    from tests.conformance.projects import Project

# One in so many of the vaults that a test compares is checked as well: it costs as much again.
ONE_IN = 2


def found(project: Project, *, probing: bool = False) -> set[tuple[str, str]]:
    """Entity and name of every check that finds something, of the batch and of the vault."""
    session = project.warehouse.session
    steps = [step for step in project.compiled.steps if step.phase in ("check", "test")]
    return {
        (finding.entity, finding.check)
        for step in steps
        for finding in ask(session, step, probing=probing)
    }


def differing(project: Project) -> set[tuple[str, str]]:
    """What the checks find in a vault that is right: nothing.

    A stage that was filled by hand has load dates of its own, of which the ledger knows nothing: it
    does not tell which of its rows came late. And under the classic rule two keys may be one text.
    """
    run = project.ledger_table("step_result")
    newest = project.ledger_table("newest_batch")
    by_hand = not project.warehouse.session.query(
        f'SELECT 1 FROM {run} WHERE "batch_id" IN (SELECT "batch_id" FROM {newest})'
    )
    excused = {"no_repeats"} if by_hand else set()
    if project.model.rule.rule == "classic":
        excused |= {"hash_collisions", "reconciliation"}
    return {each for each in found(project) if each[1] not in excused}
