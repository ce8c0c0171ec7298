"""An engine that upper-cases letters otherwise after an upgrade is told before a load."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import EngineError
from dv_gen.run.ledger import Ledger
from tests.conformance.plain_project import plain_project, rewrite
from tests.conformance.projects import Project
from tests.reference.definitions import HashRule

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, SECOND, THIRD = (datetime.fromisoformat(f"2026-02-0{day}") for day in (1, 2, 3))
MODEL = """
sources:
  people:
    file: people*.csv
    columns: {name: varchar(20) not null, town: varchar(20) not null, city: varchar(20)}
    keys: {h_person: name}
hubs: {h_person: {key: name}}
links: {l_town: {source: people, hubs: [h_person], child_keys: town}}
satellites: {s_person: {source: people, parent: h_person, columns: [city]}}
"""
BEFORE = "the engine of before"


@pytest.fixture
def project(engine: str) -> Iterator[Project]:
    with plain_project(engine, MODEL) as made:
        yield made


def _deliver(project: Project, name: str, row: str) -> None:
    (project.landing / name).write_text(f"name,town,city\n{row}\n", encoding="utf-8")


def _rows(project: Project) -> list[tuple[str, str, str]]:
    """The ledger's rows about capitals, the newest last."""
    return project.warehouse.session.query(
        f"SELECT engine_version, fingerprint, letters FROM {project.ledger_table('casing')} "
        "ORDER BY recorded_at"
    )


def _upgrade(project: Project, *, without: str = "") -> None:
    """Let the ledger say that another engine was here, which had no capitals of some letters."""
    pairs = _rows(project)[-1][2].split(" ")
    letters = " ".join(pair for pair in pairs if pair[0] not in without)
    assert len(pairs) - len(letters.split(" ")) == len(without)
    meta = project.compiled.manifest["schemas"]["meta"]
    Ledger(meta).record_casing(project.warehouse.session, BEFORE, "of before", letters)


def _loaded(project: Project, table: str = "h_person", column: str = "name") -> list[str]:
    return sorted(str(row[column]) for row in project.rows(table))


def test_capitals_are_recorded_once_for_a_version(project: Project) -> None:
    _deliver(project, "people1.csv", "müller,ulm,a")
    first = project.run(FIRST)
    _deliver(project, "people2.csv", "łukasz,ulm,a")
    second = project.run(SECOND)

    assert (first.exit_code, second.exit_code) == (0, 0)
    [(version, fingerprint, letters)] = _rows(project)
    assert version
    assert len(fingerprint) == 64
    assert {"aA", "üÜ", "łŁ", "ßẞ", "жЖ", "\U00010428\U00010400"} <= set(letters.split(" "))


def test_another_version_with_the_same_capitals_goes_on(project: Project) -> None:
    _deliver(project, "people1.csv", "łukasz,ulm,a")
    project.run(FIRST)
    _upgrade(project)
    _deliver(project, "people2.csv", "müller,ulm,a")

    ran = project.run(SECOND)

    assert ran.exit_code == 0, ran.log
    assert "upper-cases" not in ran.log
    assert [row[0] == BEFORE for row in _rows(project)] == [False, True, False]
    assert _loaded(project) == ["müller", "łukasz"]


def test_other_capitals_of_letters_that_no_key_has_go_on(project: Project) -> None:
    # The payload is hashed as it is.
    _deliver(project, "people1.csv", "müller,ulm,łódź")
    project.run(FIRST)
    _upgrade(project, without="łþ")
    _deliver(project, "people2.csv", "łukasz,ulm,a")

    ran = project.run(SECOND)
    again = project.run(THIRD)

    assert (ran.exit_code, again.exit_code) == (0, 0), ran.log
    assert "upper-cases 2 letters (U+00FE, U+0142) otherwise" in ran.log
    assert "upper-cases" not in again.log
    assert _loaded(project) == ["müller", "łukasz"]


@pytest.mark.parametrize(
    ("row", "table"), [("łukasz,ulm,a", "vault.h_person"), ("anna,łódź,a", "vault.l_town")]
)
def test_other_capitals_of_letters_that_keys_have_are_refused(
    row: str, table: str, project: Project
) -> None:
    _deliver(project, "people1.csv", row)
    project.run(FIRST)
    _upgrade(project, without="ł")
    _deliver(project, "people2.csv", "ŁUKASZ,ŁÓDŹ,a")

    ran = [_refused(project, SECOND) for _ in range(2)]

    for error in ran:
        assert "upper-cases 1 letter (U+0142) otherwise" in error
        assert f"stored in {table} (1 rows)" in error
    # No batch was opened, and what was recorded stays.
    assert project.warehouse.session.query(
        f"SELECT COUNT(*) FROM {project.ledger_table('batch')}"
    ) == [(1,)]
    assert _rows(project)[-1][0] == BEFORE


def test_the_way_on_that_is_told_leads_to_a_right_vault(project: Project) -> None:
    """Other schemas: the files are loaded anew, and every key has one hash."""
    _deliver(project, "people1.csv", "łukasz,ulm,a")
    project.run(FIRST)
    _upgrade(project, without="ł")
    _deliver(project, "people2.csv", "ŁUKASZ,ulm,b")
    assert "other `schemas` in project.yml" in _refused(project, SECOND)
    path = project.folder / "metadata/project.yml"
    schemas = "schemas: {stage: stage_b, vault: vault_b, mart: mart_b, meta: meta_b}\n"
    path.write_text(path.read_text(encoding="utf-8") + schemas, encoding="utf-8")
    rewrite(project, MODEL)
    other = Project(project.folder, project.model, project.warehouse)

    ran = other.run(SECOND, defer_checks=False)

    assert ran.exit_code == 0, ran.log
    assert len(_loaded(other)) == 1


def test_under_the_classic_rule_payload_is_upper_cased_too(engine: str) -> None:
    with plain_project(engine, MODEL, rule=HashRule(rule="classic")) as project:
        _deliver(project, "people1.csv", "anna,ulm,łódź")
        project.run(FIRST)
        _upgrade(project, without="ł")
        _deliver(project, "people2.csv", "otto,ulm,a")

        assert "stored in vault.s_person (1 rows)" in _refused(project, SECOND)


def test_keys_that_are_not_upper_cased_need_no_capitals(engine: str) -> None:
    with plain_project(engine, MODEL, rule=HashRule(case="preserve")) as project:
        _deliver(project, "people1.csv", "łukasz,ulm,a")

        assert project.run(FIRST).exit_code == 0
        assert _rows(project) == []


def _refused(project: Project, day: datetime) -> str:
    with pytest.raises(EngineError) as caught:
        project.run(day)
    assert caught.value.exit_code == 1
    return str(caught.value)
