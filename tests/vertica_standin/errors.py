"""Errors as Vertica words them: number, SQLSTATE, message, severity."""

from __future__ import annotations


class VerticaError(Exception):
    """An error that is sent to the client.

    Args:
        code: Vertica's own number. Those marked ``[?]`` where they are raised are guesses.
        sqlstate: what a driver decides by.
        message: the text.
        severity: ``ERROR`` undoes the statement, ``ROLLBACK`` the transaction.
        hint: a second line for the reader.
        late: found while the statement ran, so its result has been described already.
    """

    def __init__(
        self,
        code: int,
        sqlstate: str,
        message: str,
        severity: str = "ERROR",
        hint: str | None = None,
        *,
        late: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.sqlstate = sqlstate
        self.message = message
        self.severity = severity
        self.hint = hint
        self.late = late


class DroppedError(Exception):
    """A fault that a test asked for: the connection ends without another byte."""


def syntax(near: str, hint: str | None = None) -> VerticaError:
    """Return what the parser answers."""
    return VerticaError(4856, "42601", f'Syntax error at or near "{near}"', hint=hint)


def no_function(name: str) -> VerticaError:
    """Return the answer to a function that Vertica does not have."""
    return VerticaError(
        3457,
        "42883",
        f"Function {name} does not exist, or permission is denied for {name}",
        hint="No function matches the given name and argument types. "
        "You may need to add explicit type casts",
    )


def not_emulated(what: str) -> VerticaError:
    """Return the answer to what is Vertica's, but nothing of this server's."""
    return VerticaError(9999, "0A000", f"stand-in: {what} is Vertica, but not emulated here")


def no_relation(name: str, severity: str = "ERROR") -> VerticaError:
    """Return the answer to a table or view that is not there."""
    return VerticaError(4566, "42V01", f'Relation "{name}" does not exist', severity)


def no_schema(name: str) -> VerticaError:
    """Return the answer to a schema that is not there."""
    return VerticaError(4650, "3F000", f'Schema "{name}" does not exist')


def no_column(name: str, severity: str = "ERROR") -> VerticaError:
    """Return the answer to a column that is not there."""
    return VerticaError(2624, "42703", f'Column "{name}" does not exist', severity)


def exists_already(name: str) -> VerticaError:
    """Return the answer to a second object of the same name."""
    return VerticaError(4213, "42710", f'Object "{name}" already exists', "ROLLBACK")
