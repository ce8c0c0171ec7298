"""The command line, each command in a process of its own that need not import it anew.

The processes are forked from one that has imported dv-gen, its engines and boto3: that is most of
what a short command takes, and the tests start hundreds. `command` does the same without.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REPOSITORY = Path(__file__).resolve().parents[1]
# What is read when Python starts, and not again.
_READ_AT_START = ("PYTHON", "LC_", "LANG")
# What commands import when they need it.
_IMPORTED = (
    *("boto3", "duckdb", "jsonschema", "psycopg", "vertica_python"),
    *("dv_gen.cli", "dv_gen.kinds.reading", "dv_gen.render.writing", "dv_gen.run.command"),
    *("dv_gen.engines.duckdb", "dv_gen.engines.postgres", "dv_gen.engines.vertica"),
)


def command(arguments: Sequence[str]) -> list[str]:
    """Return the command that a user would give."""
    return [sys.executable, "-m", "dv_gen", *arguments]


def run(
    arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run ``dv-gen`` and return what it said and its exit code.

    Args:
        arguments: the words behind ``dv-gen``.
        cwd: where it runs.
        environment: the whole of it.
        timeout: seconds that it may take.

    Raises:
        subprocess.TimeoutExpired: when it takes longer.
    """
    if not hasattr(os, "fork") or _read_at_start(environment) != _read_at_start(os.environ):
        return subprocess.run(
            command(arguments),
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=timeout,
        )
    return _parent(os.getpid()).run(arguments, cwd, environment, timeout)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    found = {k: v for k, v in environment.items() if k.startswith(_READ_AT_START)}
    # The parent is told it too.
    found.pop("PYTHONPATH", None)
    return found


class _Parent:
    """The process that forks: it reads a line of JSON a command, and answers with one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._one_at_a_time = threading.Lock()
        atexit.register(self._end)

    def _end(self) -> None:
        self._process.communicate()

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            asked = {
                "arguments": list(arguments),
                "cwd": str(cwd),
                "environment": dict(environment),
                "out": str(out),
                "err": str(err),
                "timeout": timeout,
            }
            with self._one_at_a_time:
                code = self._ask(asked)
            said = [path.read_text(encoding="utf-8") for path in (out, err)]
        if code is None:
            raise subprocess.TimeoutExpired(command(arguments), timeout, *said)
        return subprocess.CompletedProcess(command(arguments), code, *said)

    def _ask(self, asked: Mapping[str, Any]) -> int | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()
        code: int | None = json.loads(stdout.readline())
        return code


@cache
def _parent(_pid: int) -> _Parent:
    """Return the one of this process; it ends when this process does."""
    return _Parent()


def _fork_for_each(lines: IO[str], answers: IO[str]) -> None:
    for line in lines:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_dv_gen(asked)
        answers.write(json.dumps(_ended(child, asked["timeout"])) + "\n")
        answers.flush()


def _ended(child: int, timeout: float) -> int | None:
    """Wait for a child and return its exit code; None when it had to be killed."""
    end = time.monotonic() + timeout
    pause = 0.001
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(pause * 1.2, 0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def _be_dv_gen(asked: Mapping[str, Any]) -> NoReturn:
    for path, stream in ((asked["out"], 1), (asked["err"], 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, stream)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.argv = ["dv-gen", *asked["arguments"]]

    from dv_gen.cli import main  # noqa: PLC0415 - imported already

    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as the interpreter would show it
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            if not stream.closed:
                stream.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    for name in _IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()
    _fork_for_each(sys.stdin, sys.stdout)
