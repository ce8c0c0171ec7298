"""The first contact on every engine: tables without a row, plans, and the doctor's answers."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dv_gen import dialects
from dv_gen.doctor.examine import examine
from dv_gen.doctor.findings import FAILED, OK, WARNING
from dv_gen.engines import open_engine
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.run.command import RunRequest
from dv_gen.run.explaining import NEEDS, REFUSED
from dv_gen.run.explaining import OK as PLANNED
from dv_gen.run.first_contact import create_project, explain_project
from tests import postgres_server
from tests.conformance.warehouses import WAREHOUSES
from tests.projects import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.doctor.findings import Finding

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/metadata"))
# The kinds with the hardest statements: servers are asked about these, for the others take minutes.
HARD = ("bridge", "mart", "pit", "query_source")
RULES = {
    "md5": "",
    "sha256": "hash: {algorithm: sha256}",
    "hexadecimal": "hash: {store: hex}",
    "classic": "hash: {rule: classic}",
    "natural": "keys: natural",
    "as they are": "keys: {case: preserve, trim: false}",
}
# What the stand-in does as DuckDB does, and Vertica in its own way.
STANDIN = {
    "server version": "the stand-in is a DuckDB and says so",
    "type checks": "its text of a decimal that is all fraction lacks the zero before the point",
    "hashdiffs": "for the same reason",
}
Make = "Callable[..., Path]"


@pytest.fixture
def make(engine: str, tmp_path: Path) -> Iterator[Make]:
    """Write a project of a golden case's metadata, with an empty database of its own."""
    warehouse = WAREHOUSES[engine](tmp_path)

    def one(case: str, more: str = "") -> Path:
        shutil.copytree(GOLDEN / case / "metadata", tmp_path / "metadata")
        (tmp_path / "landing").mkdir()
        target = {**settings_of(warehouse.target), "landing": "landing"}
        path = tmp_path / "metadata/project.yml"
        project = yaml.safe_load(path.read_text(encoding="utf-8"))
        project |= {"targets": {"local": target}} | (yaml.safe_load(more) or {})
        path.write_text(yaml.safe_dump(project), encoding="utf-8")
        if case == "pit":
            # The table of a calendar's dates is not ours to make.
            warehouse.session.execute("CREATE SCHEMA finance")
            warehouse.session.execute("CREATE TABLE finance.closing (closed_on DATE)")
        return tmp_path

    yield one
    warehouse.close()


@pytest.mark.parametrize("case", CASES)
def test_every_statement_of_every_kind_is_understood(case: str, engine: str, make: Make) -> None:
    if engine != "duckdb" and case not in HARD:
        pytest.skip("asked about on DuckDB")
    folder = make(case)
    before = explain_project(RunRequest(folder), "explain")
    made = create_project(RunRequest(folder), "create")

    after = explain_project(RunRequest(folder), "explain")

    assert (before.exit_code, bool(before.of(NEEDS)), bool(made)) == (0, True, True)
    for answer in (REFUSED, NEEDS):
        said = [f"{item.statement.location}: {item.said}" for item in after.of(answer)]
        assert said == []
    assert len(after.of(PLANNED)) > len(before.of(PLANNED))
    assert create_project(RunRequest(folder), "create") == []


def wrong(findings: tuple[Finding, ...], engine: str) -> list[Finding]:
    """What is neither well nor known of the stand-in; the files are not delivered here."""
    known = {"tables", "rendered SQL", *(STANDIN if engine == "vertica" else ())}
    return [
        item
        for item in findings
        if item.status in (WARNING, FAILED) and item.name not in known
        if not item.name.startswith("source ")
    ]


@pytest.mark.parametrize("rule", RULES)
def test_the_engine_answers_as_the_rendered_sql_relies_upon(
    rule: str, engine: str, make: Make
) -> None:
    if engine == "vertica" and rule not in ("md5", "classic"):
        pytest.skip("asked about on the other engines")
    folder = make("composite_key", RULES[rule])

    report = examine(folder)

    assert wrong(report.findings, engine) == []


def test_the_doctor_leaves_nothing_behind(make: Make) -> None:
    folder = make("composite_key")
    create_project(RunRequest(folder), "create")
    project = load_project(folder)
    (target,) = project.targets

    def standing() -> object:
        other = open_engine(target.type, expand(target), folder)
        other.visit("look")
        try:
            session = other.session()
            schemas = session.query(
                "SELECT schema_name FROM v_catalog.schemata"
                if target.type == "vertica"
                else "SELECT schema_name FROM information_schema.schemata"
            )
            session.close()
            return sorted(schemas), other.columns(["stage", "vault", "mart", "dv_meta", "public"])
        finally:
            other.close()

    before = standing()
    examine(folder)

    assert standing() == before


def test_who_holds_the_warehouse_is_told_and_nothing_is_taken(engine: str, make: Make) -> None:
    if engine == "duckdb":
        pytest.skip("a file that a run has open cannot be visited: tests/e2e/test_doctor.py")
    folder = make("composite_key")
    (target,) = load_project(folder).targets
    run = open_engine(target.type, expand(target), folder)
    run.connect("the-run")
    try:
        held = {item.name: item for item in examine(folder).findings}["lock"]
    finally:
        run.close()
    free = {item.name: item for item in examine(folder).findings}["lock"]

    assert held.status == WARNING
    assert "the-run" in held.said
    assert free.status == OK


def configure(folder: Path, **settings: object) -> None:
    """Change settings of the target."""
    path = folder / "metadata/project.yml"
    project = yaml.safe_load(path.read_text(encoding="utf-8"))
    project["targets"]["local"] |= settings_of(settings)
    path.write_text(yaml.safe_dump(project), encoding="utf-8")


# vertica-python leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_wrong_password_is_told_and_not_shown(engine: str, make: Make) -> None:
    if engine == "duckdb":
        pytest.skip("a file has no password")
    folder = make("composite_key")
    configure(folder, password="wr0ng-and-secret")

    report = examine(folder)

    failed = [item.name for item in report.findings if item.status == FAILED]
    assert "connection" in failed
    assert set(failed) <= {"connection", "landing"} | {f for f in failed if f.startswith("source")}
    assert "wr0ng" not in report.as_text() + report.as_json()
    gc.collect()


def test_a_user_who_may_make_nothing(engine: str, make: Make) -> None:
    if engine != "postgres":
        pytest.skip("DuckDB has no users, and the stand-in gives every right")
    folder = make("composite_key")
    server = postgres_server.shared()
    server.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    try:
        configure(folder, user="poor", password="poor")
        found = {item.name: item for item in examine(folder).findings}
    finally:
        server.execute("DROP ROLE poor")

    for name in ("stage", "vault", "mart", "dv_meta"):
        finding = found[f"schema {name}"]
        assert finding.status == FAILED
        assert "permission denied" in finding.said
    assert found["user"].said == "poor"
    assert found["bulk load"].status == OK


def test_every_dialect_that_can_be_run_names_its_driver() -> None:
    for name in WAREHOUSES:
        assert dialects.get(name).driver
