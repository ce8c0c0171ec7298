"""Who holds a warehouse: the run, its process and its machine, in the name of a session."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from dv_gen.texttable import visible

WAIT = (
    "wait until it has finished; dv-gen unlock tells whether it lives, and releases the hold of a "
    "dead one"
)
# Seconds between the looks at a hold whose process has just died, which the server is about to
# notice, or has just come, and is about to say so.
MOMENTS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_LABEL = re.compile(r"(.+)@(.*)/(\d+)~([0-9a-f]{6})", re.DOTALL)


@dataclass(frozen=True)
class Owner:
    """A run, and the process that it is or was.

    Attributes:
        run: its id.
        host: the name of its machine, for people; a long one is cut.
        pid: its process there.
        place: tells machines, and containers on one machine, apart.
    """

    run: str
    host: str
    pid: int
    place: str

    @classmethod
    def here(cls, run: str) -> Owner:
        """Return this process."""
        return cls(run, socket.gethostname(), os.getpid(), _place())

    @classmethod
    def read(cls, label: str | None) -> Owner | None:
        """Return whom a session's name tells of, None where another program wrote it.

        >>> Owner.read("20261124T160000-abcdef@loader/4711~1a2b3c").pid
        4711
        >>> Owner.read("psql")
        """
        found = _LABEL.fullmatch(label or "")
        return Owner(found[1], found[2], int(found[3]), found[4]) if found else None

    def label(self, limit: int) -> str:
        """Return the name of a session, of so many bytes at most: what tells most is kept.

        >>> Owner("monday", "loader.example.org", 4711, "1a2b3c").label(30)
        'monday@loader.exa/4711~1a2b3c'
        """
        end = f"/{self.pid}~{self.place}"
        run = _cut(self.run, limit - len(end) - 1)
        return f"{run}@{_cut(self.host, limit - len(end) - 1 - len(run.encode()))}{end}"

    def lives(self) -> bool | None:
        """Return whether the process is there; None where that cannot be seen from here.

        A number that another process has got meanwhile counts as alive.
        """
        if self.place != _place() or os.name != "posix":
            return None
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        # What has died and is only not buried yet holds nothing.
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace")
            return state.rpartition(")")[2].split()[0] not in ("Z", "X")
        return True


@dataclass(frozen=True)
class Holder:
    """Who holds a warehouse (R5).

    Attributes:
        what: what is held, as the user should read it.
        owner: who holds it, None where that cannot be read.
        since: when its session began.
        more: what the server says besides.
        session: the session that holds it, as the server calls it; empty where it shows none.
    """

    what: str
    owner: Owner | None = None
    since: str = ""
    more: str = ""
    session: str = ""

    def __str__(self) -> str:
        process = f"process {self.owner.pid} on {self.owner.host}" if self.owner else ""
        details = ", ".join(part for part in (process, self.more) if part)
        text = f"{self.what} is held by {f'run {self.owner.run}' if self.owner else 'another run'}"
        text += f" ({details})" if details else ""
        # Any session may call itself what it likes.
        return visible(text + (f" since {self.since}" if self.since else ""))

    @property
    def is_dead(self) -> bool:
        """Whether it has died, for certain."""
        return self.owner is not None and self.owner.lives() is False


def _place() -> str:
    """Return what a machine is told by: its name, and whose processes can be seen."""
    seen = ""
    with contextlib.suppress(OSError):
        seen = str(Path("/proc/self/ns/pid").readlink())
    text = f"{socket.gethostname()} {seen}"
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _cut(text: str, size: int) -> str:
    return text.encode()[: max(size, 0)].decode(errors="ignore")
