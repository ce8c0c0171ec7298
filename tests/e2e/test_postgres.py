"""The sample on a PostgreSQL server, by the command line: as on DuckDB, and what a server adds."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from dv_gen.engines.holder import Owner
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from tests import postgres_server
from tests.e2e.project import SAMPLE, VAULT, Project, copy_project
from tests.e2e.small import Small, open_small
from tests.e2e.test_sample import COLUMNS, expected_rows, shown_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import StepOutcome
    from tests.postgres_server import Server


class OnPostgres(Project):
    """The project, run on its `postgres` target."""

    def command(self, *arguments: str, **options: object) -> object:  # type: ignore[override]
        command, *rest = arguments
        return super().command(command, "--target", "postgres", *rest, **options)  # type: ignore[arg-type]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return postgres_server.shared().execute(sql, str(self.environment["PGDATABASE"]))


def surroundings(server: Server, database: str) -> dict[str, str | None]:
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGDATABASE": database,
        "PGUSER": postgres_server.USER,
        "PGPASSWORD": postgres_server.PASSWORD,
    }


@pytest.fixture
def server() -> Server:
    return postgres_server.shared()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnPostgres]:
    """The sample, loaded once; tests only read from it."""
    server = postgres_server.shared()
    database = server.new_database()
    folder = copy_project(tmp_path_factory.mktemp("postgres")).folder
    project = OnPostgres(folder, surroundings(server, database))
    project.command("run")
    yield project
    server.drop_database(database)


def test_the_report_equals_the_one_computed_from_the_csv_files(sample: OnPostgres) -> None:
    rows = shown_rows(sample)
    assert len(rows) == 10
    assert rows == expected_rows(SAMPLE)


def test_every_table_has_exactly_the_columns_of_the_order(sample: OnPostgres) -> None:
    found = sample.query(
        "SELECT table_name, STRING_AGG(column_name, ' ' ORDER BY ordinal_position) "
        "FROM information_schema.columns WHERE table_schema = 'vault' GROUP BY table_name"
    )
    tables = {name: columns for name, columns in found if name in VAULT}
    assert tables == {name: f"{columns} load_dt load_src" for name, columns in COLUMNS.items()}


def test_the_vault_is_that_of_duckdb_key_by_key(sample: OnPostgres, loaded: Project) -> None:
    for table, columns in COLUMNS.items():
        names = f"{columns} load_src".replace(" ", ", ")
        sql = f"SELECT {names} FROM vault.{table}"
        assert sorted(sample.query(sql), key=repr) == sorted(loaded.query(sql), key=repr), table


def test_nothing_new_is_loaded_twice(sample: OnPostgres) -> None:
    again = sample.command("run")
    assert "nothing new" in str(getattr(again, "stderr", "")) + str(getattr(again, "stdout", ""))


def test_a_second_run_is_told_who_holds_the_warehouse(sample: OnPostgres, server: Server) -> None:
    database = str(sample.environment["PGDATABASE"])
    with psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=postgres_server.USER,
        password=postgres_server.PASSWORD,
        dbname=database,
        application_name=Owner("another-run", "loader", 4711, "000000").label(63),
    ) as other:
        other.execute("SELECT pg_advisory_lock(1685481317, 110)")
        refused = Project.command(sample, "run", "--target", "postgres", expect=1)
    who = "run another-run (process 4711 on loader, server process "
    assert f"is held by {who}" in refused.stderr
    assert time.strftime(" since %Y-") in refused.stderr


@pytest.mark.parametrize(
    ("changed", "told", "hint"),
    [
        ({"PGPASSWORD": "wr0ng"}, "password authentication failed", "check user and password"),
        ({"PGDATABASE": "nowhere"}, 'database "nowhere" does not exist', "make it first"),
        ({"PGPORT": "1"}, "refused", "check host and port"),
        ({"PGHOST": "no.such.host.invalid"}, "cannot connect to no.such.host", "check the host"),
    ],
)
def test_a_server_that_cannot_be_had_is_told_in_a_line_and_a_hint(
    changed: dict[str, str], told: str, hint: str, sample: OnPostgres
) -> None:
    project = Project(sample.folder, {**sample.environment, **changed})
    refused = project.command("run", "--target", "postgres", expect=1)
    error = refused.stderr.strip().splitlines()
    assert told in error[-2]
    assert hint in error[-1]
    assert postgres_server.PASSWORD not in refused.stderr
    assert "wr0ng" not in refused.stderr


USERS = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: id}}
    satellites: {s_users: {source: users, parent: h_users, columns: [city]}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, "postgres") as project:
        project.write(model__yml=USERS)
        yield project


def test_a_table_that_was_made_with_partitions_is_loaded_as_it_is(
    small: Small, server: Server
) -> None:
    database = small.target["database"]
    server.execute("CREATE SCHEMA vault", database)
    server.execute(
        "CREATE TABLE vault.s_users (hk_id UUID, city VARCHAR(20), hashdiff UUID, "
        "load_dt TIMESTAMP, load_src VARCHAR(255), PRIMARY KEY (hk_id, load_dt)) "
        "PARTITION BY RANGE (load_dt)",
        database,
    )
    server.execute("CREATE TABLE vault.rest PARTITION OF vault.s_users DEFAULT", database)
    small.deliver("users1.csv", "id,city", "1,Ulm", "2,Kiel")
    assert small.run().exit_code == 0
    small.deliver("users2.csv", "id,city", "1,Bonn", "2,Kiel")
    assert small.run().exit_code == 0
    assert small.table("rest", "city") == [("Bonn",), ("Kiel",), ("Ulm",)]


@pytest.mark.parametrize("phase", ["stage", "load"])
def test_a_run_whose_connections_break_goes_on(phase: str, small: Small, server: Server) -> None:
    """A step begins again on a new connection, and the lock is taken again."""
    small.deliver("users.csv", "id,city", "1,Ulm")
    broken = []

    def observe(step: PlannedStep, outcome: StepOutcome | None) -> None:
        if step.phase == phase and outcome is None and not broken:
            broken.append(step.id)
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{small.target['database']}'"
            )

    options = RunOptions(preview_rows=0, threads=2, pauses=(0, 0, 0, 0))
    log = io.StringIO()
    request = RunRequest(small.folder, options=options)
    result = run_project(request, RunLog(log, "run-that-breaks"), observe)
    assert broken
    assert result.exit_code == 0, log.getvalue()
    assert small.table("s_users", "city") == [("Ulm",)]
