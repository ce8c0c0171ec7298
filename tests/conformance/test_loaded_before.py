"""A vault that was loaded before its metadata changed: L14, H6; and the stage between batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from tests.conformance.club import CLUB, load, rows, shown
from tests.conformance.comparing import tables
from tests.conformance.projects import make_project
from tests.conformance.warehouses import WAREHOUSES
from tests.reference.hashing import HashRule
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conformance.warehouses import Warehouse

PERSON = "no name town"
LESS = replace(
    CLUB,
    satellites=[
        replace(each, columns=[("name", "name")]) if each.name == "s_last" else each
        for each in CLUB.satellites
    ],
)


@pytest.fixture
def warehouse(engine: str, tmp_path: Path) -> Iterator[Warehouse]:
    made = WAREHOUSES[engine](tmp_path)
    yield made
    made.close()


def test_a_new_column_of_a_satellite_makes_no_versions_of_unchanged_rows(
    engine: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    """L14: the column is NULL in what is stored; only a row that says more is news."""
    before = make_project(tmp_path / "before", LESS, warehouse)
    load(before, 1, people=rows(PERSON, ("x", "A", "Ufa"), ("y", "B", None), ("z", None, None)))
    table = before.table("s_last")
    warehouse.session.execute(f'ALTER TABLE {table} ADD COLUMN "town" VARCHAR(120)')
    # PostgreSQL does not replace a view by one with another order of columns: docs/postgres.md.
    for view in ("s_last_current", "s_last_history") if engine == "postgres" else ():
        warehouse.session.execute(f"DROP VIEW {before.table(view)}")

    after = make_project(tmp_path / "after", CLUB, warehouse)
    load(after, 2, people=rows(PERSON, ("x", "A", "Ufa"), ("y", "B", None), ("z", None, None)))

    assert shown(after, "s_last", "hk load_dt name town") == [
        ("x", 1, "A", None),
        ("x", 2, "A", "Ufa"),
        ("y", 1, "B", None),
        ("z", 1, None, None),
    ]


def test_another_hash_rule_is_refused_before_anything_is_loaded(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """H6: by any part of the rule; the vault's own rule goes on."""
    first = make_project(tmp_path / "first", CLUB, warehouse)
    load(first, 1, people=rows(PERSON, ("x", "A", None)))
    before = tables(first)
    others = (HashRule(case="preserve"), HashRule(rule="classic"), HashRule(algorithm="sha256"))
    for number, rule in enumerate(others):
        other = make_project(tmp_path / f"other{number}", replace(CLUB, rule=rule), warehouse)
        other.deliver({"people/2.csv": "no,boss,name,town,at\nx,,B,,\n"})
        with pytest.raises(UsageError, match="hash rule"):
            other.run(day(2))
    assert tables(first) == before
    load(first, 2, people=rows(PERSON, ("x", "B", None)))
    assert shown(first, "s_last", "hk load_dt name") == [("x", 1, "A"), ("x", 2, "B")]


def test_a_vault_of_another_version_of_the_rule_is_refused_and_told_the_way_on(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """H6: nothing in the metadata can give the hashes of before; a new vault takes the files."""
    first = make_project(tmp_path / "first", CLUB, warehouse)
    load(first, 1, people=rows(PERSON, ("x", "A", None)))
    known = tables(first)
    session, batch = warehouse.session, first.ledger_table("batch")
    session.begin()
    session.execute(
        f"UPDATE {batch} SET \"hash_rule\" = REPLACE(\"hash_rule\", 'dv_gen-2', 'dv_gen-1')"
    )
    session.commit()
    first.deliver({"people/2.csv": "no,boss,name,town,at\nx,,B,,\n"})

    with pytest.raises(
        UsageError, match=r"hash rule dv_gen-1/.*, the project says dv_gen-2/"
    ) as no:
        first.run(day(2))

    assert "load the files anew into an empty warehouse" in no.value.hint
    assert tables(first) == known


def test_a_stage_holds_the_rows_of_its_batch_alone(warehouse: Warehouse, tmp_path: Path) -> None:
    """S1, S6: with load date, source and place; what is not delivered is loaded from nowhere."""
    project = make_project(tmp_path / "p", CLUB, warehouse)
    load(project, 1, people=rows(PERSON, ("x", "A", None), ("y", "A", None)))
    project.deliver({"people/2.csv": "no,boss,name,town,at\nz,,B,,7\n"})
    assert project.run(day(2)).exit_code == 0
    (row,) = project.rows("people")
    assert [row[name] for name in ("no", "boss", "name", "town", "at")] == ["z", None, "B", None, 7]
    assert (row["load_dt"], row["load_src"], row["row_no"]) == (day(2), "people/2.csv", 1)

    ran = load(project, 3, register=rows("member", ("x",), ("u",)))

    assert ran.inserted == {"h_person": 1}
