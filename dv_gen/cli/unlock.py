"""dv-gen unlock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, target_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("unlock")
@project_option
@target_option
@click.option(
    "--force",
    is_flag=True,
    help="Release it too where it cannot be seen from here whether the run lives: I have looked.",
)
def command(project: Path, target: str | None, *, force: bool) -> None:
    """Say who holds the warehouse and since when, and release the hold of a run that is dead.

    A run that lives is left alone, with --force as well: exit code 1. So is one on another machine
    without --force. What a dead run has not committed is undone by its database.

    \b
    Examples:
      dv-gen unlock
      dv-gen unlock --target postgres --force
    """
    from dv_gen.run.clock import new_run_id
    from dv_gen.run.unlocking import unlock

    click.echo(unlock(project, target, new_run_id(), force=force))
