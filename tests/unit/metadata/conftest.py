from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.kinds.reading import load_model
from tests.projects import DUCKDB, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dv_gen.model.entities import Model


@pytest.fixture
def model_of(tmp_path: Path) -> Callable[..., Model]:
    """Return the model of one metadata file, or of several by name."""

    def read(text: str = "", *, project: str = DUCKDB, **files: str) -> Model:
        named = {f"metadata/{name}.yml": content for name, content in files.items()}
        write_project(tmp_path, {"metadata/model.yml": text, **named}, project=project)
        return load_model(tmp_path)

    return read
