"""What PostgreSQL's errors mean: try again, connect again, or tell the user."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from dv_gen.engines.masking import without_values
from dv_gen.engines.postgres_settings import without_password
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

# Serialisation failures, deadlocks, locks not given in time, too many connections. A statement that
# was cancelled (57014) would be again: by its time limit, or by whoever did it.
_RETRYABLE = frozenset({"40001", "40P01", "55P03", "53300"})
# The server ended the session: shut down, crashed, still starting, database dropped, idle too long.
_LOST = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04"})
_FATAL = frozenset({"FATAL", "PANIC"})
_HINTS = {
    "25006": "the server is a standby, or the user may only read: connect to the primary",
    "42501": "docs/postgres.md says which rights a run needs",
    "53100": "free some space on the server's disk, and run again",
}
# Errors about values: data exceptions, constraints, views that check, what a function raises.
_OF_VALUES = frozenset({"22", "23", "44", "P0"})
# Too many or too few columns: such a message has names in quotes, and no values.
_BAD_COPY = "22P04"
_PRECISION = re.compile(r"A field with precision \d+, scale \d+ must .*")
_KEY = re.compile(
    r"(?P<key>Key \(.*?\))=\(.*\) (?P<what>already exists|is duplicated|"
    r"is (?:not present in|still referenced from) table \"[^\"]*\")\.",
    re.DOTALL,
)
_COPY = re.compile(r"COPY [^\s,]+, line \d+(?:, column [^\s:,]+)?(?=:|$)", re.MULTILINE)
_RAISED = re.compile(r"PL/pgSQL function [\w.]+\([^()]*\) line \d+ at RAISE")
_NO_DIGEST = re.compile(r"function digest\(.*\) does not exist", re.IGNORECASE)


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn the driver's errors into ours."""
    import psycopg  # noqa: PLC0415 - loaded already by whoever holds a connection

    try:
        yield
    except psycopg.Error as error:
        # Not even as its cause: a traceback in somebody's log would print the failing row.
        raise as_engine_error(error) from None


def as_engine_error(error: psycopg.Error) -> EngineError:
    """Return an error of the driver as one of ours, with what the server says about it."""
    state = error.sqlstate or ""
    said = _said(error, state)
    hint = _HINTS.get(state) or ("" if _is_raised(error) else error.diag.message_hint) or ""
    if state == "42883" and _NO_DIGEST.search(said):
        hint = "SHA-1 is of an extension: CREATE EXTENSION pgcrypto, or another hash algorithm"
    return EngineError(
        _one_line(said),
        hint=_one_line(hint),
        retryable=state in _RETRYABLE,
        lost=_is_lost(error),
        state=state,
    )


def _said(error: psycopg.Error, state: str) -> str:
    """Return the server's message, with names, and without any value of a row."""
    diag = error.diag
    said = diag.message_primary or first_line(str(error))
    if _is_raised(error):
        found = _RAISED.search(diag.context or "")
        said = "a function of the database has raised an error" + (f": {found[0]}" if found else "")
    elif state[:2] not in _OF_VALUES:
        return said + (f" ({diag.message_detail})" if diag.message_detail else "")
    elif state.startswith("22") and state != _BAD_COPY:
        said = without_values(said)
    detail = _detail(diag.message_detail or "")
    place = _COPY.match(diag.context or "")
    said += f" ({detail})" if detail else ""
    return said + (f", {place[0]}" if place else "") + f" (SQLSTATE {state})"


def _is_raised(error: psycopg.Error) -> bool:
    """Tell whether its words are those of somebody's function, which may repeat any value."""
    return (error.sqlstate or "").startswith("P0") or " at RAISE" in (error.diag.context or "")


def _detail(detail: str) -> str:
    """Return what a detail says of names: ``Key (a)=(1) already exists.`` tells a value."""
    if _PRECISION.fullmatch(detail):
        return detail
    key = _KEY.fullmatch(detail)
    return f"{key['key']} {key['what']}" if key else ""


def _is_lost(error: psycopg.Error) -> bool:
    import psycopg  # noqa: PLC0415 - loaded already

    state = error.sqlstate or ""
    if state.startswith("08") or state in _LOST:
        return True
    if error.diag.severity_nonlocalized in _FATAL and state not in _RETRYABLE:
        return True
    # Without a state it is not the server that speaks, but the driver about the connection.
    return not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


_REFUSALS = (
    (
        re.compile(r"password authentication failed|no password supplied", re.IGNORECASE),
        "check user and password of the target, PGPASSWORD or the password file",
    ),
    (re.compile(r'role ".*" does not exist', re.IGNORECASE), "check the user of the target"),
    (
        re.compile(r'database ".*" does not exist', re.IGNORECASE),
        "make it first (CREATE DATABASE), or check the database of the target",
    ),
    (
        re.compile(r"connection refused|is the server running", re.IGNORECASE),
        "check host and port of the target, and whether the server runs",
    ),
    (
        re.compile(r"could not translate host name|name or service not known", re.IGNORECASE),
        "check the host of the target",
    ),
    (
        re.compile(r"timeout expired|timed out", re.IGNORECASE),
        "check host and port of the target; connect_timeout says how long to wait",
    ),
    (
        re.compile(r"no pg_hba.conf entry", re.IGNORECASE),
        "the server's pg_hba.conf does not let this user in from here; sslmode may matter",
    ),
    (re.compile(r"ssl|certificate", re.IGNORECASE), "check sslmode and sslrootcert of the target"),
)
_MAY_PASS = re.compile(
    r"starting up|shutting down|too many clients|remaining connection slots|recovery mode",
    re.IGNORECASE,
)


def connection_error(error: Exception, place: str, password: str) -> EngineError:
    """Return why there is no connection, in one line and without the password.

    Args:
        error: what the driver raised.
        place: the server and the database, as the user should read them.
        password: what must not be shown.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if "FATAL:" in line), first_line(str(error)))
    for mark in ("FATAL:", "connection failed:", " failed: "):
        told = told.rpartition(mark)[2].strip()
    told = without_password(told.replace(password, "***") if password else told)
    hint = next((hint for pattern, hint in _REFUSALS if pattern.search(str(error))), "")
    may_pass = _MAY_PASS.search(told) is not None
    return EngineError(f"cannot connect to {place}: {told}", hint=hint, lost=may_pass)


def first_line(text: str) -> str:
    r"""Return the first line of a message.

    >>> first_line("server closed the connection\n\tThis probably means ..")
    'server closed the connection'
    """
    return (text.strip().splitlines() or ["unknown error"])[0].strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())
