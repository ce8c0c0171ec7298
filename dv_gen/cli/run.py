"""dv-gen run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from dv_gen.cli.options import (
    log_options,
    project_option,
    selection_options,
    target_option,
    threads_option,
)


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
@threads_option
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
    "--explain", is_flag=True, help="Ask the database for the plan of every statement; run none."
)
@click.option(
    "--explain-to",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="The same, and write the whole plans into text files there.",
)
@click.option(
    "--create-only", is_flag=True, help="Make schemas, empty tables and views; load nothing."
)
@log_options
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
    explain: bool,
    explain_to: Path | None,
    create_only: bool,
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
      dv-gen run --create-only && dv-gen run --explain
    """
    from dv_gen.cli.first_contact import look_first
    from dv_gen.cli.running import execute
    from dv_gen.run.clock import new_run_id
    from dv_gen.run.command import RunRequest, dry_run_text
    from dv_gen.run.planning import RunOptions

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
    if sum((dry_run, explain or explain_to is not None, create_only)) > 1:
        raise click.UsageError("--dry-run, --explain and --create-only each go alone")
    if dry_run:
        click.echo(dry_run_text(request), nl=False)
        return
    if explain or explain_to or create_only:
        ctx.exit(look_first(request, new_run_id(), create_only=create_only, plans_to=explain_to))
    execute(ctx, request, log_format)
