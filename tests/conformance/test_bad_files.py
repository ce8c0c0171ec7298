"""Files as they really come: every record of each is staged or in the rejects, with its reason.

The expected counts are of the records that a person finds in the text.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.conformance.conftest import MEMORY
from tests.conformance.metadata_text import project_text
from tests.conformance.projects import Project
from tests.conformance.warehouses import WAREHOUSES
from tests.projects import settings_of
from tests.reference.definitions import Model

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = """
sources:
  things:
    file: things.csv
    max_rejects: 1000000
    {drift}
    columns: {{id: integer not null, name: varchar(10), price: "decimal(9,2)", day: date}}
    keys: {{h_thing: id}}
hubs: {{h_thing: {{key: thing_id}}}}
satellites: {{s_thing: {{source: things, parent: h_thing, columns: all}}}}
"""
HEAD = b"id,name,price,day\n"
DAY = datetime.fromisoformat("2026-02-01")


class Bad(NamedTuple):
    """A file, how many of its records are staged, and what the rejects say of the others."""

    content: bytes
    staged: int
    rejects: list[tuple[int, str | None, str]]


GOOD = b"1,one,1.50,2026-01-31\n"
FILES = {
    "too few fields": Bad(HEAD + GOOD + b"2,two\n", 1, [(3, None, "2,two")]),
    "too many fields": Bad(
        HEAD + b"2,two,1,2026-01-31,more\n" + GOOD, 1, [(2, None, "2,two,1,2026-01-31,more")]
    ),
    "a delimiter behind the last value": Bad(
        HEAD + GOOD + b"2,two,1,2026-01-31,\n" + GOOD, 2, [(3, None, "2,two,1,2026-01-31,")]
    ),
    "delimiters behind the last value": Bad(
        HEAD + b"2,two,1,2026-01-31,,,\n" + GOOD, 1, [(2, None, "2,two,1,2026-01-31,,,")]
    ),
    "a delimiter behind every record": Bad(
        HEAD + b"2,two,1,2026-01-31,\n3,,1,,\n4,four,,,",
        0,
        [(2, None, "2,two,1,2026-01-31,"), (3, None, "3,,1,,"), (4, None, "4,four,,,")],
    ),
    "a delimiter behind the last value, beside quotes and other faults": Bad(
        HEAD
        + b'1,"o,n,e",1,2026-01-31,\nx,two,1,2026-01-31\n2,two\n\n'
        + b'3,"th\nree",,,\n4,"four,",1,\n5,"five,",1,2026-01-31,""\n'
        + GOOD,
        2,
        [
            (2, None, '1,"o,n,e",1,2026-01-31,'),
            (3, "id", "x,two,1,2026-01-31"),
            (4, None, "2,two"),
            (6, None, '3,"th\nree",,,'),
            (9, None, '5,"five,",1,2026-01-31,""'),
        ],
    ),
    "columns in another order": Bad(b"day,id,price,name\n2026-01-31,1,1.50,one\n", 1, []),
    "a number that is none": Bad(
        HEAD + GOOD + b"x,two,1,2026-01-31\n", 1, [(3, "id", "x,two,1,2026-01-31")]
    ),
    "a number that would be rounded": Bad(
        HEAD + GOOD + b"2,two,1.005,2026-01-31\n", 1, [(3, "price", "2,two,1.005,2026-01-31")]
    ),
    "a number that is too large": Bad(
        HEAD + b"2147483648,a,1,2026-01-31\n2,b,99999999,2026-01-31\n" + GOOD,
        1,
        [(2, "id", "2147483648,a,1,2026-01-31"), (3, "price", "2,b,99999999,2026-01-31")],
    ),
    "a day that does not exist": Bad(
        HEAD + GOOD + b"2,two,1,2026-02-30\n", 1, [(3, "day", "2,two,1,2026-02-30")]
    ),
    "a day with a time": Bad(
        HEAD + GOOD + b"2,two,1,2026-01-31 10:00\n", 1, [(3, "day", "2,two,1,2026-01-31 10:00")]
    ),
    "text that is too long": Bad(
        HEAD + GOOD + b"2,elevenchars,1,2026-01-31\n",
        1,
        [(3, "name", "2,elevenchars,1,2026-01-31")],
    ),
    "ten characters of four bytes fit": Bad(
        HEAD
        + "1,\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600".encode()
        + "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600,1,2026-01-31\n".encode(),
        1,
        [],
    ),
    "a key that is missing": Bad(
        HEAD + GOOD + b",two,1,2026-01-31\n", 1, [(3, "id", ",two,1,2026-01-31")]
    ),
    "a key that is quoted and empty": Bad(
        HEAD + GOOD + b'"",two,1,2026-01-31\n', 1, [(3, "id", '"",two,1,2026-01-31')]
    ),
    "bytes that are not UTF-8": Bad(
        HEAD + GOOD + b"2,tw\xff,1,2026-01-31\n", 1, [(3, None, "2,tw\\xff,1,2026-01-31")]
    ),
    "a byte order mark": Bad(b"\xef\xbb\xbf" + HEAD + GOOD, 1, []),
    "line ends of two characters": Bad((HEAD + GOOD).replace(b"\n", b"\r\n"), 1, []),
    "line ends of carriage returns": Bad((HEAD + GOOD).replace(b"\n", b"\r"), 1, []),
    "no line end at the end": Bad((HEAD + GOOD).removesuffix(b"\n"), 1, []),
    "empty lines": Bad(HEAD + b"\n" + GOOD + b"\n\n", 1, []),
    "a header alone": Bad(HEAD, 0, []),
    "a header alone, without line end": Bad(HEAD.strip(), 0, []),
    "a line break within quotes": Bad(HEAD + b'1,"o\nne",1.50,2026-01-31\n', 1, []),
    "a delimiter and quotes within quotes": Bad(HEAD + b'1,"o,""n""e",1.5,2026-01-31\n', 1, []),
    "a backslash": Bad(HEAD + b"1,\\N\\,1.50,2026-01-31\n2,\\.,1,2026-01-31\n", 2, []),
    "control characters": Bad(HEAD + b"1,\x01\x02\x03\x04\t,1.50,2026-01-31\n", 1, []),
    "text behind a closing quote": Bad(
        HEAD + GOOD + b'2,"two"x,1,2026-01-31\n', 1, [(3, None, '2,"two"x,1,2026-01-31')]
    ),
    "a field of ten million characters": Bad(
        HEAD + GOOD + b"2," + b"x" * 10_000_000 + b",1,2026-01-31\n", 1, [(3, None, "2,xxx")]
    ),
    "a delimiter behind the last value, line ends of two characters": Bad(
        (HEAD + b"2,two,1,2026-01-31,\n" + GOOD).replace(b"\n", b"\r\n"),
        1,
        [(2, None, "2,two,1,2026-01-31,")],
    ),
    "SQL": Bad(HEAD + b"1,'); DROP,1.50,2026-01-31\n2,$file:x,1,2026-01-31\n", 2, []),
}
REFUSED = {
    "an empty file": (b"", "is empty: not even a header"),
    "a header of another file": (b"id,nick,price,day\n1,one,1,2026-01-31\n", "name"),
    "a column twice in the header": (b"id,name,price,day,name\n1,a,1,2026-01-31,b\n", "name"),
    "a quote that never closes": (HEAD + b'1,"one,1,2026-01-31\n2,two,1,2026-01-31\n', "line 2"),
    "line ends of two kinds": (HEAD + GOOD + b"2,two,1,2026-01-31\r\n" + GOOD, "line 3"),
}


@pytest.fixture(scope="module", params=["drift: fail", "drift: warn", "drift: ignore"])
def drift(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def project(engine: str) -> Iterator[Project]:
    for made in _project(engine, MODEL.format(drift="")):
        (made.landing / "things.csv").write_bytes(HEAD)
        made.run(DAY)
        yield made


@pytest.fixture
def drifting(engine: str, drift: str) -> Iterator[Project]:
    yield from _project(engine, MODEL.format(drift=drift))


def _project(engine: str, model: str) -> Iterator[Project]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        folder = Path(root)
        warehouse = WAREHOUSES[engine](folder)
        (folder / "metadata").mkdir()
        (folder / "landing").mkdir()
        empty = Model(sources=[], hubs=[], links=[], satellites=[])
        target = {**settings_of(warehouse.target), "landing": "landing"}
        text = project_text(empty, target, store="native")
        (folder / "metadata/project.yml").write_text(text, encoding="utf-8")
        (folder / "metadata/model.yml").write_text(model, encoding="utf-8")
        read = load_model(folder)
        render(folder, read, choose_target(read.project, None))
        made = Project(folder, empty, warehouse)
        yield made
        made.close()


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_staged_or_rejected(name: str, project: Project) -> None:
    bad = FILES[name]
    project.clear()
    (project.landing / "things.csv").write_bytes(bad.content)

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    counts = project.warehouse.session.query(
        "SELECT rows_read, rows_staged, rows_rejected "
        f"FROM {project.ledger_table('file_result')} WHERE batch_id = '{ran.batch}'"
    )
    assert [tuple(map(int, row)) for row in counts] == [
        (bad.staged + len(bad.rejects), bad.staged, len(bad.rejects))
    ]
    rejects = project.warehouse.session.query(
        f"SELECT line, column_name, record, reason FROM {project.ledger_table('rejects')} "
        f"WHERE batch_id = '{ran.batch}' ORDER BY line"
    )
    assert all(row[3] for row in rejects)
    assert [row[0] for row in rejects] == [line for line, _, _ in bad.rejects]
    for (_, column, record), row in zip(bad.rejects, rejects, strict=True):
        assert column is None or row[1] == column
        assert row[2].startswith(record)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_delivery_is_refused_whole(name: str, project: Project) -> None:
    content, told = REFUSED[name]
    project.clear()
    (project.landing / "things.csv").write_bytes(content)

    ran = project.run(DAY)

    assert ran.exit_code == 1
    assert told in ran.log
    assert project.rows("h_thing") == []
    assert ran.result.batches[0].status == "stopped"


def test_text_is_stored_as_it_was_delivered(project: Project) -> None:
    project.clear()
    texts = [
        "\\N\\",
        "\\.",
        "'); DROP",
        "$file:x",
        "\x01\x02\x03\x04\t",
        "%s %(x)s",
        '"',
        "\n",
        "\r\n",
    ]
    rows = "".join(
        f'{at},"{text.replace(chr(34), 2 * chr(34))}",1,2026-01-31\n'
        for at, text in enumerate(texts)
    )
    (project.landing / "things.csv").write_bytes(HEAD + rows.encode())

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    assert [row["name"] for row in sorted(project.rows("s_thing"), key=_day_and_name)] == sorted(
        texts
    )


def test_rows_behind_a_record_that_is_refused_have_numbers_of_their_own(project: Project) -> None:
    project.clear()
    content = HEAD + b"9,a,1,2026-01-31,\n1,b,1,2026-01-31\n9,c,1,2026-01-31,\n2,d,1,2026-01-31\n"
    content += b"x,e,1,2026-01-31\n9,f,1,2026-01-31,\n"
    (project.landing / "things.csv").write_bytes(content)

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    query = project.warehouse.session.query
    staged = query(f"SELECT id, row_no FROM {project.table('things')} ORDER BY row_no")
    rejects = query(f"SELECT line, row_no FROM {project.ledger_table('rejects')} ORDER BY line")
    assert [int(number) for number, _ in staged] == [1, 2]
    assert [line for line, _ in rejects] == [2, 4, 6, 7]
    numbers = [row for _, row in (*staged, *rejects) if row is not None]
    assert len(set(numbers)) == len(numbers)


def _day_and_name(row: dict[str, object]) -> str:
    return str(row["name"])


def test_columns_that_are_not_declared_are_as_drift_says(drift: str, drifting: Project) -> None:
    content = b"id,extra,name,price,day\n1,x,one,1.50,2026-01-31\n"
    (drifting.landing / "things.csv").write_bytes(content)

    ran = drifting.run(DAY)

    assert ran.exit_code == (1 if drift == "drift: fail" else 0)
    assert ("has columns that are not declared: extra" in ran.log) == (drift != "drift: ignore")
    stored = [row["name"] for row in drifting.rows("s_thing")]
    assert stored == ([] if drift == "drift: fail" else ["one"])


def test_a_header_that_ends_with_a_delimiter_has_a_column_without_a_name(
    drift: str, drifting: Project
) -> None:
    content = b"id,name,price,day,\n1,one,1.50,2026-01-31,\n2,two,1.50,2026-01-31\n"
    (drifting.landing / "things.csv").write_bytes(content)

    ran = drifting.run(DAY)

    assert ran.exit_code == (1 if drift == "drift: fail" else 0)
    told = "has columns that are not declared: one without a name" in ran.log
    assert told == (drift != "drift: ignore")
    stored = [row["name"] for row in drifting.rows("s_thing")]
    assert stored == ([] if drift == "drift: fail" else ["one"])
    rejects = drifting.warehouse.session.query(
        f"SELECT line FROM {drifting.ledger_table('rejects')}"
    )
    assert rejects == ([] if drift == "drift: fail" else [(3,)])


def test_nul_bytes_are_rejected_or_stored_and_never_lost(project: Project) -> None:
    project.clear()
    (project.landing / "things.csv").write_bytes(HEAD + GOOD + b"2,t\0o,1,2026-01-31\n")

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    counts = project.warehouse.session.query(
        "SELECT rows_read, rows_staged, rows_rejected "
        f"FROM {project.ledger_table('file_result')} WHERE batch_id = '{ran.batch}'"
    )
    read, staged, rejected = map(int, counts[0])
    assert (read, staged + rejected) == (2, 2)
    if rejected:
        rejects = project.warehouse.session.query(
            f"SELECT record FROM {project.ledger_table('rejects')} WHERE batch_id = '{ran.batch}'"
        )
        assert rejects == [("2,t\\x00o,1,2026-01-31",)]
    else:
        assert "t\0o" in {row["name"] for row in project.rows("s_thing")}


# PostgreSQL's queries have 1,664 columns at most, and a stage's three for each of the file's; the
# stand-in's parser takes minutes where Vertica takes 9,800 columns.
LIMITS = {"postgres": 500, "vertica": 150}


def test_two_thousand_columns(engine: str) -> None:
    """Each engine has its limit of columns; what it takes it takes whole."""
    limit = LIMITS.get(engine, 2_000)
    names = [f"c{number}" for number in range(limit)]
    columns = ", ".join(f"{name}: integer" for name in names)
    model = f"""
sources:
  things:
    file: things.csv
    max_rejects: 1
    columns: {{id: integer not null, {columns}}}
    keys: {{h_thing: id}}
hubs: {{h_thing: {{key: thing_id}}}}
satellites: {{s_thing: {{source: things, parent: h_thing, columns: [{names[0]}, {names[-1]}]}}}}
"""
    for project in _project(engine, model):
        values = ",".join(map(str, range(limit)))
        text = f"id,{','.join(names)}\n1,{values}\n2,x{values}\n"
        (project.landing / "things.csv").write_text(text)
        ran = project.run(DAY)
        assert ran.exit_code == 0, ran.log
        rejects = project.warehouse.session.query(
            f"SELECT column_name, record FROM {project.ledger_table('rejects')}"
        )
        assert rejects == [("c0", f"2,x{values}")]
        assert [row[names[-1]] for row in project.rows("s_thing")] == [limit - 1]
