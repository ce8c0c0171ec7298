"""Which tables have partitions on PostgreSQL, and by which dates they may be."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import Location, MetadataError
from dv_gen.kinds import all_tables
from dv_gen.kinds.reading import load_model
from dv_gen.model.physical import Physical
from dv_gen.model.project import Target
from dv_gen.render.rendering import render_target

if TYPE_CHECKING:
    from dv_gen.model.entities import Model

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
# One of every kind that has a table in the vault.
CASES = (
    *("bridge", "effectivity", "events", "multi_active", "pit", "record_tracking"),
    *("references", "status_tracking", "satellite_sources"),
)
PLACE = Location("metadata/project.yml", 1)
POSTGRES = Target("pg", "postgres", {"physical": {"partitions": True}}, PLACE)
VERTICA = Target("cluster", "vertica", {}, PLACE)
_PARTITIONED = re.compile(
    r'^CREATE TABLE IF NOT EXISTS "\w+"\."(\w+)" \((?:\n .*)*\n\)\nPARTITION BY RANGE \("(\w+)"\)',
    re.MULTILINE,
)


@pytest.mark.parametrize("case", CASES)
def test_the_metadata_knows_which_tables_have_partitions(case: str) -> None:
    model = replace(load_model(GOLDEN / case), physical={})
    files = render_target(GOLDEN / case, model, POSTGRES)

    rendered = dict(found for file in files for found in _PARTITIONED.findall(file.text))
    dated = {table.name: table.dated_by for table in all_tables(model) if table.dated_by}
    assert rendered == dated
    assert bool(dated) is (case != "references")


MODEL = """\
sources:
  users:
    file: users.csv
    columns: {id: integer not null, seen_on: date not null}
    keys: {h_users: id}
    load_dt: seen_on
hubs:
  h_users: {key: user_id}
satellites:
  s_users: {source: users, parent: h_users, columns: [seen_on]}
calendars:
  as_of: {daily: 7}
pits:
  p_users: {hub: h_users, satellites: [s_users], calendar: as_of}
physical:
  h_users: {partition_by: load_dt}
  p_users: {partition_by: s_users_load_dt}
  users: {partition_by: seen_on}
"""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    (tmp_path / "metadata").mkdir()
    project = "name: small\ntargets:\n  pg: {type: postgres}\n  cluster: {type: vertica}\n"
    (tmp_path / "metadata/project.yml").write_text(project, encoding="utf-8")
    (tmp_path / "metadata/model.yml").write_text(MODEL, encoding="utf-8")
    return load_model(tmp_path)


def test_postgres_alone_refuses_partitions_by_what_is_no_load_date(
    model: Model, tmp_path: Path
) -> None:
    with pytest.raises(MetadataError) as caught:
        render_target(tmp_path, model, POSTGRES)

    assert str(caught.value) == (
        "metadata/model.yml:17:3: 's_users_load_dt' is no load date: target pg has a partition for "
        "each month of loads, expected partition_by: as_of_dt or none"
    )


def test_vertica_has_partitions_by_any_date(model: Model, tmp_path: Path) -> None:
    files = {file.path: file.text for file in render_target(tmp_path, model, VERTICA)}

    assert 'PARTITION BY "s_users_load_dt"' in files["pits/p_users.sql"]


def test_what_is_said_of_a_stage_is_nothing_to_postgres(model: Model, tmp_path: Path) -> None:
    of_the_stage = Physical(PLACE, partition_by="seen_on")

    assert render_target(tmp_path, replace(model, physical={"users": of_the_stage}), POSTGRES)
