"""dv-gen ls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dv_gen.cli.options import project_option, selection_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("ls")
@project_option
@selection_options
def command(project: Path, select: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    """List entities: kind, name, where each is written, and what it is made from.

    \b
    Examples:
      dv-gen ls
      dv-gen ls --select kind:link
      dv-gen ls --select +group_conversion   # everything the mart is made from
    """
    from dv_gen.kinds.listing import list_entities

    rows = list_entities(project, select, exclude)
    widths = [max(len(row[at]) for row in rows) for at in (0, 1, 3)] if rows else []
    for kind, name, parents, place in rows:
        cells = (kind.ljust(widths[0]), name.ljust(widths[1]), place.ljust(widths[2]), parents)
        click.echo("  ".join(cells).rstrip())
