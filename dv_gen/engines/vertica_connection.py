"""A connection of vertica-python: opened, every statement drained to its end, closed for good."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from dv_gen.engines.vertica_errors import engine_errors, not_connected
from dv_gen.errors import DvGenError, EngineError

if TYPE_CHECKING:
    from dv_gen.engines.vertica_settings import Settings

# What DML answers with: one row, the number of rows that it changed. The driver's rowcount is -1.
_COUNT = "OUTPUT"
# Warnings are the process's: one connection is opened at a time.
_opening = Lock()


@dataclass(frozen=True)
class Answer:
    """What a statement gave: the names of its columns, none where it has no result, and rows."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def changed(self) -> int:
        """How many rows DML has changed; 0 for everything else."""
        return int(self.rows[0][0]) if self.names == (_COUNT,) and self.rows else 0


class Connection:
    """One session of the server, for one thread at a time.

    Args:
        settings: how to connect.
        label: what v_monitor.sessions shows of it.

    Raises:
        EngineError: when it cannot be opened; ``lost`` when that may pass.
    """

    def __init__(self, settings: Settings, label: str) -> None:
        self.lost = False
        self.in_transaction = False
        self._driver = _open(settings, label)
        try:
            for statement in settings.start:
                self.run(statement)
        except EngineError:
            self.close()
            raise

    def run(self, sql: str) -> Answer:
        """Run one statement and read its answer to the end.

        An error may come behind the first rows; left unread, the driver's next statement would
        throw it away.

        Raises:
            EngineError: when the server refuses it, or the connection breaks.
        """
        with self._watched():
            cursor = self._driver.cursor()
            cursor.description = None
            cursor.execute(sql)
            rows = [tuple(row) for row in cursor.fetchall()]
            names = tuple(str(column.name) for column in cursor.description or ())
            while cursor.nextset():
                cursor.fetchall()
        return Answer(names, rows)

    def copy(self, sql: str, data: Any) -> None:  # noqa: ANN401 - text, bytes or what has read()
        """Run one COPY .. FROM STDIN.

        Raises:
            EngineError: when the server refuses it, or the connection breaks.
            DvGenError: what reading ``data`` raises.
        """
        try:
            with self._watched():
                cursor = self._driver.cursor()
                cursor.copy(sql, data)
                while cursor.nextset():
                    cursor.fetchall()
        except EngineError as error:
            # The driver hides it behind an error of its own.
            reading = getattr(data, "error", None)
            if isinstance(reading, DvGenError):
                raise reading from error
            raise

    @contextlib.contextmanager
    def _watched(self) -> Any:  # noqa: ANN401 - a context manager
        self.in_transaction = True
        try:
            with engine_errors():
                yield
        except EngineError as error:
            self.lost = self.lost or error.lost
            raise

    def commit(self) -> None:
        """Make the transaction's work lasting; sends nothing where there is none."""
        if self.in_transaction:
            self.run("COMMIT")
            self.in_transaction = False

    def rollback(self) -> None:
        """Undo the transaction's work; sends nothing where there is none."""
        if self.in_transaction and not self.lost:
            self.run("ROLLBACK")
        self.in_transaction = False

    def close(self) -> None:
        """Close it, in whatever state it is."""
        self.lost = True
        # A driver whose peer has gone fails at saying good-bye.
        with contextlib.suppress(Exception):
            self._driver.close()


def _open(settings: Settings, label: str) -> Any:  # noqa: ANN401 - the driver has no types
    import vertica_python  # noqa: PLC0415 - rendering loads no driver

    errors = vertica_python.errors
    # Where connecting fails the driver forgets its socket: somebody else has to know it.
    driver = vertica_python.Connection.__new__(vertica_python.Connection)
    try:
        with _opening, warnings.catch_warnings():
            # tlsmode prefer warns of every server without TLS: that is what it is there for.
            warnings.simplefilter("ignore")
            driver.__init__({**settings.options, "autocommit": False, "session_label": label})
    except (errors.Error, OSError) as error:
        with contextlib.suppress(Exception):
            driver.close_socket()
        raise not_connected(error, settings) from None
    except UnicodeError:
        with contextlib.suppress(Exception):
            driver.close_socket()
        raise EngineError(
            f"cannot connect to {settings.place}: a setting is not UTF-8",
            hint="check the password and the other settings of the target",
        ) from None
    # The time-out was for connecting: it would end every statement that takes longer.
    driver.socket.settimeout(None)
    # COMMIT behind a statement that commits itself is a warning; it tells nobody anything.
    driver.notice_handler = _ignore

    def socket() -> Any:  # noqa: ANN401 - a socket
        return driver.socket or _gone(errors)

    # A driver that fails in the midst of a COPY would connect anew, without a session, and wait.
    driver._socket = socket  # noqa: SLF001 - there is no other way to forbid it
    return driver


def _gone(errors: Any) -> NoReturn:  # noqa: ANN401 - a module
    raise errors.ConnectionError("Connection closed by Vertica")


def _ignore(_notice: object) -> None:
    """Take a notice."""
