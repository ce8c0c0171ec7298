"""COPY: files into a raw table with what it rejects, and rows of the ledger."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted
from dv_gen.engines.base import BadRecord
from dv_gen.engines.binding import literal
from dv_gen.engines.vertica_copy import Stream
from dv_gen.errors import EngineError
from dv_gen.landing.records import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.engines.base import BulkFile
    from dv_gen.engines.vertica_connection import Connection

_REJECTED = re.compile(r"^REJECTED DATA AS TABLE (\S+)$", re.MULTILINE)
_TOO_LONG = re.compile(r"The (\d+)-byte value is too long for type .*", re.DOTALL)
_COLUMN = re.compile(r", column \d+ \((.*)\)\.?$")
# What v_monitor shows of the statements that write the ledger.
_LABEL = "/*+LABEL('dv_gen:ledger')*/"
# Longer literals are no statement any more.
_LONG = 4096


def read_file(connection: Connection, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
    """Send a file to a rendered COPY, and read what the server has accepted and rejected.

    Returns:
        The rows read, and the records refused: those that cannot be sent, and the server's.

    Raises:
        EngineError: when the server refuses the statement, or its counts are not ours.
    """
    rejects = _rejects_table(sql)
    _drop(connection, rejects)
    stream = Stream(file)
    connection.copy(sql, stream)
    accepted, rejected = _counts(connection)
    if accepted + rejected != stream.sent:
        raise EngineError(
            f"{stream.sent} records were sent, but {accepted} were accepted and {rejected} rejected"
        )
    refused = stream.refused
    if rejected:
        refused += _refused(connection, rejects, file, stream.refused)
    _drop(connection, rejects)
    return accepted, refused


def read_remote(connection: Connection, sql: str) -> tuple[int, list[BadRecord]]:
    """Run a rendered COPY of a file that the nodes fetch, and read what it has rejected.

    Returns:
        The rows read, and the records refused; ``line`` is the server's own number.

    Raises:
        EngineError: when the server refuses the statement, or its counts do not agree.
    """
    rejects = _rejects_table(sql)
    _drop(connection, rejects)
    connection.run(sql)
    accepted, rejected = _counts(connection)
    refused: list[BadRecord] = []
    if rejected:
        told = connection.run(
            f"SELECT row_number, rejected_reason, rejected_data FROM {rejects} ORDER BY row_number"
        )
        refused = [_bad_record(int(row), str(why), str(data)) for row, why, data in told.rows]
    if len(refused) != rejected:
        raise EngineError(f"{rejected} records were rejected, but {len(refused)} are kept")
    _drop(connection, rejects)
    return accepted, refused


def _drop(connection: Connection, rejects: str) -> None:
    # A bare name would be that of somebody's lasting table where there is no temporary one.
    connection.run(f"DROP TABLE IF EXISTS v_temp_schema.{rejects}")


def _bad_record(row: int, reason: str, record: str) -> BadRecord:
    column = _COLUMN.search(reason.strip())
    why = _told(_COLUMN.sub("", reason.strip()), signs=0)
    return BadRecord(row, column[1] if column else "", why, record.rstrip("\r\n"))


def _rejects_table(sql: str) -> str:
    found = _REJECTED.search(sql)
    if found is None:
        raise EngineError("the statement keeps no rejects: REJECTED DATA AS TABLE is missing")
    return found[1]


def _counts(connection: Connection) -> tuple[int, int]:
    counted = connection.run("SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()")
    accepted, rejected = (int(number) for number in counted.rows[0])
    return accepted, rejected


def _refused(
    connection: Connection, rejects: str, file: BulkFile, unsent: Sequence[BadRecord]
) -> list[BadRecord]:
    """Return the records that the server has rejected, found in the file by their numbers."""
    told = connection.run(f"SELECT rejected_data, rejected_reason FROM {rejects}")
    # Every record begins with its number, which is ours: the server may number them node by node.
    reasons = {int(str(data).partition("\x01")[0]): str(reason) for data, reason in told.rows}
    never_sent = {record.line for record in unsent}
    found = []
    number = 0
    for record in scan(file.path, file.csv, columns=file.width):
        if record.place in never_sent:
            continue
        number += 1
        if number in reasons:
            reason = reasons[number].strip()
            column = _COLUMN.search(reason)
            found.append(
                BadRecord(
                    record.place,
                    column[1] if column else "",
                    # The sign before every value is ours.
                    _told(_COLUMN.sub("", reason), signs=1),
                    record.text,
                    numbered=True,
                )
            )
    return found


def _told(reason: str, *, signs: int) -> str:
    found = _TOO_LONG.fullmatch(reason)
    return f"longer than its column: {int(found[1]) - signs} octets" if found else reason


def insert_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows: one as a statement, which takes one row at a time, more by COPY.

    Raises:
        EngineError: when one of them does not fit.
    """
    names = ", ".join(quoted(name) for name in columns)
    if len(rows) == 1 and not any(isinstance(v, str) and len(v) > _LONG for v in rows[0]):
        values = ", ".join(literal(value) for value in rows[0])
        connection.run(f"INSERT {_LABEL} INTO {table} ({names}) VALUES ({values})")
    elif rows:
        connection.copy(
            f"COPY {_LABEL} {table} ({names}) FROM STDIN ABORT ON ERROR DELIMITER E'\\001' "
            "ENFORCELENGTH NULL E'\\003' RECORD TERMINATOR E'\\002' NO COMMIT",
            "".join("\x01".join(map(_field, row)) + "\x02" for row in rows).encode(),
        )


def _field(value: object) -> str:
    """Return a value as COPY reads it: NULL is a character that no text of the ledger is."""
    if value is None:
        return "\x03"
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    text = str(value)
    return re.sub(r"[\\\x01\x02\x03]", r"\\\g<0>", text)
