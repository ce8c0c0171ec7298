"""dv-gen doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, target_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("doctor")
@project_option
@target_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
@click.pass_context
def command(ctx: click.Context, project: Path, target: str | None, *, as_json: bool) -> None:
    """Check whether a target is fit to be loaded, and answers as dv-gen relies upon.

    Looks at the metadata, the rendered SQL, the connection, rights, the ledger, the clock and
    the landing place. Then asks the database questions whose answers are known: hashes, type
    checks, texts, moments, a bulk load. Holds nothing and leaves nothing behind. Exits with 1 when
    a check failed.

    \b
    Examples:
      dv-gen doctor
      dv-gen doctor --target vertica
      dv-gen doctor --json > doctor.json
    """
    from dv_gen.doctor.examine import examine

    report = examine(project, target)
    click.echo(report.as_json() if as_json else report.as_text(), nl=False)
    ctx.exit(report.exit_code)
