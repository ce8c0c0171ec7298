"""Values that an engine's own cast would take, and that the rendered checks must not (S2)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.projects import DUCKDB, dv_gen, write_project

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
sources:
  values:
    file: values.csv
    csv: {delimiter: ";", decimal: ","}
    max_rejects: 100%
    columns:
      id: integer not null
      amount: decimal(12,3)
      share: double
      day: date
      moment: timestamp
    keys: {h_values: id}
hubs: {h_values: {key: id}}
"""
GOOD = [
    "1;1234,5;0,5;2026-11-23;2026-11-23 06:00:00",
    "2;-,5;1e3;0001-01-01;9999-12-31T23:59:59.999999Z",
    "3;;;;",
]
BAD = {
    "4;1.234;;;": "amount",
    "5;;1.5;;": "share",
    "6;;nan;;": "share",
    "7;;inf;;": "share",
    "8;;;infinity;": "day",
    "9;;;10000-01-01;": "day",
    "10;;;;infinity": "moment",
    "11;;;;0044-03-15 (BC)": "moment",
    "12;;;;12026-11-23 06:00:00": "moment",
    "2147483648;;;;": "id",
    "1.5;;;;": "id",
}


@pytest.fixture(scope="module")
def rejects(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Return the rejects of a run over good and bad values."""
    folder: Path = tmp_path_factory.mktemp("values")
    lines = "\n".join(["id;amount;share;day;moment", *GOOD, *BAD])
    project = DUCKDB.replace("w.duckdb", "w.duckdb, landing: landing")
    write_project(
        folder,
        {"metadata/model.yml": MODEL, "landing/values.csv": lines + "\n"},
        project=project,
    )
    run = dv_gen("run", cwd=folder)
    assert run.returncode == 0, run.stderr
    shown = dv_gen("show", "rejects", "--format", "csv", cwd=folder)
    return list(csv.DictReader(io.StringIO(shown.stdout)))


def test_a_value_that_a_cast_would_alter_is_kept_as_a_reject(
    rejects: list[dict[str, str]],
) -> None:
    found = {row["record"].strip(): row["column_name"] for row in rejects}

    assert found == BAD


def test_a_reject_says_what_was_expected(rejects: list[dict[str, str]]) -> None:
    reasons = {row["record"].strip(): row["reason"] for row in rejects}

    assert reasons["4;1.234;;;"] == "not a decimal(12,3)"
    assert reasons["8;;;infinity;"] == "not a date"
    assert reasons["2147483648;;;;"] == "not an integer"
