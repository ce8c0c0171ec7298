"""Table locks."""

from __future__ import annotations

import threading
import time

from tests.vertica_standin.errors import VError


class Locks:
    """Table locks: I (insert) is compatible with I; X (delete, update, merge) with nothing. Held to the transaction's end."""

    def __init__(self, timeout):
        self.held, self.cond, self.timeout = {}, threading.Condition(), timeout

    def take(self, who, table, mode):
        deadline = time.monotonic() + self.timeout
        with self.cond:
            while any(
                o is not who and "X" in (m, mode) for o, m in self.held.get(table, {}).items()
            ):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise VError(
                        5157,
                        "55V03",
                        f"Unavailable: initiator locks for query - Locking failure: Timed out {mode} locking Table:{table}",
                    )
                self.cond.wait(left)
            mine = self.held.setdefault(table, {})
            mine[who] = "X" if "X" in (mode, mine.get(who)) else "I"

    def release(self, who):
        with self.cond:
            for t in self.held.values():
                t.pop(who, None)
            self.cond.notify_all()
