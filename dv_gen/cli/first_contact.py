"""What ``dv-gen run --explain`` and ``--create-only`` print."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.run.command import RunRequest
    from dv_gen.run.explaining import Explanation

_WIDTH = 100


def look_first(
    request: RunRequest, run_id: str, *, create_only: bool, plans_to: Path | None
) -> int:
    """Explain the plan, or make the empty tables; return the exit code."""
    from dv_gen.run.first_contact import create_project, explain_project, write_plans

    if create_only:
        made = create_project(request, run_id)
        for name in made:
            click.echo(f"made {name}")
        click.echo(f"{_count(len(made), 'table or view')} made, nothing loaded")
        return 0
    explanation = explain_project(request, run_id)
    _print(explanation)
    if plans_to is not None:
        files = write_plans(explanation, plans_to)
        click.echo(f"the plans are in {_count(files, 'file')} below {plans_to}")
    return explanation.exit_code


def _print(explanation: Explanation) -> None:
    from dv_gen.run.explaining import NEEDS, OK, REFUSED, UNASKED
    from dv_gen.texttable import aligned, visible, visible_lines

    for file, answers in groupby(explanation.answers, lambda item: item.step.file):
        found = list(answers)
        click.echo(file)
        rows = [
            [
                f"  {item.statement.location.line}",
                item.statement.name,
                item.answer,
                visible(item.said.splitlines()[0] if item.said else ""),
            ]
            for item in found
        ]
        click.echo(aligned([], rows, width=_WIDTH))
    if explanation.differences:
        click.echo("\nThe model has changed:")
    for difference in explanation.differences:
        click.echo(str(difference))
    if explanation.of(REFUSED):
        click.echo("\nThe database refuses:")
    for item in explanation.of(REFUSED):
        click.echo(f"{item.statement.location}: {item.statement.name}: {visible_lines(item.said)}")
    sorts = ", ".join(f"{count} {sort}" for sort, count in explanation.unasked.items())
    click.echo(
        f"\n{len(explanation.of(OK))} ok, {len(explanation.of(REFUSED))} refused, "
        f"{len(explanation.of(NEEDS))} need a table, "
        f"{len(explanation.of(UNASKED))} not explained{f' ({sorts})' if sorts else ''}"
    )
    if explanation.of(NEEDS):
        click.echo("  hint: dv-gen run --create-only makes the tables without loading a row")


def _count(number: int, what: str) -> str:
    plural = what.replace("table or view", "tables or views") if "view" in what else f"{what}s"
    return f"{number} {what if number == 1 else plural}"
