"""The places where a run can be struck: found by running it, never by a list that is kept by hand.

Before and after every call of a session (each statement, each ledger write, each file that is
read into the database), before and after every file that is fetched or prepared, and around what
is written at the end.
"""

# ruff: noqa: ANN401 - what is passed on is whatever was given

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING, Any

from dv_gen.errors import EngineError
from dv_gen.run import batch_files, runner
from dv_gen.run.results import RunResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dv_gen.engines.base import Engine
    from dv_gen.landing import Landing

CALLS = ("begin", "commit", "rollback", "execute", "query", "insert", "read_file", "close")
# What the sessions of some engines can do besides.
MORE = ("dependents", "standing", "attempt", "replace_view")


def kill() -> None:
    """Die here without another word."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    """Fail as a statement does that the database refuses."""
    raise EngineError("struck by a test")


def interrupt() -> None:
    """Be interrupted as by Ctrl-C."""
    raise KeyboardInterrupt


class Points:
    """Counts the points that a run passes, and strikes at one of them.

    Args:
        strike_at: the point's number, from 1; 0 to let the run pass.
        strike: what happens there.
    """

    def __init__(self, strike_at: int = 0, strike: Callable[[], None] = kill) -> None:
        self.names: list[str] = []
        self._strike_at = strike_at
        self._strike = strike

    def reach(self, name: str) -> None:
        """Pass a point, or be struck."""
        self.names.append(name)
        if len(self.names) == self._strike_at:
            self._strike()

    @property
    def struck(self) -> bool:
        """Whether the point was reached."""
        return 0 < self._strike_at <= len(self.names)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with a point before it and one behind it."""

        def counted(*args: Any, **values: Any) -> Any:
            self.reach(f"before {name}: {_first(args)}")
            result = call(*args, **values)
            self.reach(f"after {name}: {_first(args)}")
            return result

        return counted

    def install(self) -> None:
        """Put the points into this process's runner."""
        open_engine, open_landing = runner.open_engine, runner.open_landing
        runner.open_engine = lambda *args, **values: _Engine(open_engine(*args, **values), self)
        runner.open_landing = lambda *args, **values: _Landing(open_landing(*args, **values), self)
        batch_files.prepare = self.around("prepare", batch_files.prepare)
        shutil.rmtree = self.around("rmtree", shutil.rmtree)
        RunResult.write = self.around("results", RunResult.write)  # type: ignore[method-assign]


def _first(args: tuple[Any, ...]) -> str:
    return " ".join(str(args[0]).split())[:60] if args and isinstance(args[0], str) else ""


class _Engine:
    def __init__(self, engine: Engine, points: Points) -> None:
        self._engine = engine
        self._points = points

    def session(self) -> Any:
        return _Session(self._engine.session(), self._points)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class _Session:
    def __init__(self, session: Any, points: Points) -> None:
        self._session = session
        for name in (*CALLS, *(more for more in MORE if hasattr(session, more))):
            setattr(self, name, points.around(name, getattr(session, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class _Landing:
    def __init__(self, landing: Landing, points: Points) -> None:
        self._landing = landing
        self._points = points

    def fetch(self, *args: Any, **values: Any) -> Iterator[Any]:
        self._points.reach("before fetch")
        for file in self._landing.fetch(*args, **values):
            self._points.reach("after fetch")
            yield file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._landing, name)
