r"""Loading a file by COPY: its bytes as they are where PostgreSQL reads them as we do, else parsed.

COPY knows one quote, one delimiter of a byte and one text for NULL; a record that has a field too
many ends it. So a file is looked at first, then sent as it stands; when it has what COPY cannot
read, or COPY refuses it, every record is parsed here and sent again, and what does not fit is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted
from dv_gen.engines.base import BadRecord
from dv_gen.engines.binding import bind
from dv_gen.landing import PlainCsv, behind_header, contents, plain_csv, split_strictly
from dv_gen.metadata.names import is_identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from dv_gen.engines.base import BulkFile

    Connection = psycopg.Connection[tuple[Any, ...]]

_TABLE = re.compile(r'COPY\s+("(?:[^"]|"")*")')
_PARSED = PlainCsv(delimiter=",", quote='"', null="")
_PORTION = 1 << 16


def read_file(connection: Connection, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
    """Fill a raw table from a file, inside the caller's transaction.

    Args:
        connection: the connection.
        sql: the source's ``read`` statement.
        file: the file and how it is written.

    Returns:
        The rows read, and the records refused.
    """
    import psycopg  # noqa: PLC0415 - loaded already by whoever holds a connection

    plain = plain_csv(file.path, file.csv, nulls=file.nulls, columns=len(file.columns))
    if plain is None:
        return _parsed(connection, sql, file)
    connection.execute(b"SAVEPOINT before_copy")
    try:
        rows = _as_it_is(connection, sql, file, plain)
    except psycopg.DataError:
        connection.execute(b"ROLLBACK TO SAVEPOINT before_copy")
        connection.execute(b"RELEASE SAVEPOINT before_copy")
        return _parsed(connection, sql, file)
    # Savepoints of one name do not take one another's place: each would be nested in the last.
    connection.execute(b"RELEASE SAVEPOINT before_copy")
    return rows, []


def _table(sql: str) -> str:
    found = _TABLE.search(sql)
    if found is None:
        raise AssertionError("a read statement says COPY and a quoted name")
    return found[1]


def _bound(sql: str, columns: list[str], form: PlainCsv) -> bytes:
    names = ", ".join(map(quoted, columns))
    return bind(
        sql.rstrip().removesuffix(";").replace(":columns", names),
        {"csv_delimiter": form.delimiter, "csv_quote": form.quote, "csv_null": form.null},
    ).encode()


def _as_it_is(connection: Connection, sql: str, file: BulkFile, form: PlainCsv) -> int:
    for name in file.columns:
        if not is_identifier(name):
            # A column that is not declared: it has a place in this file's table alone.
            add = f"ALTER TABLE {_table(sql)} ADD COLUMN {quoted(name)} TEXT"
            connection.execute(add.encode())
    with file.path.open("rb", buffering=0) as handle, connection.cursor() as cursor:
        with cursor.copy(_bound(sql, list(file.columns), form)) as copy:
            for block in behind_header(handle, file.csv):
                copy.write(block)
        return max(cursor.rowcount, 0)


def _parsed(connection: Connection, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
    declared = [name for name in file.columns if is_identifier(name)]
    bad: list[BadRecord] = []
    with connection.cursor() as cursor:
        with cursor.copy(_bound(sql, declared, _PARSED)) as copy:
            portion: list[bytes] = []
            size = 0
            for row in _rows(file, bad):
                portion.append(row)
                size += len(row)
                if size > _PORTION:
                    copy.write(b"".join(portion))
                    portion, size = [], 0
            copy.write(b"".join(portion))
        return max(cursor.rowcount, 0), bad


def _rows(file: BulkFile, bad: list[BadRecord]) -> Iterator[bytes]:
    """Yield every record that fits as a line of plain CSV; the others are appended to ``bad``."""
    wanted = [at for at, name in enumerate(file.columns) if is_identifier(name)]
    nulls = frozenset(file.nulls)
    for place, content in contents(file.path, file.csv, columns=file.width):
        found = _fields(content, file, nulls)
        if isinstance(found, str):
            text = content.decode("utf-8", errors="backslashreplace")
            bad.append(BadRecord(place, "", found, text))
            continue
        values = [found[at] for at in wanted]
        line = ",".join(
            "" if value is None else f'"{value.replace(chr(34), chr(34) * 2)}"' for value in values
        )
        yield line.encode() + b"\n"


def _fields(content: bytes, file: BulkFile, nulls: frozenset[str]) -> list[str | None] | str:
    """Return a record's values, or why it is none."""
    if b"\0" in content:
        return "a NUL character, which no text of PostgreSQL can hold"
    try:
        record = content.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is not UTF-8"
    fields: list[str | None]
    if not file.csv.quote or file.csv.quote not in record:
        fields = [None if text in nulls else text for text in record.split(file.csv.delimiter)]
    else:
        split = split_strictly(record, file.csv)
        if split is None:
            return "text behind the closing quote of a value"
        fields = [None if not quote and text in nulls else text for text, quote in split]
    if len(fields) != len(file.columns):
        return f"{len(fields)} values for {len(file.columns)} columns"
    return fields
