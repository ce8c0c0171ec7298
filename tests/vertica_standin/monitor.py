"""v_monitor: who is connected, and who holds which lock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.vertica_standin.lexing import lit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from tests.vertica_standin.session import Session

_NODE = "v_standin_node0001"

_MAX_STATEMENT = 6000


def publish(session: Session, relations: Collection[str]) -> None:
    """Fill in what a statement reads of the system tables that change all the time."""
    if not relations.isdisjoint(("sessions", "current_session")):
        rows = [_session(other) for other in session.server.sessions()]
        session.variable("v_sessions", _list(rows))
    if "locks" in relations:
        session.variable("v_locks", _list(list(_locks(session))))


def _session(session: Session) -> dict[str, Any]:
    transaction, current = session.transaction, session.current
    said = session.parameters
    return {
        "node_name": _NODE,
        "user_name": session.user,
        "client_os_hostname": said.get("client_os_hostname", ""),
        "client_hostname": session.peer,
        "client_pid": int(said.get("client_pid") or os.getpid()),
        "login_timestamp": session.since,
        "session_id": session.id,
        "client_label": session.label,
        "transaction_start": transaction.since,
        "transaction_id": transaction.number if transaction.is_open else None,
        "transaction_description": f"user {session.user}" if transaction.is_open else None,
        "statement_start": current[1] if current else None,
        "statement_id": 1 if current else None,
        "current_statement": current[0][:_MAX_STATEMENT] if current else "",
        "last_statement": session.last[:_MAX_STATEMENT],
        "ssl_state": "Server" if session.server.tls else "None",
        "authentication_method": "Password" if session.server.password else "Trust",
        "client_type": said.get("client_type", ""),
        "client_version": said.get("client_version", ""),
        "client_os": said.get("client_os", ""),
        "client_os_user_name": said.get("client_os_user_name", ""),
    }


def _locks(session: Session) -> Iterator[dict[str, Any]]:
    owners = {other.id: other for other in session.server.sessions()}
    for held in session.server.locks.held():
        owner = owners.get(held.owner)
        yield {
            "node_names": _NODE,
            "object_name": f"Table:{held.table}",
            "transaction_id": owner.transaction.number if owner else None,
            "transaction_description": f"user {owner.user}" if owner else None,
            "lock_mode": held.mode,
            "lock_scope": "TRANSACTION",
            "request_timestamp": held.since,
            "grant_timestamp": held.since,
        }


def _list(rows: list[dict[str, Any]]) -> str:
    return f"[{', '.join(map(_struct, rows))}]" if rows else "[]"


def _struct(row: dict[str, Any]) -> str:
    return "{" + ", ".join(f"'{name}': {_value(value)}" for name, value in row.items()) + "}"


def _value(value: str | int | datetime | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (int, str)):
        return str(value) if isinstance(value, int) else lit(value)
    return f"CAST({lit(value.isoformat(' '))} AS TIMESTAMPTZ)"
