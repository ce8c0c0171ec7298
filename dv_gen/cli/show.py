"""dv-gen show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, target_option

if TYPE_CHECKING:
    from pathlib import Path

_SCREENFUL = 100


@click.command("show")
@click.argument("table")
@project_option
@target_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How the rows are written.",
)
@click.option("--limit", "-n", type=click.IntRange(min=0), help="Rows at most; 0 for all.")
def command(project: Path, target: str | None, table: str, form: str, limit: int | None) -> None:
    """Show a mart, a table, a view, or the rejects.

    \b
    Examples:
      dv-gen show group_conversion --format csv
      dv-gen show s_user_socdem_current --limit 20
      dv-gen show rejects
    """
    from dv_gen.metadata.project_file import load_project
    from dv_gen.render.generated import choose_target, generated_folder
    from dv_gen.run.plan import read_compiled
    from dv_gen.run.showing import show
    from dv_gen.texttable import aligned

    chosen = choose_target(load_project(project), target)
    compiled = read_compiled(project, generated_folder(project, chosen))
    wanted = limit if limit is not None else (_SCREENFUL if form == "table" else 0)
    rows = show(project, chosen, compiled, table, limit=wanted)
    if form == "csv":
        click.echo(rows.as_csv(), nl=False)
    elif form == "json":
        click.echo(rows.as_json(), nl=False)
    else:
        click.echo(aligned(rows.columns, rows.texts()))
        more = f", the first {wanted}" if wanted and len(rows.rows) == wanted else ""
        count = len(rows.rows)
        click.echo(f"({count} row{'' if count == 1 else 's'}{more})", err=True)
