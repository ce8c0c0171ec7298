from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.project import Project, copy_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copy_project(tmp_path)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample, loaded once; tests only read from it."""
    project = copy_project(tmp_path_factory.mktemp("loaded"))
    project.environment["DV_GEN_TEST_LOG"] = project.command("run").stderr
    return project
