"""The same files give the same vault on every engine, hash key by hash key: DuckDB beside each.

All other tests compare one engine with the reference model. On DuckDB this one says that a replay
gives the same rows again.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.club import rows
from tests.conformance.comparing import tables
from tests.conformance.deliveries import as_delivery
from tests.conformance.projects import make_project
from tests.conformance.test_checks import EVERYTHING, FIRST, SECOND
from tests.conformance.warehouses import WAREHOUSES
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

# What engines might see in their own way: blanks, case, texts of any script, ties, missing keys.
AWKWARD = {
    "people": rows(
        "who name at",
        (" X", "Ånn\u00a0", 1),
        ("ж", "\\N|", None),
        ("Ж ", "", -1),
        ("x", "Ann", 2),
        (None, "nobody", 1),
        ("  ", "blank", 1),
        ("ß", "👩‍👩‍👧", 1),
    ),
    "orders": rows(
        "no who paid note", (1, "x", None, "a,b"), (2, None, True, 'a "b"'), (None, "y", True, "c")
    ),
    "deals": rows("no who since until", (1, "x", day(0).date(), day(7).date())),
    "phones": rows("who kind number", ("X", None, "1"), ("x", "home", None), ("x", "home", "2")),
    "codes": rows("code meaning", (" a", "alef"), ("a", "ALEF"), ("a", None), (None, "nothing")),
}
# The awkward rows come on time, and the second delivery then comes late.
DELIVERIES = ((2, FIRST), (6, AWKWARD), (4, SECOND))
Seen = dict[str, list[str]]


def seen(project: Project) -> Seen:
    """Every row of every table and view, and of the rejects, after three deliveries."""
    found: Seen = {}
    for number, delivery in DELIVERIES:
        files = {f"{name}/{number}.csv": given for name, given in delivery.items()}
        project.deliver(as_delivery(project.model, day(number), files).files)
        ran = project.run(day(number), allow_late=True)
        assert ran.exit_code == 0, ran.log
        found[f"rejects of {number}"] = list(map(repr, project.rejects(ran.batch)))
        stages = {source.name: project.rows(source.name) for source in project.model.sources}
        found |= {f"{name} of {number}": _sorted(stage) for name, stage in stages.items()}
    every = tables(project)
    manifest = project.compiled.manifest["tables"]
    every |= {name: project.rows(name) for name, facts in manifest.items() if facts["is_view"]}
    return found | {name: _sorted(given) for name, given in every.items()}


def _sorted(given: list[dict]) -> list[str]:
    return sorted(map(repr, given))


@cache
def on_duckdb() -> Seen:
    """The same project in a DuckDB of its own."""
    with tempfile.TemporaryDirectory() as root:
        project = make_project(Path(root), EVERYTHING, WAREHOUSES["duckdb"](Path(root)))
        try:
            return seen(project)
        finally:
            project.close()


def test_the_vault_is_that_of_duckdb_key_by_key(make: Callable[..., Project]) -> None:
    """Every kind of entity: stages with their hashes, rows, views and rejects."""
    expected = on_duckdb()
    nothing = {name for name, given in expected.items() if not given}
    assert nothing == {"rejects of 2", "rejects of 4"}
    assert seen(make(EVERYTHING)) == expected
