"""The engine of every conformance test, and projects that are rendered once for many examples.

`DV_GEN_HYPOTHESIS=long` runs twenty times the examples, `quick` an eighth of them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.conformance.projects import make_project
from tests.conformance.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.projects import Project
    from tests.reference.definitions import Model

MEMORY = Path("/dev/shm")
# A project is shared by the examples of a test; each begins with empty tables.
_SUPPRESSED = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
)
settings.register_profile(
    "ci",
    # Of a case. The engines' shares and the cases' make 200 and more of a kind: every model that
    # has it counts, for all of its tables are compared.
    max_examples=48,
    deadline=None,
    # CI judges a change, so it draws the same examples every time; everybody else draws new ones.
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=_SUPPRESSED,
)
settings.register_profile(
    "quick", settings.get_profile("ci"), max_examples=6, phases=(Phase.explicit, Phase.generate)
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=1000, derandomize=False)
PROFILE = os.environ.get("DV_GEN_HYPOTHESIS", "ci")
for name, warehouse in WAREHOUSES.items():
    most = round(settings.get_profile(PROFILE).max_examples * warehouse.share)
    settings.register_profile(
        f"{PROFILE} {name}", settings.get_profile(PROFILE), max_examples=max(1, most)
    )
settings.load_profile(PROFILE)


@pytest.fixture(params=sorted(WAREHOUSES), scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine's name; every test of the suite runs on each of them."""
    settings.load_profile(f"{PROFILE} {request.param}")
    yield request.param
    settings.load_profile(PROFILE)


@pytest.fixture(scope="module")
def make(engine: str) -> Iterator[Callable[..., Project]]:
    """Make a project from a reference model; its database goes with the module."""
    made: list[Project] = []
    # Thousands of small batches: what they wait for on a disk is not what is tested.
    root = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)

    def one(model: Model, *, store: str = "native") -> Project:
        folder = Path(tempfile.mkdtemp(dir=root.name))
        project = make_project(folder, model, WAREHOUSES[engine](folder), store=store)
        made.append(project)
        return project

    yield one
    for project in made:
        project.close()
    root.cleanup()
