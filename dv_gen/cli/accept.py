"""dv-gen accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, target_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("accept")
@click.argument("check", metavar="FINDING", default="")
@project_option
@target_option
@click.option("--reason", metavar="TEXT", default="", help="Why it may stay as it is.")
def command(check: str, project: Path, target: str | None, *, reason: str) -> None:
    """Take on what a check has found, so that runs no longer exit with 3 for it.

    FINDING is entity:check; without it the command lists what is open. The ledger keeps the
    reason. What was taken on is open again as soon as the check finds another number of rows, or
    other ones.

    \b
    Examples:
      dv-gen accept
      dv-gen accept s_users:reconciliation --reason "two rows of the old export, see ticket 17"
    """
    from dv_gen.run.accepting import accept
    from dv_gen.run.clock import new_run_id

    click.echo(accept(project, target, new_run_id(), check, reason))
