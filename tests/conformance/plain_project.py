"""A project of an engine from metadata as text, with no reference model behind it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.conformance.conftest import MEMORY
from tests.conformance.metadata_text import project_text
from tests.conformance.projects import Project
from tests.conformance.warehouses import WAREHOUSES
from tests.projects import settings_of
from tests.reference.definitions import HashRule, Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def plain_project(
    engine: str,
    metadata: str,
    *,
    landing: str = "landing",
    files: Mapping[str, str] | None = None,
    rule: HashRule | None = None,
) -> Iterator[Project]:
    """Write metadata and other files, and render."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        folder = Path(root)
        warehouse = WAREHOUSES[engine](folder)
        (folder / "metadata").mkdir()
        (folder / landing).mkdir()
        empty = Model(sources=[], hubs=[], links=[], satellites=[], rule=rule or HashRule())
        target: dict[str, Any] = {**settings_of(warehouse.target), "landing": landing}
        text = project_text(empty, target, store="native")
        (folder / "metadata/project.yml").write_text(text, encoding="utf-8")
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        made = Project(folder, empty, warehouse)
        try:
            rewrite(made, metadata)
            yield made
        finally:
            made.close()


def rewrite(project: Project, metadata: str) -> None:
    """Write the metadata of a project anew, and render."""
    (project.folder / "metadata/model.yml").write_text(metadata, encoding="utf-8")
    read = load_model(project.folder)
    render(project.folder, read, choose_target(read.project, None))
