"""The errors of the stand-in, and those that it answers in Vertica's words."""

from __future__ import annotations


class VError(Exception):
    def __init__(self, code, sqlstate, message, severity="ERROR", hint=None, late=False):
        super().__init__(message)
        self.code, self.sqlstate, self.message = code, sqlstate, message
        self.severity, self.hint, self.late = severity, hint, late


class Drop(Exception):
    """Fault injection: close the socket without another byte."""


def syntax(near, hint=None):
    return VError(4856, "42601", f'Syntax error at or near "{near}"', hint=hint)


def no_function(name):
    return VError(
        3457,
        "42883",
        f"Function {name} does not exist, or permission is denied for {name}",
        hint="No function matches the given name and argument types. "
        "You may need to add explicit type casts",
    )


def not_emulated(what):
    return VError(9999, "0A000", f"stand-in: {what} is Vertica, but not emulated here")
