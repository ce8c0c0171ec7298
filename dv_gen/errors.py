"""Every error a user can meet: one hierarchy, each with a code, a place and a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DIFFERENCE = 3
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file the user wrote; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the metadata: where, what, what was expected, the nearest valid name."""

    location: Location
    what: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        parts = [f"{self.location}: {self.what}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.suggestion:
            parts.append(f"did you mean {self.suggestion}?")
        return ", ".join(parts)


class DvGenError(Exception):
    """Base of all errors that are the user's, the data's or the surroundings' doing.

    Args:
        message: one sentence for the person at the keyboard.
        hint: what to do about it, or an empty string.
        location: the place in a file that it is about, if there is one.
    """

    code = "error"
    exit_code = EXIT_FAILED

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        text = f"{self.location}: {self.message}" if self.location else self.message
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class UsageError(DvGenError):
    """The command line or the configuration asks for something that cannot be."""

    code = "usage"
    exit_code = EXIT_USAGE


class MetadataError(DvGenError):
    """All problems found in the metadata, sorted by place.

    Args:
        problems: at least one problem; kept sorted in ``problems``.
    """

    code = "metadata"
    exit_code = EXIT_USAGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StaleError(DvGenError):
    """``generated/`` is not what the metadata would render now."""

    code = "stale"
    exit_code = EXIT_DIFFERENCE


class LandingError(DvGenError):
    """A file could not be listed, fetched or verified."""

    code = "landing"


class MissingFileError(LandingError):
    """A file that a source names is not there."""

    code = "missing"


class EngineError(DvGenError):
    """The database refused a statement or could not be reached.

    Args:
        message: the database's own message, without credentials.
        hint: what to do about it, or an empty string.
        location: the rendered SQL file and line of the statement, if it has one.
        retryable: whether the same statement may succeed later (lock time-outs and the like).
        lost: whether the connection is gone; nobody knows then whether a COMMIT has happened, so
            that only what is harmless twice may be tried again.
        state: the database's SQLSTATE, or an empty string.
    """

    code = "engine"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        retryable: bool = False,
        lost: bool = False,
        state: str = "",
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.state = state
        self.retryable = retryable or lost
        self.lost = lost


class ChangedModelError(DvGenError):
    """The vault was built from another model, and nobody but the user can say what to do."""

    code = "changed model"


class LockedError(DvGenError):
    """Another run holds the warehouse."""

    code = "locked"


class InterruptedRunError(DvGenError):
    """The run is to end early; the step that was running has been undone."""

    code = "interrupted"


class RejectsError(DvGenError):
    """More rows were rejected than the source allows."""

    code = "rejects"
