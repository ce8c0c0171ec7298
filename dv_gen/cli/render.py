"""dv-gen render."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, target_option
from dv_gen.errors import EXIT_DIFFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.render.writing import Changes


@click.command("render")
@project_option
@target_option
@click.option("--check", is_flag=True, help="Write nothing; exit 3 when generated/ is stale.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would change.")
@click.pass_context
def command(
    ctx: click.Context, project: Path, target: str | None, *, check: bool, dry_run: bool
) -> None:
    """Render the SQL of every target (or of one) into generated/.

    \b
    Examples:
      dv-gen render
      dv-gen render --target vertica
      dv-gen render --check       # in CI: is generated/ what the metadata says?
    """
    from dv_gen.kinds.reading import load_model
    from dv_gen.render.generated import choose_target
    from dv_gen.render.writing import render

    model = load_model(project)
    targets = [choose_target(model.project, target)] if target else model.project.targets
    stale = False
    for chosen in targets:
        changes = render(project, model, chosen, write=not (check or dry_run))
        stale = stale or changes.any
        _tell(changes, verb="would be" if check or dry_run else "was")
    if check and stale:
        click.echo("generated/ is stale: run dv-gen render and review the difference", err=True)
        ctx.exit(EXIT_DIFFERENCE)


def _tell(changes: Changes, verb: str) -> None:
    from dv_gen.texttable import visible

    for words, paths in (
        ("added", changes.added),
        ("changed", changes.changed),
        ("removed", changes.removed),
    ):
        if len(paths) > 20:  # noqa: PLR2004 - a screenful
            several = verb.replace("was", "were")
            click.echo(f"generated/{changes.target}: {len(paths)} files {several} {words}")
            continue
        for path in paths:
            click.echo(f"generated/{changes.target}/{visible(path)} {verb} {words}")
    if not changes.any:
        click.echo(f"generated/{changes.target}: {changes.files} files, all current")
