"""What a database says of a value reaches neither log nor results nor ledger: rejects alone do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.conformance.plain_project import plain_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.projects import Project

DAY = datetime.fromisoformat("2026-02-01")
SECRET = "Geheimrat 4711"
MODEL = """
sources:
  things:
    file: things.csv
    max_rejects: 1
    columns: {id: integer not null, name: varchar(20), born: date}
    keys: {h_thing: id}
hubs: {h_thing: {key: thing_id}}
satellites: {s_thing: {source: things, parent: h_thing, columns: [name, born]}}
marts: {m_thing: m_thing.sql}
"""
MART = "SELECT thing_id, CAST(name AS INTEGER) AS number FROM {{ ref('s_thing_current') }} "
MART += "JOIN {{ ref('h_thing') }} USING (hk_thing_id)\n"


@pytest.fixture
def project(engine: str) -> Iterator[Project]:
    with plain_project(engine, MODEL, files={"metadata/m_thing.sql": MART}) as made:
        yield made


def test_an_error_of_a_mart_repeats_no_value(project: Project) -> None:
    (project.landing / "things.csv").write_text(
        f"id,name,born\n1,{SECRET},2000-01-01\n2,{SECRET},{SECRET}\n", encoding="utf-8"
    )

    ran = project.run(DAY)

    query = project.warehouse.session.query
    errors = query(f"SELECT error FROM {project.ledger_table('step_result')} WHERE error <> ''")
    results = next(project.folder.glob("generated/*/run_results.json")).read_text(encoding="utf-8")
    assert ran.exit_code == 1
    assert "m_thing.sql" in ran.log
    assert len(errors) == 1
    for told in (ran.log, results, str(errors)):
        assert "m_thing" in told or told == str(errors)
        assert SECRET not in told
        assert "4711" not in told.replace(ran.batch, "")
    # The record that was rejected is kept whole, for whoever may read it.
    kept = query(f"SELECT record FROM {project.ledger_table('rejects')}")
    assert kept == [(f"2,{SECRET},{SECRET}",)]
