"""Exercises vertica_standin.py with the real vertica_python driver.  Run: python -m pytest -q test_standin.py"""

import contextlib
import datetime as dt
import decimal
import io
import os
import pathlib
import subprocess
import sys
import threading
import time
import uuid
import warnings

import pytest
import vertica_python
from vertica_python import errors

from tests.vertica_standin import Standin

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The driver: notices are warnings, and a connection that fails leaves its socket open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning",
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


def connect(s, **kw):
    opts = dict(
        host="127.0.0.1",
        port=s.port,
        user="dbadmin",
        password=s.password,
        database="vdb",
        tlsmode="disable",
        autocommit=False,
    )
    opts.update(kw)
    return vertica_python.connect(**opts)


def q(cur, sql, *a, **kw):
    """Execute and drain: the only safe way with this driver."""
    cur.execute(sql, *a, **kw)
    out = [cur.fetchall()]
    while cur.nextset():
        out.append(cur.fetchall())
    return out[0] if len(out) == 1 else out


@pytest.fixture
def s():
    with Standin() as server:
        yield server


@pytest.fixture
def conn(s):
    c = connect(s)
    yield c
    if c.opened():
        c.close()


@pytest.fixture
def cur(conn):
    return conn.cursor()


@pytest.fixture
def t(cur):
    q(cur, "CREATE TABLE t (a INT, b VARCHAR(9))")
    return cur


def bad(cur, sql, sqlstate=None, cls=errors.QueryError, match=None):
    with pytest.raises(cls, match=match) as e:
        q(cur, sql)
    if sqlstate:
        assert e.value.sqlstate == sqlstate, e.value
    assert q(cur, "SELECT 1") == [[1]]  # the connection is still usable
    return e.value


# ------------------------------------------------------------- connecting
@pytest.mark.parametrize("auth", ["password", "md5", "sha512"])
def test_passwords(auth):
    with Standin(password="s3cret", auth=auth) as s:
        with connect(s) as c:
            assert q(c.cursor(), "SELECT 1") == [[1]]
        with pytest.raises(errors.ConnectionError, match="Invalid username or password"):
            connect(s, password="nope")


def test_refused_backup_and_load_balance(s):
    s.faults.refuse = True
    with pytest.raises(errors.ConnectionError):
        connect(s)
    s.faults.refuse = False
    with connect(
        s,
        host="127.0.0.1",
        port=1,
        backup_server_node=[("127.0.0.1", s.port)],
        connection_load_balance=True,
    ) as c:
        assert q(c.cursor(), "SELECT 2") == [[2]]


def test_tls_prefer_falls_back(s):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        connect(s, tlsmode="prefer").close()
    assert any("TLS is not configured" in str(x.message) for x in w)
    with pytest.raises(errors.SSLNotSupported):
        connect(s, tlsmode="require")


def test_command_line(tmp_path):
    p = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.vertica_standin",
            "--port",
            "0",
            "--db",
            str(tmp_path / "x.duckdb"),
            "--password",
            "pw",
            "--fail-regex",
            "boom",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
    )
    try:
        word, port = p.stdout.readline().split()
        assert word == "ready"
        with vertica_python.connect(
            host="127.0.0.1",
            port=int(port),
            user="u",
            password="pw",
            database="d",
            tlsmode="disable",
        ) as c:
            cur = c.cursor()
            q(cur, "CREATE TABLE t (a INT)")
            with pytest.raises(errors.LockFailure):
                q(cur, "SELECT 'boom'")
    finally:
        p.terminate()
        p.wait()


# ------------------------------------------------------------- DDL and catalogue
HUB = """CREATE TABLE IF NOT EXISTS dv.hub_customer (
    hk_customer VARBINARY(16) NOT NULL, load_dts TIMESTAMPTZ NOT NULL, rsrc VARCHAR(100) NOT NULL, customer_no VARCHAR(20) NOT NULL,
    CONSTRAINT pk_hub PRIMARY KEY (hk_customer) DISABLED)
    ORDER BY hk_customer SEGMENTED BY HASH(hk_customer) ALL NODES KSAFE 1"""
SAT = """CREATE TABLE dv.sat_customer (hk_customer VARBINARY(16) NOT NULL, load_dts TIMESTAMP NOT NULL, hd CHAR(32), name VARCHAR(50), amount NUMERIC(12,2))
    ORDER BY hk_customer, load_dts SEGMENTED BY HASH(hk_customer) ALL NODES
    PARTITION BY load_dts::DATE GROUP BY CALENDAR_HIERARCHY_DAY(load_dts::DATE, 3, 2)"""


def test_ddl_and_catalog(cur):
    q(cur, "CREATE SCHEMA IF NOT EXISTS dv")
    q(cur, HUB)
    q(cur, HUB)
    q(cur, SAT)
    q(cur, "ALTER TABLE dv.hub_customer ADD COLUMN extra VARCHAR(7) DEFAULT 'x' NOT NULL")
    q(cur, "COMMENT ON TABLE dv.hub_customer IS 'the hub'")
    q(cur, "COMMENT ON COLUMN dv.hub_customer.extra IS 'it''s extra'")
    assert q(cur, "SELECT table_name FROM v_catalog.tables WHERE table_schema='dv' ORDER BY 1") == [
        ["hub_customer"],
        ["sat_customer"],
    ]
    cols = q(
        cur,
        "SELECT column_name, data_type, is_nullable, character_maximum_length FROM v_catalog.columns "
        "WHERE table_schema='dv' AND table_name='hub_customer' ORDER BY ordinal_position",
    )
    assert cols[0] == ["hk_customer", "varbinary(16)", False, 16]
    assert [c[1] for c in cols[1:]] == ["timestamptz", "varchar(100)", "varchar(20)", "varchar(7)"]
    assert ["dv"] in q(cur, "SELECT schema_name FROM v_catalog.schemata")
    assert q(
        cur, "SELECT partition_expression FROM v_catalog.tables WHERE table_name='sat_customer'"
    )[0][0].startswith("CAST(load_dts AS DATE)")
    assert q(
        cur,
        "SELECT column_name, is_enabled FROM v_catalog.primary_keys WHERE table_name='hub_customer'",
    ) == [["hk_customer", False]]
    assert q(cur, "SELECT comment FROM v_catalog.comments WHERE object_type='TABLE'") == [
        ["the hub"]
    ]
    bad(cur, "CREATE TABLE dv.hub_customer (a INT)", "42710", errors.DuplicateObject)
    bad(cur, "SELECT 1 FROM nowhere.x", "3F000", errors.MissingSchema)
    bad(cur, "SELECT 1 FROM dv.nope", "42V01", errors.MissingRelation)
    bad(cur, "SELECT nope FROM dv.hub_customer", "42703", errors.MissingColumn)
    q(cur, "CREATE TABLE dv.nullable (d DATE) PARTITION BY d")
    bad(cur, "INSERT INTO dv.nullable VALUES (NULL)", "22004", match="Partition key")
    bad(cur, "CREATE TABLE dv.p (d DATE) ORDER BY e SEGMENTED BY HASH(d) ALL NODES", "42703")
    bad(cur, "CREATE TABLE dv.p (d DATE) ORDER BY d SEGMENTED BY HASH(e) ALL NODES", "42703")
    bad(cur, "ALTER TABLE dv.sat_customer ADD COLUMN x INT, ADD COLUMN y INT", "0A000")
    q(cur, "DROP TABLE IF EXISTS dv.sat_customer CASCADE")
    q(cur, "DROP SCHEMA dv CASCADE")
    assert q(cur, "SELECT COUNT(*) FROM v_catalog.tables") == [[0]]


def test_ddl_commits_and_rollback(s, t, conn):
    q(t, "INSERT INTO t VALUES (1, 'a')")
    conn.rollback()
    assert q(t, "SELECT COUNT(*) FROM t") == [[0]]
    q(t, "INSERT INTO t VALUES (1, 'a')")
    q(t, "CREATE TABLE u (a INT)")  # commits the insert as well
    conn.rollback()
    assert q(t, "SELECT COUNT(*) FROM t") == [[1]]
    with connect(s) as other:
        assert q(other.cursor(), "SELECT COUNT(*) FROM u") == [[0]]
    q(t, "INSERT INTO t VALUES (2, 'b')")
    q(t, "TRUNCATE TABLE t")
    conn.rollback()
    assert q(t, "SELECT COUNT(*) FROM t") == [[0]]


def test_autocommit(s):
    with connect(s, autocommit=True) as c, connect(s) as d:
        cur = c.cursor()
        assert c.autocommit is True
        q(cur, "CREATE TABLE t (a INT)")
        q(cur, "INSERT INTO t VALUES (1)")
        assert c.transaction_status == "no_transaction"
        assert q(d.cursor(), "SELECT * FROM t") == [[1]]
        q(cur, "BEGIN")
        q(cur, "INSERT INTO t VALUES (2)")
        q(cur, "ROLLBACK")
        assert q(cur, "SELECT COUNT(*) FROM t") == [[1]]
        c.autocommit = False
        assert c.autocommit is False
        q(cur, "INSERT INTO t VALUES (3)")
        assert q(d.cursor(), "SELECT COUNT(*) FROM t") == [[1]]
        assert c.transaction_status == "in_transaction"
        c.commit()
        assert q(d.cursor(), "SELECT COUNT(*) FROM t") == [[2]]  # read committed


def test_statement_rollback_keeps_the_transaction(t, conn):
    q(t, "INSERT INTO t VALUES (1, 'a')")
    bad(
        t,
        "INSERT INTO t VALUES (2, 'far too long')",
        "22001",
        match="String of 12 octets is too long for type Varchar",
    )
    bad(t, "SELECT nope FROM t", "42703")
    q(t, "INSERT INTO t VALUES (3, 'c')")
    conn.commit()
    assert q(t, "SELECT a FROM t ORDER BY a") == [[1], [3]]


def test_commit_without_transaction_warns(conn):
    with pytest.warns(UserWarning, match="no transaction in progress"):
        conn.commit()


# ------------------------------------------------------------- DML
def test_data_vault_load(cur, conn):
    q(cur, "CREATE SCHEMA dv")
    q(cur, "CREATE TABLE stg (customer_no VARCHAR(20), name VARCHAR(50), amount NUMERIC(12,2))")
    q(cur, HUB)
    q(cur, SAT)
    for n in range(3):
        q(cur, f"INSERT INTO stg VALUES ('C{n}', 'Name {n}', {n}.5)")
    load = """INSERT /*+LABEL(hub_customer)*/ INTO dv.hub_customer (hk_customer, load_dts, rsrc, customer_no)
        SELECT DISTINCT HEX_TO_BINARY(MD5(UPPER(TRIM(s.customer_no)))), NOW(), 'crm', s.customer_no FROM stg s
        WHERE NOT EXISTS (SELECT 1 FROM dv.hub_customer h WHERE h.hk_customer = HEX_TO_BINARY(MD5(UPPER(TRIM(s.customer_no)))))"""
    assert q(cur, load) == [[3]]
    assert q(cur, load) == [[0]]
    sat = """INSERT INTO dv.sat_customer SELECT s.hk, s.ld, s.hd, s.name, s.amount FROM (
          SELECT HEX_TO_BINARY(MD5(customer_no)) AS hk, '2024-01-02'::TIMESTAMP AS ld, MD5(name || '||' || amount::VARCHAR) AS hd, name, amount FROM stg) s
        LEFT JOIN (SELECT hk_customer, hd FROM dv.sat_customer LIMIT 1 OVER (PARTITION BY hk_customer ORDER BY load_dts DESC)) c
          ON c.hk_customer = s.hk WHERE c.hk_customer IS NULL OR c.hd <> s.hd"""
    assert q(cur, sat) == [[3]]
    assert q(cur, sat) == [[0]]
    conn.commit()
    row = q(
        cur,
        "SELECT hk_customer, load_dts, TO_HEX(hk_customer) FROM dv.hub_customer WHERE customer_no='C0'",
    )[0]
    assert row[0].hex() == row[2] and len(row[0]) == 16 and row[1].tzinfo
    assert q(cur, "SELECT ANALYZE_STATISTICS('dv.hub_customer')") == [[0]]
    bad(cur, "SELECT ANALYZE_STATISTICS('dv.nope')", "42V01")
    q(
        cur, "INSERT INTO dv.hub_customer SELECT * FROM dv.hub_customer"
    )  # a disabled key is not enforced
    dup = q(cur, "SELECT ANALYZE_CONSTRAINTS('dv.hub_customer')")
    assert len(dup) == 3 and dup[0][3] == "pk_hub"


def test_update_delete_merge(t, conn):
    q(t, "INSERT INTO t VALUES (1, 'a')")
    assert q(t, "UPDATE t SET b = 'bb' WHERE a = 1") == [[1]]
    bad(t, "UPDATE t SET b = '0123456789'", "22001")
    q(t, "CREATE TABLE src (a INT, b VARCHAR(20))")
    q(t, "INSERT INTO src VALUES (1, 'merged')")
    q(t, "INSERT INTO src VALUES (2, 'new')")
    assert q(
        t,
        "MERGE /*+LABEL(m)*/ INTO t USING src s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b "
        "WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, s.b)",
    ) == [[2]]
    assert q(t, "SELECT * FROM t ORDER BY a") == [[1, "merged"], [2, "new"]]
    q(t, "INSERT INTO src VALUES (3, 'much too long')")
    bad(
        t,
        "MERGE INTO t USING src s ON t.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)",
        "22001",
    )
    assert q(t, "DELETE FROM t WHERE a = 1") == [[1]]
    conn.commit()
    assert q(t, "SELECT COUNT(*) FROM t") == [[1]]


def test_types_round_trip(cur, s):
    q(
        cur,
        """CREATE TABLE ty (i INT, f FLOAT, n NUMERIC(38,10), b BOOLEAN, d DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ,
              u UUID, vb VARBINARY(10), v VARCHAR(10), c CHAR(4), lv LONG VARCHAR(1000))""",
    )
    q(
        cur,
        """INSERT INTO ty VALUES (9007199254740993, 1.5, 1234567.0000000001, true, '2024-02-29', '12:34:56.5', '2024-02-29 01:02:03.000004',
              '2024-02-29 01:02:03+02', '00010203-0405-0607-0809-0a0b0c0d0e0f', HEX_TO_BINARY('00ff5c'), 'h\u00e9', 'ab', 'long')""",
    )
    want = [
        9007199254740993,
        1.5,
        decimal.Decimal("1234567.0000000001"),
        True,
        dt.date(2024, 2, 29),
        dt.time(12, 34, 56, 500000),
        dt.datetime(2024, 2, 29, 1, 2, 3, 4),
        dt.datetime(2024, 2, 28, 23, 2, 3, tzinfo=dt.UTC),
        uuid.UUID("00010203-0405-0607-0809-0a0b0c0d0e0f"),
        b"\x00\xff\x5c",
        "h\u00e9",
        "ab  ",
        "long",
    ]
    assert q(cur, "SELECT * FROM ty")[0] == want
    cur.connection.commit()
    with connect(s, binary_transfer=True) as c:
        assert q(c.cursor(), "SELECT * FROM ty")[0] == want
    assert [(d.type_name, d.display_size) for d in cur.description[9:12]] == [
        ("Varbinary", 10),
        ("Varchar", 10),
        ("Char", 4),
    ]
    q(cur, "INSERT INTO ty (i) VALUES (NULL)")
    assert q(cur, "SELECT v FROM ty WHERE i IS NULL") == [[None]]
    bad(cur, "CREATE TABLE big (v VARCHAR(65001))", match="cannot exceed 65000")


def test_null_order_and_division(t):
    for v in ("(2, 'x')", "(NULL, 'y')", "(1, NULL)"):
        q(t, f"INSERT INTO t VALUES {v}")
    assert q(t, "SELECT a FROM t ORDER BY a") == [
        [None],
        [1],
        [2],
    ]  # NULL sorts low in numbers and dates ...
    assert q(t, "SELECT a FROM t ORDER BY 1 DESC") == [[2], [1], [None]]
    assert q(t, "SELECT b AS c FROM t ORDER BY c") == [
        ["x"],
        ["y"],
        [None],
    ]  # ... and high in strings
    bad(t, "SELECT a / 0 FROM t", "22012", match="Division by zero")
    bad(t, "SELECT THROW_ERROR('mine')", match="USER GENERATED ERROR: mine")


def test_casts_truncate_like_vertica(cur):
    assert q(
        cur,
        "SELECT 'abcdef'::VARCHAR(3), CAST('h\u00e9\u00e9' AS VARCHAR(4)), MD5('a')::BINARY(4), 'x'::VARCHAR(2)",
    )[0] == ["abc", "h\u00e9", b"0cc1", "x"]
    q(cur, "CREATE TABLE bn (a VARBINARY(2), b BINARY(3))")
    q(cur, r"INSERT INTO bn VALUES ('\000\377', 'ab')")
    assert q(cur, "SELECT * FROM bn") == [[b"\x00\xff", b"ab\x00"]]
    bad(cur, "INSERT INTO bn VALUES ('abc', '')", "22001")
    assert q(cur, "SELECT MD5('abc'), SHA1('abc'), SHA256('')")[0] == [
        "900150983cd24fb0d6963f7d28e17f72",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]
    assert q(
        cur,
        "SELECT LENGTH('h\u00e9'), OCTET_LENGTH('h\u00e9'), NVL(NULL, 'x'), DECODE(1, 1, 'one', 'other'), TO_HEX(255)",
    )[0] == [2, 3, "x", "one", "ff"]
    assert isinstance(q(cur, "SELECT HASH('a', 1)")[0][0], int)


def test_constraints(cur):
    q(cur, "CREATE TABLE k (a INT NOT NULL PRIMARY KEY ENABLED, b INT CHECK (b > 0))")
    q(cur, "INSERT INTO k VALUES (1, 1)")
    bad(cur, "INSERT INTO k VALUES (1, 1)", "23505", match="Duplicate key values")
    bad(cur, "INSERT INTO k VALUES (2, 0)", "23514")
    bad(cur, "INSERT INTO k VALUES (NULL, 1)", "22004", match="NOT NULL column")
    q(cur, "CREATE TABLE idt (id IDENTITY(1,1), a INT)")
    q(cur, "INSERT INTO idt (a) VALUES (5)")
    q(cur, "INSERT INTO idt (a) VALUES (6)")
    assert q(cur, "SELECT * FROM idt ORDER BY a") == [[1, 5], [2, 6]]
    bad(cur, "INSERT INTO idt (id, a) VALUES (9, 9)")


def test_assignment_coercion(t):
    q(t, "CREATE TABLE h (hk VARBINARY(16), ts TIMESTAMP, n INT)")
    q(t, "INSERT INTO t VALUES (1, 'x')")
    bad(
        t,
        "INSERT INTO h (hk) SELECT MD5(b) FROM t",
        "42804",
        match="is of type varbinary but expression is of type varchar",
    )
    bad(t, "INSERT INTO h (n) SELECT b FROM t", "42804")
    q(
        t, "INSERT INTO h SELECT HEX_TO_BINARY(MD5(b)), '2024-01-01', '7' FROM t"
    )  # untyped literals are fine
    q(t, "INSERT INTO t (b) SELECT n FROM h")  # int -> varchar is an assignment cast
    bad(t, "INSERT INTO t SELECT 1", "42601")
    bad(t, "INSERT INTO t SELECT 1, 'a', 2", "42601", match="more expressions")


def test_temp_tables(cur, conn, s):
    q(cur, "CREATE LOCAL TEMPORARY TABLE tmp (a INT, b VARCHAR(5)) ON COMMIT PRESERVE ROWS")
    q(cur, "CREATE LOCAL TEMPORARY TABLE tmp2 (a INT)")
    q(cur, "INSERT INTO tmp VALUES (1, 'x')")
    q(cur, "INSERT INTO tmp2 VALUES (1)")
    conn.commit()
    assert q(cur, "SELECT COUNT(*) FROM tmp") == [[1]]
    assert q(cur, "SELECT COUNT(*) FROM tmp2") == [[0]]  # ON COMMIT DELETE ROWS is the default
    with connect(s) as other:
        bad(other.cursor(), "SELECT * FROM tmp", "42V01")


# ------------------------------------------------------------- strictness
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR IGNORE INTO t VALUES (1,'a')",
        "INSERT INTO t VALUES (1,'a') ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1,'a'),(2,'b')",
        "INSERT INTO t VALUES (1,'a') RETURNING a",
        "CREATE OR REPLACE TABLE t (a INT)",
        "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
        "SELECT * FROM t ANTI JOIN t u ON t.a = u.a",
        "SELECT * FROM t SEMI JOIN t u ON t.a = u.a",
        "SELECT DISTINCT ON (a) a, b FROM t",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "FROM t",
        "SELECT [1,2]",
        "SELECT {'a': 1}",
        "SELECT list_aggregate(ARRAY[1], 'sum')",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT TRY_CAST(b AS INT) FROM t",
        "SELECT COUNT(*) FILTER (WHERE a > 1) FROM t",
        "SELECT a IS DISTINCT FROM 1 FROM t",
        "SELECT b, COUNT(*) FROM t GROUP BY ALL",
        "SELECT * FROM generate_series(1,3)",
        "SELECT STRING_AGG(b, ',') FROM t",
        "SELECT CONCAT(b, b, b) FROM t",
        "SELECT MD5(1)",
        "SELECT MD5(a) FROM t",
        "SELECT SHA1(a) FROM t",
        "CREATE TABLE x (a TEXT)",
        "CREATE TABLE x (a HUGEINT)",
        "SELECT a::STRING FROM t",
        "SELECT * FROM (VALUES (1)) v(a)",
        "SELECT * FROM (SELECT 1 AS a)",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM duckdb_tables",
        "PRAGMA version",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SELECT a + 1 AS c FROM t WHERE c > 1",
        "SELECT a + 1 AS c, c + 1 AS d FROM t",
        "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.b = t.b AND u.a > t.a)",
        "SELEC 1",
        "DELETE FROM t USING t u WHERE t.a = u.a",
        "SELECT CONCAT_WS('|', b, b) FROM t",
        "SELECT MD5(b) FROM t GROUP BY a",
        "DROP DATABASE x",
        "SELECT CONDITIONAL_CHANGE_EVENT(a) OVER (ORDER BY a) FROM t",
    ],
)
def test_rejects(t, sql):
    bad(t, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t WHERE NOT EXISTS (SELECT 1 FROM t u WHERE u.a = t.a)",
        "SELECT * FROM t x WHERE (x.a, x.b) IN (SELECT a, b FROM t)",
        "WITH c AS (SELECT a FROM t) SELECT c.a, LAG(c.a) OVER (ORDER BY c.a) FROM c",
        "SELECT a FROM t MINUS SELECT a FROM t",
        "SELECT 1 FROM dual",
        "SELECT a <=> NULL FROM t",
        "SELECT COUNT(*) n, b FROM t GROUP BY b ORDER BY n",
        "SELECT DATEDIFF('day', '2024-01-01'::DATE, '2024-01-03'::DATE)",
        "SELECT TO_CHAR('2024-01-02'::DATE, 'YYYY-MM-DD')",
        "SELECT CURRENT_TIMESTAMP, NOW(), SYSDATE, GETDATE(), CLOCK_TIMESTAMP()",
        "SELECT VERSION(), CURRENT_DATABASE(), CURRENT_USER",
        "SELECT LISTAGG(b USING PARAMETERS separator='|') FROM t",
        "SELECT REGEXP_LIKE(b, '^x'), SPLIT_PART('a|b', '|', 2), INSTR('abc', 'b') FROM t",
        "SELECT E'a\\tb'",
        "SELECT * FROM vdb.public.t",
        "SET SESSION RUNTIMECAP '10 minutes'",
        "SET SESSION RESOURCE_POOL = etl",
        "SET SEARCH_PATH TO public",
        "EXPLAIN SELECT * FROM t",
        "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)",
        "ALTER TABLE t RENAME TO t9",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE t2 LIKE t INCLUDING PROJECTIONS",
        "CREATE TABLE x AS SELECT a FROM t",
        "ALTER TABLE t ALTER COLUMN b SET DATA TYPE VARCHAR(20)",
        "GRANT SELECT ON t TO u",
        "CREATE PROJECTION p AS SELECT a FROM t ORDER BY a SEGMENTED BY HASH(a) ALL NODES",
    ],
)
def test_accepts(t, sql):
    q(t, sql)


def test_hidden_error_pitfall(t):
    """The driver swallows the error of a second statement unless every result set is drained."""
    t.execute("INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'far too long')")
    t.execute("SELECT 1")  # no exception: flush_to_query_ready() drops the ErrorResponse
    with pytest.raises(errors.QueryError):
        q(t, "INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'far too long')")


# ------------------------------------------------------------- COPY
def test_copy_stdin(t, conn, s):
    t.copy("COPY t (a, b) FROM STDIN DELIMITER ','", "1,foo\n2,bar\n,baz\n4,\n")
    with connect(s) as other:  # COPY commits by itself
        assert q(other.cursor(), "SELECT COUNT(*), COUNT(a), COUNT(b) FROM t") == [[4, 3, 3]]
    assert q(t, "SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()") == [[4, 0]]
    t.copy("COPY t FROM STDIN DELIMITER ',' NO COMMIT", io.BytesIO(b"9,x"))
    conn.rollback()
    assert q(t, "SELECT COUNT(*) FROM t") == [[4]]
    with pytest.raises(errors.MissingRelation):
        t.copy("COPY nope FROM STDIN", "x")
    t.copy("COPY t FROM STDIN DELIMITER ','; SELECT 5", "7,z")
    assert t.fetchall() == [] and t.nextset() and t.fetchall() == [[5]]


def test_copy_rejects(t):
    data = "1,ok\nx\u00f1,bla\n3,much too long\n4\n5,a,b\n"
    t.copy("COPY t FROM STDIN DELIMITER ',' ENFORCELENGTH REJECTED DATA AS TABLE t_rej", data)
    assert q(t, "SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()") == [[1, 4]]
    assert q(
        t, "SELECT row_number, rejected_data, rejected_reason FROM t_rej ORDER BY row_number"
    ) == [
        [2, "x\u00f1,bla", "Invalid integer format 'x\u00f1' for column 1 (a)"],
        [3, "3,much too long", "The 13-byte value is too long for type Varchar(9), column 2 (b)"],
        [4, "4", "Too few columns found"],
        [5, "5,a,b", "Too many columns found"],
    ]
    t.copy("COPY t FROM STDIN DELIMITER ',' REJECTED DATA AS TABLE t_rej2 NO COMMIT", "x,y\n")
    t.connection.rollback()
    bad(t, "SELECT * FROM public.t_rej2", "42V01")  # it was a LOCAL TEMP table
    t.copy(
        "COPY t FROM STDIN DELIMITER ','", "3,much too long\n"
    )  # no ENFORCELENGTH: truncated silently
    assert q(t, "SELECT b FROM t WHERE a = 3") == [["much too "]]
    with pytest.raises(errors.CopyRejected, match="Invalid integer format 'FAIL'"):
        t.copy("COPY t FROM STDIN DELIMITER ',' ABORT ON ERROR", "8,x\nFAIL,y")
    with pytest.raises(errors.CopyRejected):
        t.copy("COPY t FROM STDIN DELIMITER ',' REJECTMAX 2", "8,x\nA,y\nB,y\nC,y")
    assert q(t, "SELECT COUNT(*) FROM t WHERE a = 8") == [[0]]


def test_copy_delimited_details(t):
    t.copy(
        "COPY t FROM STDIN DELIMITER '|' ENCLOSED BY '\"' NULL 'NULL' SKIP 1",
        'a|b\n1|"x|y"\n2|"a\\"b"\n3|NULL\n4|"NULL"\n5|\n6|"l1\nl2"\n\n7|a\\|b\n',
    )
    assert q(t, "SELECT * FROM t ORDER BY a") == [
        [1, "x|y"],
        [2, 'a"b'],
        [3, None],
        [4, "NULL"],
        [5, ""],
        [6, "l1\nl2"],
        [7, "a|b"],
    ]
    q(t, "DELETE FROM t")
    t.copy(
        "COPY t FROM STDIN DELIMITER E'\\001' RECORD TERMINATOR E'\\002' NULL E'\\003' NO ESCAPE",
        "1\x01a\\b\n\x022\x01\x03\x023\x01\x02",
    )
    assert q(t, "SELECT * FROM t ORDER BY a") == [[1, "a\\b\n"], [2, None], [3, ""]]
    q(t, "CREATE TABLE f (a INT, b VARCHAR(20), ld TIMESTAMPTZ, src VARCHAR(5))")
    t.copy(
        "COPY f (raw FILLER VARCHAR(20), a AS raw::INT + 1, b, ld AS NOW(), src AS 'crm') FROM STDIN DELIMITER ','",
        "41,x\n",
    )
    assert q(t, "SELECT a, b, src FROM f") == [[42, "x", "crm"]]
    bad(t, "COPY t FROM STDIN FORMAT csv", "42601")
    bad(t, "COPY t TO STDOUT", "42601")


def test_copy_fcsvparser(t, tmp_path):
    csvf = tmp_path / "x.csv"
    csvf.write_text('B,a,other\r\n"x ""q"",\ny",1,z\r\nbad,notint,z\r\n', newline="")
    assert q(t, f"COPY t FROM '{csvf}' PARSER fcsvparser()") == [[2]]
    assert sorted(q(t, "SELECT * FROM t"), key=str) == [
        [1, 'x "q",\ny'],
        [None, "bad"],
    ]  # a bad int became NULL, silently
    assert q(
        t, f"COPY t FROM LOCAL '{csvf}' PARSER fcsvparser(reject_on_materialized_type_error='true')"
    ) == [[1]]


def test_copy_local(t, tmp_path):
    f1, f2, rej, exc = (str(tmp_path / n) for n in ("f1", "f2", "rej", "exc"))
    pathlib.Path(f1).write_bytes(b"1,foo\n2,bar\nx\xc3\xb1,bla")
    pathlib.Path(f2).write_bytes(b"4,\n5,aaaaaaaaaa\n,baz")
    sql = f"COPY t FROM LOCAL '{f1}','{f2}' DELIMITER ',' ENFORCELENGTH"
    t.execute(sql + f" REJECTED DATA '{rej}' EXCEPTIONS '{exc}'; SELECT 100")
    assert t.fetchall() == [[4]] and t.nextset() and t.fetchall() == [[100]]
    assert pathlib.Path(rej).read_text(encoding="utf-8") == "x\u00f1,bla\n5,aaaaaaaaaa\n"
    assert "The 10-byte value is too long for type Varchar(9), column 2 (b)" in pathlib.Path(
        exc
    ).read_text(encoding="utf-8")
    q(t, "DELETE FROM t")
    assert q(t, sql + " RETURNREJECTED") == [[4]]
    assert q(t, f"COPY t FROM LOCAL '{tmp_path}/f*' DELIMITER ','") == [[5]]
    with pytest.raises(errors.CopyRejected):
        q(t, sql + " ABORT ON ERROR")
    with pytest.raises(OSError, match="does not exist"):
        t.execute(f"COPY t FROM LOCAL '{tmp_path}/nope' DELIMITER ','")
    assert q(t, "SELECT 1") == [[1]]
    assert q(t, "COPY t FROM LOCAL STDIN DELIMITER ','", copy_stdin=io.StringIO("1,a\n2,b")) == [
        [2]
    ]
    with pytest.raises(ValueError, match="No STDIN source"):
        t.execute("COPY t FROM LOCAL STDIN DELIMITER ','")
    assert q(t, "SELECT 1") == [[1]]
    assert q(t, sql + " REJECTED DATA AS TABLE r") == [[4]] and q(t, "SELECT COUNT(*) FROM r") == [
        [2]
    ]


def test_copy_speed(t):
    data = "".join(f"{i},v{i}\n" for i in range(100_000))
    start = time.monotonic()
    t.copy("COPY t FROM STDIN DELIMITER ','", data)
    assert q(t, "SELECT COUNT(*) FROM t") == [[100_000]] and time.monotonic() - start < 10


def test_executemany_becomes_copy(t, conn):
    t.executemany("INSERT INTO t (a, b) VALUES (%s, %s)", [(1, "it's"), (2, None), (3, "a|b\\")])
    conn.commit()
    assert q(t, "SELECT * FROM t ORDER BY a") == [[1, "it's"], [2, None], [3, "a|b\\"]]


# ------------------------------------------------------------- prepared statements
def test_prepared(s):
    with connect(s, use_prepared_statements=True) as c:
        cur = c.cursor()
        q(cur, "CREATE TABLE p (a INT, b VARCHAR(9), h VARBINARY(4), d DATE)")
        assert q(
            cur, "INSERT INTO p VALUES (?, ?, ?, ?)", [1, "it's", b"\\x", dt.date(2024, 1, 2)]
        ) == [[1]]
        cur.executemany("INSERT INTO p (a, b) VALUES (?, ?)", [(2, "b"), (3, None)])
        assert (
            cur.fetchall() == [[1]]
            and cur.nextset()
            and cur.fetchall() == [[1]]
            and not cur.nextset()
        )
        c.commit()
        assert q(cur, "SELECT a, b FROM p WHERE a >= ? AND a <= ? ORDER BY a", [2, 3]) == [
            [2, "b"],
            [3, None],
        ]
        assert q(cur, "SELECT h, d FROM p WHERE a = ?", [1]) == [[b"\\x", dt.date(2024, 1, 2)]]
        with pytest.raises(errors.QueryError, match="too long"):
            q(cur, "INSERT INTO p (a, b) VALUES (?, ?)", [4, "0123456789"])
        assert q(cur, "SELECT COUNT(*) FROM p") == [[3]]
        with pytest.raises(errors.MissingRelation):
            cur.execute("SELECT * FROM nope WHERE a = ?", [1])
        assert q(cur, "SELECT 1 + 1") == [[2]]
    with connect(s, use_prepared_statements=True) as c:
        with pytest.raises(errors.VerticaSyntaxError, match="Cannot insert multiple commands"):
            c.cursor().execute("SELECT 1; SELECT 2")


# ------------------------------------------------------------- faults and concurrency
@contextlib.contextmanager
def doomed(s, **kw):
    """A connection the server will drop: the driver's close() itself raises then (broken pipe)."""
    c = connect(s, **kw)
    try:
        yield c
    finally:
        with contextlib.suppress(errors.ConnectionError):
            c.close()


def test_drop_connection(s):
    with doomed(s) as c:
        cur = c.cursor()
        q(cur, "CREATE TABLE t (a INT)")
        q(cur, "INSERT INTO t VALUES (1)")
        s.faults.drop_nth = 2
        q(cur, "SELECT 1")
        with pytest.raises(errors.ConnectionError, match="Connection closed by Vertica"):
            q(cur, "SELECT 2")
        assert not c.closed()  # the driver does not notice; discard such a connection
    with doomed(s) as c:
        cur = c.cursor()
        assert q(cur, "SELECT COUNT(*) FROM t") == [[0]]  # the open transaction was rolled back
        q(cur, "INSERT INTO t VALUES (2)")
        s.faults.drop_regex, s.faults.drop_when = "COMMIT", "after"
        with pytest.raises(errors.ConnectionError):
            q(cur, "COMMIT")
    s.faults.drop_regex = None
    with doomed(s) as c:
        assert q(c.cursor(), "SELECT a FROM t") == [
            [2]
        ]  # committed although the client saw an error
        s.faults.drop_in_copy = True
        with pytest.raises(errors.ConnectionError):
            c.cursor().copy("COPY t FROM STDIN", "5\n")
    s.faults.drop_in_copy = False
    with connect(s) as c:
        assert q(c.cursor(), "SELECT COUNT(*) FROM t") == [[1]]


def test_fail_regex_and_timeout(t, s):
    s.faults.fail_regex, s.faults.fail_times = "INTO t", 1
    bad(t, "INSERT INTO t VALUES (1, 'a')", "55V03", errors.LockFailure)
    assert q(t, "INSERT INTO t VALUES (1, 'a')") == [[1]]
    s.faults.delay, s.faults.delay_regex = 1.0, "slow"
    with connect(s, connection_timeout=0.3) as c:
        with pytest.raises(errors.ConnectionError):
            q(c.cursor(), "SELECT 'slow'")


def test_locks():
    with Standin(lock_timeout=0.4) as s, connect(s) as a, connect(s) as b:
        ca, cb = a.cursor(), b.cursor()
        q(ca, "CREATE TABLE t (a INT)")
        q(ca, "INSERT INTO t VALUES (1)")
        q(cb, "INSERT INTO t VALUES (2)")  # I locks go together
        with pytest.raises(errors.LockFailure):
            q(cb, "DELETE FROM t")
        a.commit()
        assert q(cb, "DELETE FROM t WHERE a = 2") == [[1]]
        with pytest.raises(errors.LockFailure):
            q(ca, "INSERT INTO t VALUES (3)")
        b.commit()
        q(ca, "INSERT INTO t VALUES (3)")
        a.commit()
        assert q(cb, "SELECT COUNT(*) FROM t") == [[2]]


def test_parallel_loads(s):
    with connect(s) as c:
        q(c.cursor(), "CREATE TABLE t (a INT)")
    failures = []

    def work(n):
        try:
            with connect(s) as c:
                for i in range(10):
                    q(c.cursor(), f"INSERT INTO t SELECT {n * 100 + i}")
                    c.commit()
        except Exception as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    [x.start() for x in threads]
    [x.join() for x in threads]
    with connect(s) as c:
        assert not failures and q(c.cursor(), "SELECT COUNT(*), COUNT(DISTINCT a) FROM t") == [
            [60, 60]
        ]


def test_log_records_labels(t, s):
    q(t, "INSERT /*+LABEL('load 1')*/ INTO t VALUES (1, 'a')")
    assert s.log[-1]["label"] == "load 1" and s.log[-1]["error"] is None


def test_survives_restart(tmp_path):
    path = str(tmp_path / "v.duckdb")
    with Standin(db=path) as s, connect(s) as c:
        q(c.cursor(), "CREATE TABLE t (a VARCHAR(3))")
        q(c.cursor(), "INSERT INTO t VALUES ('abc'); COMMIT")
    with Standin(db=path) as s, connect(s) as c:
        assert q(c.cursor(), "SELECT * FROM t") == [["abc"]]
        bad(c.cursor(), "INSERT INTO t VALUES ('abcd')", "22001")
