"""dv-gen retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import log_options, project_option, target_option, threads_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("retry")
@project_option
@target_option
@threads_option
@click.option("--render", "render_first", is_flag=True, help="Render before running.")
@log_options
@click.pass_context
def command(
    ctx: click.Context,
    project: Path,
    target: str | None,
    threads: int,
    *,
    render_first: bool,
    log_format: str,
    preview: int,
) -> None:
    """Take up the batch that is open: what failed, was skipped or was cut off, and nothing else.

    The steps that are done stay done; new files wait for the next run. Where no batch is open there
    is nothing to do. If the SQL was rendered anew since, all steps of the batch run again, which
    adds nothing twice.

    \b
    Examples:
      dv-gen retry
      dv-gen retry --render
    """
    from dv_gen.cli.running import execute
    from dv_gen.run.command import RunRequest
    from dv_gen.run.planning import RunOptions

    options = RunOptions(threads=threads, preview_rows=preview, retry=True)
    execute(ctx, RunRequest(project, target, options, render_first=render_first), log_format)
