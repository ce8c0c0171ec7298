"""A stand-in for Vertica in a process of its own, for a process that forks.

It serves a file and does what it reads, a word a line: ``keep`` copies the file, ``restore`` copies
it back. After each it answers with its port. It ends with whoever started it.
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
    for word in sys.stdin:
        server.stop()
        old, new = (file, kept) if word.strip() == "keep" else (kept, file)
        file.with_name(file.name + ".wal").unlink(missing_ok=True)
        shutil.copyfile(old, new)
        server = _serve(file, server.port)
    server.stop()


def _serve(file: Path, port: int) -> Standin:
    server = Standin(
        port,
        str(file),
        user=OPTIONS["user"],
        password=OPTIONS["password"],
        lock_timeout=_LOCK_TIMEOUT,
    ).start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    return server


if __name__ == "__main__":
    main()
