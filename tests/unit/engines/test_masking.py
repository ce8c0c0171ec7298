"""A database's error says what is wrong and where, and repeats no value of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.engines import open_engine
from dv_gen.engines.vertica_errors import refused
from dv_gen.errors import EngineError
from tests import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.engines.base import Session

TABLES = (
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(9), c DECIMAL(4,1), d DATE, "
        "e VARCHAR(20) CHECK (e <> 'SECRET 4711'), f INTEGER NOT NULL)"
    ),
    "CREATE TABLE u (a INTEGER REFERENCES t)",
    "INSERT INTO t VALUES (4711, 'x', 1, NULL, 'SECRET', 1)",
)
# A statement, and what its error must still say on DuckDB and on PostgreSQL.
STATEMENTS = {
    "a key twice": (
        "INSERT INTO t VALUES (4711, 'x', 1, NULL, 'SECRET', 1)",
        "Duplicate key ... violates primary key constraint",
        'constraint "t_pkey" (Key (a) already exists) (SQLSTATE 23505)',
    ),
    "a key that is not there": (
        "INSERT INTO u VALUES (815)",
        "Violates foreign key constraint because key ... does not exist",
        '"u_a_fkey" (Key (a) is not present in table "t") (SQLSTATE 23503)',
    ),
    "a key that is still used": (
        "INSERT INTO u VALUES (4711); DELETE FROM t",
        "foreign key constraint",
        '(Key (a) is still referenced from table "u") (SQLSTATE 23503)',
    ),
    "a check": (
        "INSERT INTO t VALUES (1, 'x', 1, NULL, 'SECRET ' || 4711, 1)",
        "CHECK constraint failed on table",
        'relation "t" violates check constraint "t_e_check" (SQLSTATE 23514)',
    ),
    "NULL": (
        "INSERT INTO t VALUES (815, 'SECRET', 1, NULL, 'x', NULL)",
        "NOT NULL constraint failed: t.f",
        'null value in column "f" of relation "t" violates not-null constraint (SQLSTATE 23502)',
    ),
    "a text that is no number": (
        "SELECT CAST(e || ' it''s \"' || CHR(10) || CHR(10) || 'LINE 1: x' AS INTEGER) FROM t",
        "Could not convert string ...",
        "invalid input syntax for type integer: ... (SQLSTATE 22P02)",
    ),
    "a text that is no date": (
        "SELECT CAST(e || ' \"' AS DATE) FROM t",
        "invalid date field format: ..., expected format is (YYYY-MM-DD)",
        "invalid input syntax for type date: ... (SQLSTATE 22007)",
    ),
    "a number that is too large": (
        "SELECT CAST(a * 100 AS SMALLINT) FROM t",
        "value ... can't be cast because the value is out of range for the destination type INT16",
        "smallint out of range (SQLSTATE 22003)",
    ),
    "a decimal that is too large": (
        "INSERT INTO t VALUES (1, 'x', 4711.5, NULL, 'x', 1)",
        "value ... to type DECIMAL(4,1) failed: value is out of range",
        "A field with precision 4, scale 1 must round to an absolute value less than 10^3.",
    ),
    "an overflow": (
        "SELECT a * a * a FROM t",
        "Overflow in multiplication of INT32 (... * ...)",
        "integer out of range (SQLSTATE 22003)",
    ),
    "a bad pattern": (
        "SELECT REGEXP_REPLACE(e, e || '(', '') FROM t",
        "Invalid Input Error",
        "parentheses () not balanced (SQLSTATE 2201B)",
    ),
}
# What Vertica says, by its documentation and by the stand-in, and what is left of it.
VERTICA = {
    ("22V02", 'Invalid input syntax for integer: "SECRET 4711"'): (
        "Invalid input syntax for integer: ... (SQLSTATE 22V02)"
    ),
    ("22V02", 'Could not convert "SECRET" from column t.a to an int8'): (
        "Could not convert ... from column t.a to an int8 (SQLSTATE 22V02)"
    ),
    ("23505", "Duplicate key values: 'a=4711,b=it's' -- violates constraint 'vault.t.C_PRIMARY'"): (
        "Duplicate key values: ..., constraint vault.t.C_PRIMARY (SQLSTATE 23505)"
    ),
    ("23514", "Check constraint 'vault.t.C_CHECK' (t.a < 0) violation: 'a=4711'"): (
        "Check constraint ... (SQLSTATE 23514)"
    ),
    ("22001", "String of 12 octets is too long for type Varchar(9) for column b"): (
        "String of ... octets is too long for type Varchar(9) for column b (SQLSTATE 22001)"
    ),
    ("22004", "Cannot set a NOT NULL column (f) to a NULL value in INSERT/UPDATE statement"): (
        "Cannot set a NOT NULL column (f) to a NULL value in INSERT/UPDATE statement"
        " (SQLSTATE 22004)"
    ),
    ("V0003", "USER GENERATED ERROR: SECRET 4711"): "USER GENERATED ERROR (SQLSTATE V0003)",
    ("42703", 'Column "nope" does not exist'): 'Column "nope" does not exist (SQLSTATE 42703)',
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("masking")
    server = postgres_server.shared()
    database = server.new_database()
    targets = {
        "duckdb": {"path": str(folder / "w.duckdb"), "threads": 1},
        "postgres": {**server.target, "database": database},
    }
    engine = open_engine(request.param, targets[request.param], folder)
    engine.connect("masking")
    made = engine.session()
    for sql in TABLES:
        made.execute(sql)
    yield made
    made.close()
    engine.close()
    server.drop_database(database)


def _refusal(session: Session, sql: str) -> EngineError:
    session.begin()
    try:
        for statement in sql.split("; "):
            session.query(statement) if sql.startswith("SELECT") else session.execute(statement)
    except EngineError as error:
        return error
    finally:
        session.rollback()
    raise AssertionError(f"{sql} has succeeded")


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_error_about_values_repeats_none(
    name: str, session: Session, request: pytest.FixtureRequest
) -> None:
    sql, on_duckdb, on_postgres = STATEMENTS[name]

    error = _refusal(session, sql)

    engine = request.node.callspec.params["session"]
    assert (on_duckdb if engine == "duckdb" else on_postgres) in str(error)
    told = str(error).replace("CHECK((e != 'SECRET 4711'))", "")
    for value in ("SECRET", "4711", "815", "47", "LINE 1"):
        assert value not in told
    # A traceback prints what an error comes from.
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize("session", ["postgres"], indirect=True)
def test_what_a_function_raises_is_told_by_its_name_alone(session: Session) -> None:
    session.execute(
        "CREATE FUNCTION guard() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'bad %', NEW.e USING DETAIL = NEW.e, HINT = NEW.e, ERRCODE = '42704'; "
        "END $$"
    )
    session.execute("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION guard()")

    error = _refusal(session, "INSERT INTO t VALUES (1, 'x', 1, NULL, 'SECRET', 1)")
    session.execute("DROP TRIGGER g ON t")

    assert "a function of the database has raised an error: PL/pgSQL function guard()" in str(error)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(("state", "message"), VERTICA)
def test_vertica_errors_about_values_repeat_none(state: str, message: str) -> None:
    assert str(refused(message, state)).startswith(VERTICA[state, message])
