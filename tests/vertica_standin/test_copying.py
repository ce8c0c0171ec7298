from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin import Standin
from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from pathlib import Path

CSV = "COPY t FROM STDIN DELIMITER ','"


def test_a_copy_commits_by_itself(table: Client, other: Client) -> None:
    table.copy("COPY t (a, b) FROM STDIN DELIMITER ','", "1,foo\n2,bar\n,baz\n4,\n")

    assert other.rows("SELECT COUNT(*), COUNT(a), COUNT(b) FROM t") == [[4, 3, 3]]
    assert table.rows("SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()") == [[4, 0]]


def test_a_copy_without_commit_is_rolled_back(table: Client) -> None:
    table.copy(f"{CSV} NO COMMIT", io.BytesIO(b"9,x"))
    assert table.rows("SELECT a FROM t") == [[9]]
    table.rollback()

    assert table.rows("SELECT a FROM t") == []
    table.refused(f"{CSV} NO COMMIT SKIP 1", "42601")


def test_a_copy_without_commit_is_written_again_after_an_error(table: Client) -> None:
    table.copy(f"{CSV} NO COMMIT", "9,x")
    table.refused("SELECT nope FROM t")

    assert table.rows("SELECT a FROM t") == [[9]]


def test_a_statement_behind_a_copy_is_run(table: Client) -> None:
    with pytest.raises(errors.MissingRelation):
        table.copy("COPY nope FROM STDIN", "x")
    table.copy(f"{CSV}; SELECT 5", "7,z")

    assert table.cursor.fetchall() == []
    assert table.cursor.nextset()
    assert table.cursor.fetchall() == [[5]]


def test_rejected_records_are_kept_with_the_reason(table: Client) -> None:
    data = "1,ok\nx\u00f1,bla\n3,much too long\n4\n5,a,b\n"
    table.copy(f"{CSV} ENFORCELENGTH REJECTED DATA AS TABLE t_rej", data)

    assert table.rows("SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()") == [[1, 4]]
    assert table.rows(
        "SELECT row_number, rejected_data, rejected_reason FROM t_rej ORDER BY row_number"
    ) == [
        [2, "x\u00f1,bla", "Invalid integer format 'x\u00f1' for column 1 (a)"],
        [3, "3,much too long", "The 13-byte value is too long for type Varchar(9), column 2 (b)"],
        [4, "4", "Too few columns found"],
        [5, "5,a,b", "Too many columns found"],
    ]


def test_a_table_of_rejects_is_temporary_where_nothing_commits(
    table: Client, other: Client
) -> None:
    table.copy(f"{CSV} REJECTED DATA AS TABLE rej NO COMMIT", "x,y\n")
    assert table.notices == ['Table "rej" is created as a LOCAL TEMP table']
    assert table.rows("SELECT rejected_data FROM rej") == [["x,y"]]
    table.refused("SELECT * FROM public.rej", "42V01")
    other.refused("SELECT * FROM rej", "42V01")
    # It is there for the next COPY of the session, whose rows come to the others.
    table.copy(f"{CSV} REJECTED DATA AS TABLE rej NO COMMIT", "z,z\n")
    assert table.rows("SELECT rejected_data FROM rej ORDER BY 1") == [["x,y"], ["z,z"]]


def test_a_table_of_rejects_that_is_there_is_used(table: Client, other: Client) -> None:
    table.copy(f"{CSV} REJECTED DATA AS TABLE public.rej", "x,y\n")
    table.copy(f"{CSV} REJECTED DATA AS TABLE public.rej NO COMMIT", "z,z\n")
    assert table.rows("SELECT rejected_data FROM rej ORDER BY 1") == [["x,y"], ["z,z"]]
    table.rollback()

    assert other.rows("SELECT rejected_data FROM rej") == [["x,y"]]


def test_what_is_too_long_is_cut_unless_lengths_are_enforced(table: Client) -> None:
    table.copy(CSV, "3,much too long\n")

    assert table.rows("SELECT b FROM t") == [["much too "]]


def test_one_bad_record_or_too_many_end_the_copy(table: Client) -> None:
    with pytest.raises(errors.CopyRejected, match="Invalid integer format 'FAIL'"):
        table.copy(f"{CSV} ABORT ON ERROR", "8,x\nFAIL,y")
    with pytest.raises(errors.CopyRejected):
        table.copy(f"{CSV} REJECTMAX 2", "8,x\nA,y\nB,y\nC,y")

    assert table.rows("SELECT * FROM t") == []


def test_bytes_that_are_no_utf8_are_rejected(table: Client) -> None:
    table.copy(f"{CSV} REJECTED DATA AS TABLE rej", b"1,a\xff\n2,b\n")

    assert table.rows("SELECT a FROM t") == [[2]]
    assert table.rows("SELECT row_number FROM rej") == [[1]]


# ---------------------------------------------------------------- how a record is read


def test_quotes_hide_delimiters_and_line_ends(table: Client) -> None:
    table.copy(
        "COPY t FROM STDIN DELIMITER '|' ENCLOSED BY '\"' NULL 'NULL' SKIP 1",
        'a|b\n1|"x|y"\n2|"a\\"b"\n3|NULL\n4|"NULL"\n5|\n6|"l1\nl2"\n\n7|a\\|b\n',
    )

    assert table.rows("SELECT * FROM t ORDER BY a") == [
        *([1, "x|y"], [2, 'a"b'], [3, None], [4, "NULL"], [5, ""], [6, "l1\nl2"], [7, "a|b"])
    ]


@pytest.mark.parametrize(
    ("options", "data", "expected"),
    [
        ("NULL E'\\003' NO ESCAPE", "1\x01a\\b\n\x022\x01\x03\x023\x01\x02", ["a\\b\n", None, ""]),
        ("", "1\x01a\\\x02b\x022\x01\\\\\x023\x01\x02", ["a\x02b", "\\", None]),
        ("ESCAPE AS '^'", "1\x01^\x01\x022\x01^^\x023\x01\\\x02", ["\x01", "^", "\\"]),
    ],
)
def test_control_characters_keep_records_apart(
    table: Client, options: str, data: str, expected: list[str | None]
) -> None:
    table.copy(f"COPY t FROM STDIN DELIMITER E'\\001' {options} RECORD TERMINATOR E'\\002'", data)

    assert table.rows("SELECT b FROM t ORDER BY a") == [[value] for value in expected]


def test_columns_are_computed_from_fillers(client: Client) -> None:
    client.run("CREATE TABLE f (a INT, b VARCHAR(20), load_dt TIMESTAMPTZ, src VARCHAR(5))")
    client.copy(
        "COPY f (raw FILLER VARCHAR(20), a AS raw::INT + 1, b, load_dt AS NOW(), src AS 'crm') "
        "FROM STDIN DELIMITER ','",
        "41,x\n",
    )

    assert client.rows("SELECT a, b, src FROM f") == [[42, "x", "crm"]]
    client.refused("COPY f (raw FILLER TEXT, a AS raw) FROM STDIN", "42704")
    client.refused("COPY f (nope) FROM STDIN", "42703")


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("COPY t FROM STDIN FORMAT csv", "42601"),
        ("COPY t TO STDOUT", "42601"),
        ("COPY t FROM STDIN PARSER fcsvparser(nosuch='x')", "22023"),
        ("COPY t FROM STDIN PARSER fcsvparser(type='rfc4180', delimiter=';')", "22023"),
        ("COPY t FROM STDIN PARSER fjsonparser()", "0A000"),
        ("COPY t FROM '/x.parquet' PARQUET", "0A000"),
        ("COPY t FROM '/nowhere/x.csv'", "58V01"),
        ("COPY t FROM 's3://bucket/x.csv'", "58V01"),
    ],
)
def test_what_a_copy_does_not_know_is_refused(table: Client, sql: str, sqlstate: str) -> None:
    table.refused(sql, sqlstate)


def test_the_csv_parser_goes_by_the_header_and_trims(table: Client, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('B,a,other\r\n" x ""q"",\ny",1,z\r\nbad,notint,z\r\n', newline="")

    assert table.rows(f"COPY t FROM '{path}' PARSER fcsvparser()") == [[2]]
    # What is no integer has become NULL without a word.
    assert table.rows("SELECT * FROM t ORDER BY a") == [[None, "bad"], [1, 'x "q",\ny']]
    strict = "fcsvparser(reject_on_materialized_type_error='true', trim='false')"
    assert table.rows(f"COPY t FROM LOCAL '{path}' PARSER {strict}") == [[1]]
    assert table.rows("SELECT b FROM t WHERE b LIKE ' %'") == [[' x "q",\ny']]


# ---------------------------------------------------------------- where the data come from


def test_the_server_reads_packed_files_of_its_own_store(tmp_path: Path) -> None:
    folder = tmp_path / "bucket" / "day=1"
    folder.mkdir(parents=True)
    for number in (1, 2):
        (folder / f"{number}.csv.gz").write_bytes(gzip.compress(f"{number},x\nbad,\n".encode()))
    with Standin(s3_root=tmp_path) as server, connected(server) as client:
        client.run("CREATE TABLE t (a INT, b VARCHAR(9))")
        sql = "COPY t FROM 's3://bucket/day=1/*.csv.gz' GZIP DELIMITER ','"
        assert client.rows(f"{sql} REJECTED DATA AS TABLE rej") == [[2]]
        assert client.rows("SELECT a FROM t ORDER BY a") == [[1], [2]]
        assert client.rows("SELECT file_name, row_number FROM rej ORDER BY 1") == [
            ["s3://bucket/day=1/1.csv.gz", 2],
            ["s3://bucket/day=1/2.csv.gz", 2],
        ]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "f1").write_bytes(b"1,foo\n2,bar\nx\xc3\xb1,bla")
    (tmp_path / "f2").write_bytes(b"4,\n5,aaaaaaaaaa\n,baz")
    return tmp_path


def test_the_client_sends_its_files_and_gets_the_rejects(table: Client, files: Path) -> None:
    sql = f"COPY t FROM LOCAL '{files}/f1','{files}/f2' DELIMITER ',' ENFORCELENGTH"
    kept = f"REJECTED DATA '{files}/rej' EXCEPTIONS '{files}/exc'"

    assert table.results(f"{sql} {kept}; SELECT 100") == [[[4]], [[100]]]
    assert (files / "rej").read_text(encoding="utf-8") == "x\u00f1,bla\n5,aaaaaaaaaa\n"
    reasons = (files / "exc").read_text(encoding="utf-8")
    assert "The 10-byte value is too long for type Varchar(9), column 2 (b)" in reasons


def test_other_ways_to_send_the_clients_files(table: Client, files: Path) -> None:
    sql = f"COPY t FROM LOCAL '{files}/f1','{files}/f2' DELIMITER ',' ENFORCELENGTH"
    assert table.rows(f"{sql} RETURNREJECTED") == [[4]]
    assert table.rows(f"COPY t FROM LOCAL '{files}/f*' DELIMITER ','") == [[5]]
    assert table.rows(f"{sql} REJECTED DATA AS TABLE r") == [[4]]
    assert table.value("SELECT COUNT(*) FROM r") == 2
    with pytest.raises(errors.CopyRejected):
        table.rows(f"{sql} ABORT ON ERROR")
    assert table.rows(
        "COPY t FROM LOCAL STDIN DELIMITER ','", copy_stdin=io.StringIO("1,a\n2,b")
    ) == [[2]]


def test_a_client_that_has_no_data_says_so(table: Client, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="does not exist"):
        table.rows(f"COPY t FROM LOCAL '{tmp_path}/nope' DELIMITER ','")
    assert table.value("SELECT 1") == 1
    with pytest.raises(ValueError, match="No STDIN source"):
        table.rows("COPY t FROM LOCAL STDIN DELIMITER ','")
    assert table.value("SELECT 1") == 1


def test_many_rows_of_the_driver_become_a_copy(table: Client) -> None:
    rows = [(1, "it's"), (2, None), (3, "a|b\\")]
    table.cursor.executemany("INSERT INTO t (a, b) VALUES (%s, %s)", rows)
    table.commit()

    assert table.rows("SELECT * FROM t ORDER BY a") == [list(row) for row in rows]
