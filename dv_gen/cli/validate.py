"""dv-gen validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("validate")
@project_option
def command(project: Path) -> None:
    """Check the metadata and list everything that is wrong, also what render would refuse.

    Notes are no mistakes: a query names a table without ref(), say. The exit code is 0 with them.

    \b
    Example:
      dv-gen validate --project my_vault
    """
    from dv_gen.kinds import sections
    from dv_gen.kinds.reading import load_model
    from dv_gen.render.checking import check_rendering, query_notes

    model = load_model(project)
    check_rendering(project, model)
    for note in query_notes(model):
        click.echo(f"note: {note}")
    found = {
        section: len(getattr(model, section, ())) + sum(len(model.of(kind.name)) for kind in kinds)
        for section, kinds in sections().items()
    }
    counts = ", ".join(
        f"{count} {section if count != 1 else section.removesuffix('s')}"
        for section, count in found.items()
        if count
    )
    click.echo(f"{model.project.name}: valid; {counts}")
