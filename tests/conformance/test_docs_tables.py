"""The tables of the docs that say what becomes of a text or a record are true on every engine."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.conformance.plain_project import plain_project
from tests.unit.test_docs import fences, section, table_rows, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.projects import Project

DAY = datetime.fromisoformat("2026-02-01")
_CODE = re.compile(r"`([^`]*)`")
_ALL = table_rows(section(text_of("docs/metadata.md"), "Types"))
TYPES = _ALL[_ALL.index(["Column", "Accepted", "Rejected"]) + 1 :]
STAGE = section(text_of("docs/loading.md"), "Stage")
RECORDS = [row for row in table_rows(STAGE) if len(row) == 3 and row[1].startswith("`")]


def _codes(cell: str) -> list[str]:
    return _CODE.findall(cell)


def _column(declared: str) -> str:
    if not declared.startswith("{"):
        return f'"{declared}"'
    # A comma in a flow map needs quotes, which the table leaves out for its readers.
    return re.sub(r"decimal\((\d+),(\d+)\)", r'"decimal(\1,\2)"', declared)


@pytest.fixture(scope="module")
def texts(engine: str) -> Iterator[tuple[dict[int, set[str]], dict[int, set[str]]]]:
    """The texts of each row of the table of types that were staged, and that were rejected."""
    sources = "".join(
        f"  t{at}:\n    file: t{at}.csv\n    max_rejects: 100%\n"
        f"    columns: {{nr: integer not null, value: {_column(_codes(row[0])[0])}}}\n"
        "    keys: {h: nr}\n"
        for at, row in enumerate(TYPES)
    )
    with plain_project(engine, f"sources:\n{sources}hubs: {{h: {{key: nr}}}}\n") as project:
        listed = [[*_codes(row[1]), *_codes(row[2])] for row in TYPES]
        for at, found in enumerate(listed):
            rows = "".join(f'{number},"{text}"\n' for number, text in enumerate(found))
            (project.landing / f"t{at}.csv").write_text(f"nr,value\n{rows}", encoding="utf-8")
        ran = project.run(DAY)
        assert ran.exit_code == 0, ran.log
        query = project.warehouse.session.query
        staged = {
            at: {found[int(nr)] for (nr,) in query(f"SELECT nr FROM {project.table(f't{at}')}")}
            for at, found in enumerate(listed)
        }
        rejects = query(f"SELECT source, record FROM {project.ledger_table('rejects')}")
        rejected: dict[int, set[str]] = {at: set() for at in range(len(listed))}
        for source, record in rejects:
            at = int(source.removeprefix("t"))
            rejected[at].add(listed[at][int(record.partition(",")[0])])
        yield staged, rejected


@pytest.mark.parametrize("at", range(len(TYPES)), ids=[row[0] for row in TYPES])
def test_a_type_takes_and_rejects_what_the_docs_say(
    at: int, texts: tuple[dict[int, set[str]], dict[int, set[str]]]
) -> None:
    staged, rejected = texts

    assert staged[at] == set(_codes(TYPES[at][1]))
    assert rejected[at] == set(_codes(TYPES[at][2]))


@pytest.fixture(scope="module")
def stage(engine: str) -> Iterator[Project]:
    columns = re.search(r"With `columns: (\{.*\})`", STAGE)
    assert columns is not None
    source = f"{{file: t.csv, max_rejects: 1, columns: {columns[1]}, keys: {{h: d}}}}"
    with plain_project(engine, f"sources: {{t: {source}}}\nhubs: {{h: {{key: k}}}}\n") as project:
        (project.landing / "t.csv").write_text("a,b,c,d\n", encoding="utf-8")
        assert project.run(DAY).exit_code == 0
        yield project


@pytest.mark.parametrize("row", RECORDS, ids=[row[0] for row in RECORDS])
def test_a_record_becomes_what_the_docs_say(row: list[str], stage: Project) -> None:
    _, record, what = row
    stage.clear()
    (stage.landing / "t.csv").write_text(f"a,b,c,d\n{_codes(record)[0]}\n", encoding="utf-8")

    ran = stage.run(DAY)

    query = stage.warehouse.session.query
    staged = query(f"SELECT b FROM {stage.table('t')}")
    rejects = query(f"SELECT record, reason FROM {stage.ledger_table('rejects')}")
    if what.startswith("the batch stops"):
        assert (ran.exit_code, rejects) == (1, [])
        assert ran.result.batches[0].status == "stopped"
        return
    assert ran.exit_code == 0, ran.log
    if what.startswith("reject"):
        assert staged == []
        [(kept, reason)] = rejects
        assert kept == _codes(record)[0]
        if not what.endswith("in the loader's words"):
            assert reason == _codes(what)[0]
    else:
        assert staged == [({"`b` is NULL": None, "`b` is an empty text": ""}[what],)]
        assert rejects == []


def _example(heading: str) -> tuple[str, list[list[str]]]:
    """The YAML of a section of docs/staging.md, and the rows of its table, without heading."""
    text = section(text_of("docs/staging.md"), heading)
    return fences(text, "yaml")[0], table_rows(text)[1:]


def test_what_is_left_out_by_where_is_what_the_docs_say(engine: str) -> None:
    model, rows = _example("Filters")
    records = "".join(f"{','.join(row[:3])}\n" for row in rows)
    with plain_project(engine, model.replace("visits.csv", "visits.csv\n    max_rejects: 9")) as it:
        (it.landing / "visits.csv").write_text(f"visit_id,minutes,kind\n{records}", "utf-8")
        assert it.run(DAY).exit_code == 0
        query = it.warehouse.session.query
        staged = {str(row[0]) for row in query(f"SELECT visit_id FROM {it.table('visits')}")}
        rejects = query(f"SELECT record, reason FROM {it.ledger_table('rejects')}")

    assert {row[0] for row in rows if row[3] == "staged"} == staged
    assert {(",".join(row[:3]), _codes(row[3])[0]) for row in rows if "reject" in row[3]} == set(
        rejects
    )
    assert all(row[3].startswith(("staged", "left out", "reject")) for row in rows)


def test_derived_columns_are_what_the_docs_say(engine: str) -> None:
    model, rows = _example("Derived columns")
    records = "".join(f"{','.join(row[:3])}\n" for row in rows)
    with plain_project(engine, model) as project:
        (project.landing / "shops.csv").write_text(f"country,shop,opened_on\n{records}", "utf-8")
        assert project.run(DAY).exit_code == 0
        found = project.warehouse.session.query(
            f"SELECT code, label FROM {project.table('shops')} ORDER BY row_no"
        )

    assert [tuple(row) for row in found] == [
        tuple(None if cell == "NULL" else _codes(cell)[0] for cell in row[3:]) for row in rows
    ]


def test_record_sources_are_what_the_docs_say(engine: str) -> None:
    model, [row] = _example("Record sources")
    with plain_project(engine, model) as project:
        path = project.landing / _codes(row[0])[0].removesuffix(".gz")
        path.parent.mkdir()
        path.write_text("meter,reading\n1,2.5\n", encoding="utf-8")
        assert project.run(DAY).exit_code == 0
        found = project.warehouse.session.query(f"SELECT load_src FROM {project.table('readings')}")

    assert found == [(_codes(row[-1])[0],)]


def test_null_tokens_are_what_the_docs_say(engine: str) -> None:
    model, rows = _example("NULL")
    records = "".join(f"{row[0]},{row[1]},1\n" for row in rows)
    with plain_project(engine, model) as project:
        (project.landing / "payments.csv").write_text(
            f"payment_no,payer,amount\n{records}", encoding="utf-8"
        )
        assert project.run(DAY).exit_code == 0
        payers = {row["payer"] for row in project.rows("h_payers")}
        stored = [row["payer"] for row in project.rows("s_payments")]

    assert payers == {_codes(row[2])[0] for row in rows}
    wanted = [None if row[3] == "NULL" else _codes(row[3])[0] for row in rows]
    assert sorted(stored, key=str) == sorted(wanted, key=str)
