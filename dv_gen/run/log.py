"""The run's log: a line an event, as text or JSON, each with the run's id."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, TextIO

from dv_gen.run.clock import utc_now
from dv_gen.texttable import json_text, visible_lines

if TYPE_CHECKING:
    from datetime import datetime

LogFormat = Literal["text", "json"]


class RunLog:
    """Writes events of one run; safe to use from several threads.

    Args:
        stream: where the lines go.
        run_id: the id on every line.
        form: ``text`` for people, ``json`` for machines.
    """

    def __init__(self, stream: TextIO, run_id: str, form: LogFormat = "text") -> None:
        self._stream = stream
        self._run_id = run_id
        self._form = form
        self._lock = threading.Lock()

    @property
    def run_id(self) -> str:
        """The id on every line."""
        return self._run_id

    def info(self, message: str, **facts: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Note that something happened."""
        self._write("info", message, facts)

    def warning(self, message: str, **facts: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Note something that a person should look at."""
        self._write("warning", message, facts)

    def error(self, message: str, **facts: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Note something that went wrong."""
        self._write("error", message, facts)

    def _write(self, level: str, message: str, facts: dict[str, Any]) -> None:
        now = utc_now()
        text = self._as_json(now, level, message, facts) if self._form == "json" else ""
        with self._lock:
            if text:
                self._stream.write(text + "\n")
            else:
                mark = "" if level == "info" else f"{level.upper()}: "
                head = f"{now:%H:%M:%S} {self._run_id} "
                for line in visible_lines(f"{mark}{message}").rstrip("\n").split("\n"):
                    self._stream.write(f"{head}{line}\n")
            self._stream.flush()

    def _as_json(self, now: datetime, level: str, message: str, facts: dict[str, Any]) -> str:
        event = {
            "time": now.isoformat("T", "milliseconds") + "Z",
            "run": self._run_id,
            "level": level,
            "message": message,
            **facts,
        }
        return json_text(event)
