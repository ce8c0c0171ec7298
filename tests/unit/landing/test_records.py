"""The own count of records: by hand, against Python's csv module and against DuckDB."""

from __future__ import annotations

import csv
import io
import random
import time
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dv_gen.errors import LandingError
from dv_gen.landing import (
    CsvFormat,
    FileShape,
    Record,
    count_exactly,
    inspect,
    mixed_newline,
    scan,
    unclosed_quote,
)
from dv_gen.landing.records import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Write = Callable[[bytes], Path]

BACKSLASH = CsvFormat(escape="\\")
NO_HEADER = CsvFormat(header=False)
UNQUOTED = CsvFormat(quote="", escape="")


@pytest.mark.parametrize(
    ("content", "fmt", "records"),
    [
        (b"", CsvFormat(), 0),
        (b"", NO_HEADER, 0),
        (b"\xef\xbb\xbf", CsvFormat(), 0),
        (b"a,b", CsvFormat(), 0),
        (b"a,b\n", CsvFormat(), 0),
        (b"a,b\n1,2", CsvFormat(), 1),
        (b"a,b\n1,2\n", CsvFormat(), 1),
        (b"a,b\r\n1,2\r\n3,4", CsvFormat(), 2),
        (b"a,b\r1,2\r3,4\r", CsvFormat(), 2),
        (b"a,b\n\n1,2\n\n\n3,4\n\n", CsvFormat(), 2),
        (b"a,b\r\n\r\n1,2\r\n\r\n\r\n", CsvFormat(), 1),
        (b"a,b\n \n1,2\n", CsvFormat(), 2),
        (b"\na,b\n1,2\n", CsvFormat(), 2),
        (b"\n\n1,2\n", NO_HEADER, 1),
        (b"a\n1\n\n3\n", CsvFormat(), 3),
        (b"a\n\n\n", CsvFormat(), 2),
        (b'a,b\n1,"x\ny"\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,"x\n\n\ny"\n\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,"say ""yes""\n"""\n2,z\n', CsvFormat(), 2),
        (b'"a\n",b\n1,2\n', CsvFormat(), 1),
        (b'a,b\n1,"x\\"\ny"\n2,"\\\\"\n3,4\n', BACKSLASH, 3),
        (b'a,b\n1,"x\n2,y"\n3,4\n', UNQUOTED, 3),
    ],
)
def test_records_are_counted(csv_file: Write, content: bytes, fmt: CsvFormat, records: int) -> None:
    path = csv_file(content)
    columns = 2 if b"," in content or not content else None
    assert inspect(path, fmt, columns=columns).records == records
    assert count_exactly(path, fmt, columns=columns) == records
    assert len(list(scan(path, fmt, columns=columns))) == records


@pytest.mark.parametrize(
    ("content", "fmt", "records"),
    [
        (b'a,b\n1,5" disk\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,5" disk\n2,7" disk\n3,z\n', CsvFormat(), 3),
        (b'a,b\n1, "x\ny"\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,  "x\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,"x"y\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,"x" y "\n2,z\n', CsvFormat(), 2),
        (b'a,b\n1,"x" "\n2,z\n', CsvFormat(), 1),
        (b'a,b\n1,"x\n2,z\n3,4\n', CsvFormat(), 1),
        (b"a,b\n1,C:\\\n2,z\n", BACKSLASH, 2),
    ],
)
def test_stray_quotes_are_literal_text_where_no_field_begins(
    csv_file: Write, content: bytes, fmt: CsvFormat, records: int
) -> None:
    assert count_exactly(csv_file(content), fmt) == records


def test_a_quote_that_never_closes_is_found(csv_file: Write) -> None:
    path = csv_file(b'a,b\n1,"x\ny"\n2,"z\n3,4\n5,6\n')
    assert unclosed_quote(path, CsvFormat()) == 4
    assert inspect(path, CsvFormat()).records == 2
    assert unclosed_quote(csv_file(b'a,b\n1,"x\n"\n2,5" z\n'), CsvFormat()) is None
    assert unclosed_quote(csv_file(b'a,b\n1,"x\ny","z\n'), CsvFormat()) == 3


def test_the_shape_of_a_file_is_told(csv_file: Write) -> None:
    path = csv_file(b'\xef\xbb\xbfid," na""me ",\r\n1,"x\ny",\r\n')
    assert inspect(path, CsvFormat()) == FileShape(
        records=1,
        newline="\r\n",
        header=("id", ' na"me ', ""),
        bom=True,
        quoted_newlines=True,
        mixed_newlines=False,
    )
    assert inspect(csv_file(b""), CsvFormat()).header is None
    assert inspect(csv_file(b"1,2\n"), NO_HEADER).header is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a,b\n1,2\r\n3,4\n", 2),
        (b"a,b\r\n1,2\r\n3,4\n5,6\r\n", 3),
        (b"a,b\n1,2\n3\r,4\n", 3),
        (b"a,b\r1,2\n3,4\r", 2),
        (b'a,b\n1,"\r\n"\n3,4\n', None),
        (b"a,b\r\n1,2\r\n", None),
    ],
)
def test_a_line_break_of_another_kind_is_found(
    csv_file: Write, content: bytes, line: int | None
) -> None:
    path = csv_file(content)
    assert mixed_newline(path, CsvFormat()) == line
    assert inspect(path, CsvFormat()).mixed_newlines == (line is not None)


def test_records_come_with_number_place_and_line(csv_file: Write) -> None:
    path = csv_file(b'a,b\n\n1,"x\ny"\n2,\xff\n')
    assert list(scan(path, CsvFormat())) == [
        Record(number=1, place=3, line=3, text='1,"x\ny"'),
        Record(number=2, place=4, line=5, text="2,\\xff"),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("fmt", [CsvFormat(), BACKSLASH])
def test_the_fast_count_is_right_across_blocks(
    tmp_path: Path, newline: str, fmt: CsvFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 7 bytes, so that every kind of thing is cut in two somewhere."""
    chance = random.Random(1)
    escaped = f'{fmt.escape}"'
    texts = [
        "plain",
        "",
        f'"{escaped}"',
        f'"a{newline}{newline}b"',
        '"\\\\"' if fmt is BACKSLASH else '"x"',
    ]
    lines = ["a,b"]
    for _ in range(500):
        lines.append(f"{chance.choice(texts)},{chance.choice(texts)}")
        lines += [""] * chance.choice([0, 0, 0, 1, 2])
    path = tmp_path / "file.csv"
    path.write_bytes(newline.join(lines).encode())
    monkeypatch.setattr("dv_gen.landing.shape.BLOCK", 7)
    assert inspect(path, fmt).records == 500


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ""},
        {"delimiter": "\n"},
        {"delimiter": "|||||"},
        {"quote": '""'},
        {"quote": "«"},
        {"escape": "\r"},
        {"delimiter": '"'},
    ],
)
def test_a_format_that_no_reader_could_follow_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(LandingError):
        CsvFormat(**options)  # type: ignore[arg-type]


FIELD = st.text(alphabet='ab ,"\n\r;\\é', max_size=6)
TABLE = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(FIELD, min_size=width, max_size=width), min_size=0, max_size=8
    ).map(lambda rows: (width, rows))
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records") / "file.csv"


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection


def written(rows: list[list[str]], newline: str, quoting: int) -> bytes:
    """Write with Python's csv module.

    Left to itself it quotes only the characters of its own line end: a lone carriage return, or a
    line feed in a file of carriage returns, would stand there bare and be no value any more.
    """
    bare = "\r" if "\n" in newline else "\r\n"
    if any(character in field for row in rows for field in row for character in bare):
        quoting = csv.QUOTE_ALL
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow([f"c{number}" for number in range(len(rows[0]))] if rows else ["c0", "c1"])
    writer.writerows(rows)
    return out.getvalue().encode()


@settings(max_examples=200, deadline=None)
@given(
    table=TABLE,
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
@example(table=(1, [["\n"]]), newline="\r", quoting=csv.QUOTE_MINIMAL)
@example(table=(2, [["", "\n"]]), newline="\r", quoting=csv.QUOTE_MINIMAL)
def test_what_python_writes_is_counted(
    file: Path, table: tuple[int, list[list[str]]], newline: str, quoting: int
) -> None:
    _, rows = table
    file.write_bytes(written(rows, newline, quoting))
    shape = inspect(file, CsvFormat())
    assert (shape.records, shape.newline) == (len(rows), newline)
    assert count_exactly(file, CsvFormat()) == len(rows)
    texts = [record.text for record in scan(file, CsvFormat())]
    assert [next(csv.reader(io.StringIO(text, newline="")), [""]) for text in texts] == rows


def duckdb_sees(
    database: duckdb.DuckDBPyConnection, file: Path, newline: str, columns: int
) -> tuple[int, set[int]]:
    """Return how many rows DuckDB reads, and the places of those it rejects."""
    names = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(columns))
    written_newline = newline.replace("\r", "\\r").replace("\n", "\\n")
    database.execute(
        f"create or replace temp table read as select * from read_csv('{file}',"
        f" auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
        f" new_line = '{written_newline}', header = true, columns = {{{names}}},"
        " allow_quoted_nulls = false, store_rejects = true, rejects_limit = 0)"
    )
    (rows,) = database.execute("select count(*) from read").fetchall()[0]
    places = database.execute("select distinct line from reject_errors").fetchall()
    database.execute("drop table reject_errors; drop table reject_scans")
    return rows, {place for (place,) in places}


@settings(max_examples=150, deadline=None)
@given(
    table=TABLE,
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_duckdb_reads_as_many_records_as_are_counted(
    file: Path,
    database: duckdb.DuckDBPyConnection,
    table: tuple[int, list[list[str]]],
    newline: str,
    quoting: int,
) -> None:
    _, rows = table
    file.write_bytes(written(rows, newline, quoting))
    columns = len(rows[0]) if rows else 2
    read, rejected = duckdb_sees(database, file, newline, columns)
    assert (read, rejected) == (len(rows), set())
    assert inspect(file, CsvFormat(), columns=columns).records == len(rows)


@settings(max_examples=250, deadline=None)
@given(
    body=st.lists(st.sampled_from(['"', '"', ",", ",", "\n", "\n", " ", "a", "\\"]), max_size=14),
    columns=st.integers(1, 3),
)
def test_the_exact_count_follows_duckdb_through_any_nonsense(
    file: Path, database: duckdb.DuckDBPyConnection, body: list[str], columns: int
) -> None:
    header = ",".join(["c"] * columns)
    file.write_text(f"{header}\n{''.join(body)}", newline="")
    read, rejected = duckdb_sees(database, file, "\n", columns)
    assert count_exactly(file, CsvFormat(), columns=columns) == read + len(rejected)
    assert rejected <= {record.place for record in scan(file, CsvFormat(), columns=columns)}


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_a_line_of_many_megabytes_takes_no_longer_than_as_many_lines(
    csv_file: Callable[[bytes], Path], line_break: bytes
) -> None:
    """Blocks were joined one by one, and a last line without end was searched from each byte."""
    long = b"x" * 60_000_000
    path = csv_file(line_break.join([b"a,b", b"1," + long, b"2,z", b"3," + long]))
    began = time.process_time()
    assert sum(len(block.records) for block in blocks(path, CsvFormat())) == 3
    assert count_exactly(path, CsvFormat()) == 3
    assert mixed_newline(path, CsvFormat()) is None
    assert time.process_time() - began < 10
