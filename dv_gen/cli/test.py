"""dv-gen test."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, selection_options, target_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("test")
@project_option
@target_option
@selection_options
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=min(4, os.cpu_count() or 1),
    show_default=True,
    help="Checks that run at once.",
)
@click.pass_context
def command(
    ctx: click.Context,
    project: Path,
    target: str | None,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    threads: int,
) -> None:
    """Check the whole vault, and that the newest batch can be read back from it.

    Asks the queries of generated/<target>/checks/ and changes no table of the vault. Each returns
    the rows that should not be; if one returns any, they are shown and the exit code is 3. The
    ledger keeps that until the check passes, or dv-gen accept takes it on.

    \b
    Examples:
      dv-gen test
      dv-gen test --select h_users --select kind:satellite
      dv-gen test --target vertica --threads 8
    """
    from dv_gen.run.clock import new_run_id
    from dv_gen.run.log import RunLog
    from dv_gen.run.testing import TestRequest, run_tests
    from dv_gen.texttable import visible_lines

    request = TestRequest(project, target, select, exclude, threads)
    result = run_tests(request, RunLog(sys.stderr, new_run_id(), "text"))
    for message in result.messages:
        click.echo(visible_lines(message))
    for finding in result.findings:
        click.echo(str(finding))
    for finding in result.accepted:
        click.echo(f"accepted: {finding}")
    for item in result.still_open:
        click.echo(f"not asked, and open since: {item}")
    for error in result.errors:
        click.echo(visible_lines(error))
    if result.unrecorded:
        click.echo(result.unrecorded)
    click.echo(result.summary)
    ctx.exit(result.exit_code)
