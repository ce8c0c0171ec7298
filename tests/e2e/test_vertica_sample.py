"""The first user's job on Vertica's protocol: the sample, and the report that its marts give."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conversion_from_csv import conversion
from tests.e2e.project import SAMPLE, VAULT, Project, copy_project
from tests.vertica_server import DATABASE, PASSWORD, USER, VerticaServer, server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[VerticaServer]:
    with server() as started:
        yield started


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, running: VerticaServer) -> Project:
    project = copy_project(tmp_path_factory.mktemp("vertica"))
    project.environment |= {
        "VERTICA_HOST": running.standin.host,
        "VERTICA_PORT": str(running.standin.port),
        "VERTICA_DATABASE": DATABASE,
        "VERTICA_USER": USER,
        "VERTICA_PASSWORD": PASSWORD,
    }
    project.command("run", "--target", "vertica")
    return project


def test_the_report_equals_the_one_computed_from_the_csv_files(loaded: Project) -> None:
    words = ("show", "group_conversion", "--target", "vertica", "--format", "csv")
    shown = list(csv.DictReader(io.StringIO(loaded.command(*words).stdout)))

    assert [
        (int(row["group_id"]), row["group_name"] or None, int(row["cnt_added_users"]))
        for row in shown
    ] == [(row[0], row[1], row[3]) for row in conversion([SAMPLE])]
    assert [float(row["group_conversion"] or -1) for row in shown] == pytest.approx(
        [
            -1 if row.group_conversion is None else row.group_conversion
            for row in conversion([SAMPLE])
        ]
    )


def test_a_second_run_says_that_nothing_is_new(loaded: Project, running: VerticaServer) -> None:
    def counts() -> dict[str, int]:
        return {name: running.query(f"SELECT COUNT(*) FROM vault.{name}")[0][0] for name in VAULT}

    before = counts()
    again = loaded.command("run", "--target", "vertica")

    assert "nothing new" in again.stdout
    assert counts() == before
    assert all(before.values())


def test_every_session_has_the_runs_id(loaded: Project, running: VerticaServer) -> None:
    assert loaded.folder.exists()
    labels = {entry["session"] for entry in running.standin.log if "h_users" in entry["sql"]}

    batches = {row[0] for row in running.query("SELECT batch_id FROM dv_meta.batch")}
    assert batches & labels
