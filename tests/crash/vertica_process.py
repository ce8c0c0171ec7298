"""A stand-in for Vertica in a process of its own, for a process that forks.

It serves a file and does what it reads, a line each: ``keep`` copies the file, ``restore`` copies
it back, and both answer with its port; ``drop 7 before`` (or ``after``) ends the connection at the
7th statement from now, ``dropped`` answers 1 if it has, and sees that it will not; ``sent`` answers
with the number of statements since the file was copied. It ends with whoever started it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.vertica_standin import Standin

OPTIONS = {"tlsmode": "disable", "database": "vdb", "user": "dbadmin", "password": "it's secret"}
_LOCK_TIMEOUT = 5.0


def main() -> None:
    """Serve until there is no more to read."""
    file = Path(sys.argv[1])
    kept = file.with_suffix(".kept")
    server = _serve(file, 0)
    for line in sys.stdin:
        word, *given = line.split()
        if word == "drop":
            server.faults.drop_nth, server.faults.drop_when = int(given[0]), given[1]
            _answer(1)
        elif word == "dropped":
            _answer(int(server.faults.drop_nth is None))
            server.faults.drop_nth = None
        elif word == "sent":
            _answer(len(server.log))
        else:
            server.stop()
            old, new = (file, kept) if word == "keep" else (kept, file)
            file.with_name(file.name + ".wal").unlink(missing_ok=True)
            shutil.copyfile(old, new)
            server = _serve(file, server.port)
    server.stop()


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _serve(file: Path, port: int) -> Standin:
    server = Standin(
        port,
        str(file),
        user=OPTIONS["user"],
        password=OPTIONS["password"],
        lock_timeout=_LOCK_TIMEOUT,
    ).start()
    _answer(server.port)
    return server


if __name__ == "__main__":
    main()
