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
    r"""Check the metadata and list everything that is wrong.

    \b
    Example:
      dv-gen validate --project my_vault
    """
    from dv_gen.kinds.reading import load_model

    model = load_model(project)
    counts = ", ".join(
        f"{len(found)} {name}"
        for name, found in (
            ("sources", model.sources),
            ("hubs", model.hubs),
            ("links", model.links),
            ("satellites", model.satellites),
            ("marts", model.marts),
        )
    )
    click.echo(f"{model.project.name}: valid; {counts}")
