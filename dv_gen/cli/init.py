"""dv-gen init."""

from __future__ import annotations

import click


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False))
def command(folder: str) -> None:
    """Start a project that runs at once: one source, one hub, one satellite, five rows.

    \b
    Example:
      dv-gen init my_vault && cd my_vault && dv-gen run && dv-gen show s_customer_current
    """
    from pathlib import Path

    from dv_gen.starter import write_starter

    for path in write_starter(Path(folder)):
        click.echo(f"{folder}/{path}")
    click.echo(f"next: cd {folder} && dv-gen run && dv-gen show s_customer_current")
