from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from tests.vertica_standin import Standin

HUB_LOAD = """INSERT /*+LABEL(hub)*/ INTO hub (hk, load_dt, no)
SELECT DISTINCT
  HEX_TO_BINARY(MD5(UPPER(TRIM(s.no)))), CAST('2026-11-23 06:00:00' AS TIMESTAMP), s.no
FROM stg s
WHERE NOT EXISTS (SELECT 1 FROM hub h WHERE h.hk = HEX_TO_BINARY(MD5(UPPER(TRIM(s.no)))))"""
SATELLITE_LOAD = """INSERT INTO sat
SELECT s.hk, s.hd, s.amount
FROM (SELECT HEX_TO_BINARY(MD5(no)) AS hk, MD5(amount::VARCHAR(20)) AS hd, amount FROM stg) s
LEFT JOIN (SELECT hk, hd FROM sat LIMIT 1 OVER (PARTITION BY hk ORDER BY hd DESC)) c ON c.hk = s.hk
WHERE c.hk IS NULL OR c.hd <> s.hd"""


@pytest.fixture
def vault(client: Client) -> Client:
    client.run(
        "CREATE TABLE stg (no VARCHAR(20), amount NUMERIC(12,2))",
        "CREATE TABLE hub (hk VARBINARY(16) NOT NULL, load_dt TIMESTAMP NOT NULL, no VARCHAR(20))",
        "CREATE TABLE sat (hk VARBINARY(16) NOT NULL, hd CHAR(32), amount NUMERIC(12,2))",
        "INSERT INTO stg VALUES ('C1', 1.5)",
        "INSERT INTO stg VALUES ('C2', 2.5)",
    )
    return client


def test_a_hub_and_a_satellite_are_loaded_once(vault: Client) -> None:
    assert [vault.rows(HUB_LOAD), vault.rows(HUB_LOAD)] == [[[2]], [[0]]]
    assert [vault.rows(SATELLITE_LOAD), vault.rows(SATELLITE_LOAD)] == [[[2]], [[0]]]
    assert vault.rows("SELECT hk, load_dt FROM hub WHERE no = 'C1'") == [
        [hashlib.md5(b"C1").digest(), dt.datetime(2026, 11, 23, 6)]  # noqa: DTZ001 - a TIMESTAMP
    ]


def test_the_same_text_with_another_value_is_another_statement(vault: Client) -> None:
    for day in ("2026-11-23", "2026-11-24"):
        found = vault.value(f"SELECT CAST('{day} 00:00:00' AS TIMESTAMP)::VARCHAR(10)")
        assert found == day
    assert vault.rows("SELECT CAST(1 AS BIGINT), CAST(2 AS BIGINT)") == [[1, 2]]
    assert vault.rows("SELECT CAST(2 AS BIGINT), CAST('~value0~' AS VARCHAR(20))") == [
        [2, "~value0~"]
    ]


def test_values_of_one_statement_are_not_those_of_the_next(table: Client) -> None:
    table.run(
        "INSERT INTO t VALUES (1, 'it''s')",
        "INSERT INTO t VALUES (2, NULL)",
        "INSERT INTO t (b, a) VALUES ('a', 3)",
        "INSERT INTO t VALUES (2 + 2, 'a' || 'b')",
        "INSERT INTO t VALUES (5, SPLIT_PART('x|y', '|', 2))",
        "INSERT INTO t VALUES (6, TO_CHAR('2024-02-03'::DATE, 'DD.MM'))",
    )

    assert table.rows("SELECT a, b FROM t ORDER BY a") == [
        *([1, "it's"], [2, None], [3, "a"], [4, "ab"], [5, "y"], [6, "03.02"])
    ]
    table.refused("INSERT INTO t VALUES ('x', 'y')", "22V02")
    table.refused("INSERT INTO t VALUES (1)", "42601", match="fewer")
    table.refused("INSERT INTO t VALUES (1, 'a', 2)", "42601", match="more")


def test_a_key_that_is_not_enabled_is_looked_for_by_a_function(client: Client) -> None:
    client.run(
        "CREATE TABLE k (a INT, CONSTRAINT pk PRIMARY KEY (a) DISABLED)",
        "INSERT INTO k VALUES (1)",
        "INSERT INTO k VALUES (1)",
    )

    assert client.rows("SELECT ANALYZE_CONSTRAINTS('k')") == [
        ["public", "k", "a", "pk", "PRIMARY", "('1')"]
    ]


def test_statistics_are_asked_for_by_name(table: Client, server: Standin) -> None:
    assert table.rows("SELECT ANALYZE_STATISTICS('public.t')") == [[0]]
    assert server.analyzed == ["public.t"]
    table.refused("SELECT ANALYZE_STATISTICS('public.nope')", "42V01")
    table.refused("SELECT ANALYZE_STATISTICS('t') FROM t", "0A000", match="Meta-function")


def test_update_and_delete_count_their_rows(table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")

    assert table.rows("UPDATE t SET b = 'bb' WHERE a = 1") == [[1]]
    table.refused("UPDATE t SET b = '0123456789'", "22001")
    assert table.rows("DELETE FROM t WHERE a = 1") == [[1]]


def test_merge_updates_and_inserts_and_refuses_what_is_too_long(table: Client) -> None:
    table.run(
        "CREATE TABLE s (a INT, b VARCHAR(20))",
        "INSERT INTO t VALUES (1, 'a')",
        "INSERT INTO s VALUES (1, 'merged')",
        "INSERT INTO s VALUES (2, 'new')",
    )
    assert table.rows(
        "MERGE /*+LABEL(m)*/ INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b "
        "WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, s.b)"
    ) == [[2]]
    assert table.rows("SELECT * FROM t ORDER BY a") == [[1, "merged"], [2, "new"]]
    table.run("INSERT INTO s VALUES (3, 'much too long')")
    table.refused(
        "MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)", "22001"
    )


def test_values_come_back_as_they_went(server: Standin, client: Client) -> None:
    client.run(
        "CREATE TABLE ty (i INT, f FLOAT, n NUMERIC(38,10), b BOOLEAN, d DATE, t TIME, "
        "ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, vb VARBINARY(10), v VARCHAR(10), c CHAR(4))",
        "INSERT INTO ty VALUES (9007199254740993, 1.5, 1234567.0000000001, true, '2024-02-29', "
        "'12:34:56.5', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03+02', "
        "'00010203-0405-0607-0809-0a0b0c0d0e0f', HEX_TO_BINARY('00ff5c'), 'h\u00e9', 'ab')",
    )
    expected = [
        9007199254740993,
        1.5,
        Decimal("1234567.0000000001"),
        True,
        dt.date(2024, 2, 29),
        dt.time(12, 34, 56, 500000),
        dt.datetime(2024, 2, 29, 1, 2, 3, 4),  # noqa: DTZ001 - a TIMESTAMP
        dt.datetime(2024, 2, 28, 23, 2, 3, tzinfo=dt.UTC),
        UUID("00010203-0405-0607-0809-0a0b0c0d0e0f"),
        b"\x00\xff\x5c",
        "h\u00e9",
        "ab  ",
    ]
    assert client.rows("SELECT * FROM ty") == [expected]
    described = [(item.type_name, item.display_size) for item in client.cursor.description[9:]]
    assert described == [("Varbinary", 10), ("Varchar", 10), ("Char", 4)]
    client.commit()
    with connected(server, binary_transfer=True) as binary:
        assert binary.rows("SELECT * FROM ty") == [expected]


def test_null_sorts_low_in_numbers_and_high_in_texts(table: Client) -> None:
    for values in ("(2, 'x')", "(NULL, 'y')", "(1, NULL)"):
        table.run(f"INSERT INTO t VALUES {values}")

    assert table.rows("SELECT a FROM t ORDER BY a") == [[None], [1], [2]]
    assert table.rows("SELECT a FROM t ORDER BY 1 DESC") == [[2], [1], [None]]
    assert table.rows("SELECT b AS c FROM t ORDER BY c") == [["x"], ["y"], [None]]


def test_errors_of_a_value_are_found_while_the_statement_runs(table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'x')")

    table.refused("SELECT a / 0 FROM t", "22012", match="Division by zero")
    table.refused("SELECT THROW_ERROR('mine')", match="USER GENERATED ERROR: mine")
    table.refused("SELECT b::INT FROM t", "22V02", match='Invalid input syntax for integer: "x"')
    table.refused("CREATE TABLE big (v VARCHAR(65001))", match="cannot exceed 65000")


def test_a_cast_cuts_between_characters(client: Client) -> None:
    assert client.rows(
        "SELECT 'abcdef'::VARCHAR(3), CAST('h\u00e9\u00e9' AS VARCHAR(4)), 'x'::VARCHAR(2), "
        "MD5('a')::BINARY(4), NULL::VARCHAR(4)"
    ) == [["abc", "h\u00e9", "x", b"0cc1", None]]


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("12", "INT", 12),
        (" 12 ", "INT", 12),
        ("1.5", "INT", None),
        ("x", "INT", None),
        ("2024-02-30", "DATE", None),
        ("2024-02-29", "DATE", dt.date(2024, 2, 29)),
        (" Yes ", "BOOLEAN", True),
        ("2", "BOOLEAN", None),
        ("1.55", "NUMERIC(5,1)", Decimal("1.6")),
        ("abc", "VARCHAR(2)", "ab"),
    ],
)
def test_a_try_cast_is_null_where_it_cannot_be(
    client: Client, text: str, target: str, expected: object
) -> None:
    client.run("CREATE TABLE s (b VARCHAR(20))", f"INSERT INTO s VALUES ('{text}')")

    assert client.rows(f"SELECT b::!{target} FROM s") == [[expected]]


def test_bytes_are_octal_in_a_literal_and_never_too_many(client: Client) -> None:
    client.run("CREATE TABLE bn (a VARBINARY(2), b BINARY(3))")
    client.run(r"INSERT INTO bn VALUES ('\000\377', 'ab')")

    assert client.rows("SELECT * FROM bn") == [[b"\x00\xff", b"ab\x00"]]
    client.refused("INSERT INTO bn VALUES ('abc', '')", "22001")


def test_functions_give_what_vertica_documents(client: Client) -> None:
    assert client.rows("SELECT MD5('abc'), SHA1('abc'), SHA256('')") == [
        [
            "900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ]
    ]
    assert client.rows(
        "SELECT LENGTH('h\u00e9'), OCTET_LENGTH('h\u00e9'), NVL(NULL, 'x'), "
        "DECODE(1, 1, 'one', 'other'), TO_HEX(255)"
    ) == [[2, 3, "x", "one", "ff"]]
    assert isinstance(client.value("SELECT HASH('a', 1)"), int)


def test_what_an_insert_casts_by_itself(table: Client) -> None:
    table.run(
        "CREATE TABLE h (hk VARBINARY(16), ts TIMESTAMP, n INT)", "INSERT INTO t VALUES (1, 'x')"
    )

    table.refused(
        "INSERT INTO h (hk) SELECT MD5(b) FROM t",
        "42804",
        match="is of type varbinary but expression is of type varchar",
    )
    table.refused("INSERT INTO h (n) SELECT b FROM t", "42804")
    # Untyped literals go anywhere; an integer goes into a text.
    table.run("INSERT INTO h SELECT HEX_TO_BINARY(MD5(b)), '2024-01-01', '7' FROM t")
    table.run("INSERT INTO t (b) SELECT n FROM h")
    table.refused("INSERT INTO t SELECT 1", "42601")
    table.refused("INSERT INTO t SELECT 1, 'a', 2", "42601", match="more expressions")
