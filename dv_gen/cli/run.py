"""dv-gen run."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, selection_options, target_option

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.run.log import LogFormat


def _load_date(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        message = f"'{value}' is not a moment like 2026-11-23T06:00:00"
        raise click.BadParameter(message) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@click.command("run")
@project_option
@target_option
@selection_options
@click.option(
    "--load-date",
    metavar="MOMENT",
    callback=_load_date,
    help="The batch's load date, ISO 8601, UTC unless it says otherwise.  [default: now]",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=min(4, os.cpu_count() or 1),
    show_default=True,
    help="Steps that run at once.",
)
@click.option("--render", "render_first", is_flag=True, help="Render before running.")
@click.option("--reload", is_flag=True, help="Load files again that have been loaded already.")
@click.option("--allow-late", is_flag=True, help="Accept a load date before the newest loaded one.")
@click.option(
    "--by",
    metavar="load_dt[:day|:month]",
    default="",
    help="Load a long history in order, the rows of one load date, day or month at a time.",
)
@click.option("--defer-checks", is_flag=True, help="Leave the checks of the batch to dv-gen test.")
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run; connect to nothing.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the log on standard error is written.",
)
@click.option(
    "--preview",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Rows of each file that go to the log.",
)
@click.pass_context
def command(
    ctx: click.Context,
    project: Path,
    target: str | None,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    load_date: datetime | None,
    threads: int,
    *,
    render_first: bool,
    reload: bool,
    allow_late: bool,
    defer_checks: bool,
    by: str,
    dry_run: bool,
    log_format: str,
    preview: int,
) -> None:
    """Load the files that are new: stage, hubs, links, satellites, marts; then check them.

    Executes the SQL in generated/<target>/, rendering it only when there is none. A run that
    was cut off is taken up where it stopped. Exits with 3 when a check has found a difference.

    \b
    Examples:
      dv-gen run
      DV_GEN_LANDING=s3://bucket/social dv-gen run
      dv-gen run --select source:users --load-date 2026-11-23T06:00
      dv-gen run --dry-run
    """
    from dv_gen.cli.progress import make_observer
    from dv_gen.run.clock import new_run_id
    from dv_gen.run.command import RunRequest, dry_run_text, run_project
    from dv_gen.run.log import RunLog
    from dv_gen.run.planning import RunOptions
    from dv_gen.run.results import closing_table

    options = RunOptions(
        select=select,
        exclude=exclude,
        load_date=load_date,
        threads=threads,
        reload=reload,
        allow_late=allow_late,
        preview_rows=preview,
        defer_checks=defer_checks,
        by=by,
    )
    request = RunRequest(project, target, options, render_first=render_first)
    if dry_run:
        click.echo(dry_run_text(request), nl=False)
        return
    form: LogFormat = "json" if log_format == "json" else "text"
    log = RunLog(sys.stderr, new_run_id(), form)
    with make_observer(log, interactive=sys.stderr.isatty() and form == "text") as observer:
        result = run_project(request, log, observer)
    for batch in result.batches:
        click.echo(f"batch {batch.batch.id}, load date {batch.batch.load_dt} UTC: {batch.status}")
        click.echo(closing_table(batch))
        for finding in batch.findings:
            click.echo(str(finding))
    for message in result.messages:
        click.echo(message)
    ctx.exit(result.exit_code)
