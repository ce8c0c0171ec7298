"""One fragment upper-cases what is hashed and what is compared, on every engine."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.plain_project import plain_project
from tests.conformance.warehouses import shown
from tests.reference.definitions import HashRule

if TYPE_CHECKING:
    from tests.conformance.projects import Project

CLASSIC = HashRule(rule="classic")
TEMPLATES = Path(__file__).parents[2] / "templates"
FIRST, SECOND = datetime.fromisoformat("2026-02-01"), datetime.fromisoformat("2026-02-02")
MODEL = """
sources:
  people:
    file: people*.csv
    columns: {name: varchar(20) not null, city: varchar(20)}
    keys: {h_person: name}
hubs: {h_person: {key: name}}
satellites: {s_person: {source: people, parent: h_person, columns: [city]}}
"""


def _deliver(project: Project, name: str, *rows: str) -> None:
    text = "".join(f"{row}\n" for row in ("name,city", *rows))
    (project.landing / name).write_text(text, encoding="utf-8")


def _hashes(project: Project) -> set[str]:
    rows = project.warehouse.session.query(f"SELECT hk_name FROM {project.table('h_person')}")
    return {str(shown(key)) for (key,) in rows}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_letters_beyond_ascii_are_no_collision_under_the_classic_rule(engine: str) -> None:
    with plain_project(engine, MODEL, rule=CLASSIC) as project:
        _deliver(project, "people1.csv", "müller,ulm", "straße,kiel", "жук,орск")
        first = project.run(FIRST, defer_checks=False)
        _deliver(project, "people2.csv", "MÜLLER,Ulm", "STRAẞE,KIEL", "ЖУК,орск".upper())
        second = project.run(SECOND, defer_checks=False)

        assert (first.exit_code, second.exit_code) == (0, 0), first.log + second.log
        assert _hashes(project) == {_md5("MÜLLER"), _md5("STRAẞE"), _md5("ЖУК")}
        # Another case is no change either.
        assert len(project.rows("s_person")) == 3


def test_an_override_of_the_fragment_holds_for_hashes_and_for_checks(engine: str) -> None:
    path = "templates/hash/classic.sql.j2"
    text = (TEMPLATES / "hash/classic.sql.j2").read_text(encoding="utf-8")
    own = text.replace(
        "{%- macro upper_all(expression) -%}{{ sql.upper(expression) }}",
        "{%- macro upper_all(expression) -%}{{ expression }}",
    )
    assert own != text
    with plain_project(engine, MODEL, files={path: own}, rule=CLASSIC) as project:
        _deliver(project, "people1.csv", "müller,ulm")
        first = project.run(FIRST, defer_checks=False)
        _deliver(project, "people2.csv", "MÜLLER,Ulm")
        second = project.run(SECOND, defer_checks=False)

        assert (first.exit_code, second.exit_code) == (0, 0), first.log + second.log
        assert _hashes(project) == {_md5("müller"), _md5("MÜLLER")}
