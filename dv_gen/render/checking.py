"""What rendering would refuse, found without rendering all of it; and what is worth a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.errors import MetadataError
from dv_gen.kinds import all_tables
from dv_gen.kinds.query_file import READABLE, unreferenced
from dv_gen.render.rendering import check_queries, render_target

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.errors import Problem
    from dv_gen.kinds.query_file import Asking
    from dv_gen.model.entities import Model


def check_rendering(folder: Path, model: Model) -> None:
    """Refuse what ``dv-gen render`` refuses, for every target.

    Only queries, and a project's own templates, hold text of which the model does not know that it
    can be rendered: where there are no such templates the other files are not rendered.

    Raises:
        MetadataError: with the problems of all targets.
    """
    own = (folder / "templates").is_dir()
    problems: list[Problem] = []
    for target in model.project.targets:
        try:
            if own:
                render_target(folder, model, target)
            else:
                check_queries(folder, model, target)
        except MetadataError as error:
            problems += error.problems
    if problems:
        raise MetadataError(problems)


def query_notes(model: Model) -> list[Problem]:
    """Return what is no mistake for sure: tables that queries name without ``ref()``."""
    schemas = model.project.schemas
    tables = {
        (str(getattr(schemas, table.schema)).casefold(), table.name.casefold()): table.name
        for table in all_tables(model)
    }
    queries: list[Asking] = [*model.marts.values()]
    queries += [source.query for source in model.sources.values() if source.query]
    stages = {table.name for table in all_tables(model) if table.schema == "stage"}
    return [found for query in queries for found in unreferenced(query, tables, stages, READABLE)]
