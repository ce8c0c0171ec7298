"""dv-gen schema."""

from __future__ import annotations

import click


@click.command("schema")
@click.option("--project-file", is_flag=True, help="The schema of project.yml instead.")
def command(*, project_file: bool) -> None:
    """Print the JSON Schema of the metadata, for editors.

    \b
    Example: complete and check metadata while typing
      dv-gen schema > dv-gen.schema.json
      # first line of a metadata file:
      # yaml-language-server: $schema=../dv-gen.schema.json
    """
    import json

    from dv_gen.kinds import metadata_schema
    from dv_gen.metadata.project_file import project_schema

    schema = project_schema() if project_file else metadata_schema()
    click.echo(json.dumps(schema, indent=2))
