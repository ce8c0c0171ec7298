"""What Vertica's errors mean: try again, the connection is gone, or somebody has to mend it."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from dv_gen.engines.masking import without_values
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.engines.vertica_settings import Settings

LOCK_NOT_GIVEN = "55V03"
# Nothing is wrong with the statement: a lock was not given, memory is short, another session's DDL
# came between, too many sessions at once, a deadlock.
_RETRYABLE = {LOCK_NOT_GIVEN, "53000", "53200", "53300", "V2001", "40001", "40P01", "40V01"}
# The node or its connections are gone.
_LOST = {"08000", "08003", "08006", "57V01", "V1001"}
_HINTS = {
    LOCK_NOT_GIVEN: "another session holds the table: see v_monitor.locks",
    "53000": "the resource pool is full: see v_monitor.resource_queues, or name another "
    "resource_pool",
    "42501": "grant the right to the target's user",
    "57014": "somebody cancelled it, or it ran longer than runtime_cap",
    "22001": "a text is longer than its column: lengths count octets here",
}
# Data exceptions and constraints; what THROW_ERROR says may repeat any value.
_OF_VALUES = frozenset({"22", "23", "44"})
_RAISED, _RAISED_STATE = "USER GENERATED ERROR", "V0003"
# The last words of a message are the server's own.
_CONSTRAINT = re.compile(r"constraint '([\w.]+)'\s*$")
_PART = re.compile(r"(Message|Sqlstate): (.*?)(?=, (?:[A-Z][a-z]+(?: [a-z]+)*): |$)", re.DOTALL)


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Raise what the driver raises as an EngineError, without the statement and its values."""
    from vertica_python import errors  # noqa: PLC0415 - loaded already by whoever is connected

    try:
        yield
    except errors.QueryError as error:
        # Not even as its cause: a traceback in somebody's log would print the values.
        raise refused(error.message, error.sqlstate, error.hint) from None
    except (errors.ConnectionError, errors.InterfaceError, errors.MessageError, OSError) as error:
        # What the driver cannot read ends the connection as surely as a cut cable.
        message = f"the connection to Vertica is lost: {_first_line(error)}"
        raise EngineError(message, lost=True) from error
    except errors.Error as error:
        raise EngineError(_first_line(error)) from error


def refused(message: str | None, state: str | None, hint: str | None = "") -> EngineError:
    """Return the error for an answer of the server, by its SQLSTATE."""
    state = state or ""
    text = _said((message or "Vertica gives no reason").strip(), state)
    if state:
        text += f" (SQLSTATE {state})"
    advice = _HINTS.get(state) or ("" if state[:2] in _OF_VALUES else (hint or "").strip())
    return EngineError(
        text, hint=advice, retryable=state in _RETRYABLE, lost=state in _LOST, state=state
    )


def _said(message: str, state: str) -> str:
    """Return the server's message, without any value where it is about values."""
    if message.startswith(_RAISED) or state == _RAISED_STATE:
        return _RAISED
    if state[:2] not in _OF_VALUES:
        return message
    constraint = _CONSTRAINT.search(message)
    return without_values(message) + (f", constraint {constraint[1]}" if constraint else "")


def not_connected(error: Exception, settings: Settings) -> EngineError:
    """Return the error for a connection that could not be opened; it never tells the password."""
    place, user = settings.place, settings.user
    text = str(error)
    if "Failed to establish" in text:
        return EngineError(
            f"nobody answers at {place}",
            hint="check host, port and backup_server_node, and that the database is up",
            lost=True,
        )
    if "SSL requested but disabled" in text:
        return EngineError(
            f"tlsmode is {settings.options['tlsmode']}, but {place} does not offer TLS",
            hint="set up TLS on the server, or say tlsmode: disable",
        )
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in text.lower():
        reason = re.sub(r"^\[.*?\] *|\s*\(_ssl.*\)$", "", text)
        return EngineError(
            f"the certificate of {place} cannot be trusted: {reason}",
            hint="tls_cafile names the authority that signed it; tlsmode: verify-ca does not ask "
            "for the host's name",
        )
    parts = dict(_PART.findall(text))
    if "Message" in parts:
        return _turned_away(parts["Message"], parts.get("Sqlstate", ""), place, user)
    reason = _first_line(error)
    return EngineError(f"the connection to {place} is lost: {reason}", lost=True)


def _turned_away(message: str, state: str, place: str, user: str) -> EngineError:
    if "TLS" in message or "SSL" in message:
        hint = "the server wants TLS: say tlsmode: verify-full, with tls_cafile"
    elif state.startswith("28"):
        hint = "check user and password of the target"
    elif state == "3D000":
        hint = "check the target's database"
    else:
        hint = _HINTS.get(state, "")
    error = refused(f"{place} turns {user} away: {message}", state)
    error.hint = hint
    return error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
