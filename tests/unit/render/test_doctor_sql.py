"""The doctor's questions in every dialect; for Vertica, as a reviewer would look at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot

from dv_gen import dialects
from dv_gen.doctor.questions import MOMENTS, ORDER, TEXT
from dv_gen.doctor.values import hash_probes, type_checks
from dv_gen.errors import Location
from dv_gen.model.project import HashRule, Project, Target
from dv_gen.render.templates import make_environment
from tests.vertica_rules import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = Path(__file__).resolve().parents[3] / "templates/doctor"
PLAIN = {
    "version": {},
    "who": {},
    "clock": {},
    "create_schema": {"schema": "vault"},
    "drop_schema": {"schema": "vault"},
    "create_table": {"schema": "vault", "table": "scratch"},
    "drop_table": {"schema": "vault", "table": "scratch"},
    "create_temporary": {"table": "scratch"},
    "fill_temporary": {"table": "scratch"},
    "count_temporary": {"table": "scratch"},
    "drop_temporary": {"table": "scratch"},
    "constant_digest": {"digit": "0"},
    "read_back": {"raw": "raw_scratch", "columns": ()},
    "set_time_zone": {},
    "reset_time_zone": {},
}


def questions(dialect: str) -> Iterator[tuple[str, str]]:
    """Every statement of the doctor, by the name of its question."""
    project = Project("doctor", Location("metadata/project.yml"), targets=(), default_target="")
    target = Target(dialect, dialect, {}, Location("metadata/project.yml"))
    environment = make_environment(TEMPLATES, project, target)
    rule = HashRule()
    probes = [*TEXT, *ORDER, *MOMENTS, *type_checks()]
    probes += [*hash_probes(rule, "key"), *hash_probes(rule, "hashdiff")]
    asked = [(probe.name, probe.template, probe.context) for probe in probes]
    asked += [(name, name, context) for name, context in PLAIN.items()]
    for name, template, context in asked:
        yield name, environment.get_template(f"doctor/{template}.sql.j2").render(context).strip()


def test_every_template_is_a_question_here() -> None:
    used = {probe.template for probe in (*TEXT, *ORDER, *MOMENTS)} | {"hash", "type_check"}

    names = {path.name.partition(".")[0] for path in TEMPLATES.glob("*.sql.j2")}
    assert {name for name in names if not name.startswith("_")} == used | set(PLAIN)


@pytest.mark.parametrize("dialect", dialects.names())
def test_every_question_is_one_statement(dialect: str) -> None:
    for name, sql in questions(dialect):
        assert sql, name
        assert ";" not in sql, name


def test_the_questions_to_vertica_are_what_it_has() -> None:
    wrong = {name: found for name, sql in questions("vertica") if (found := problems(sql))}

    assert wrong == {}


def test_the_questions_to_vertica_parse() -> None:
    for name, sql in questions("vertica"):
        if not name.endswith("time_zone"):
            assert len(sqlglot.parse(sql.replace("::!", "::"), read="vertica")) == 1, name
