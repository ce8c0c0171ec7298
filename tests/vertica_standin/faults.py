"""Faults that a test asks for while the server runs."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

LOCKED = "Unavailable: initiator locks for query - Locking failure: Timed out X locking Table"


@dataclass
class Faults:
    """Switches; the expressions are searched in the text of a statement.

    Attributes:
        refuse: close every new connection at once.
        delay: seconds before each statement ...
        delay_regex: ... that has this in it.
        drop_nth: end the connection at the nth statement from now, of those with ``drop_regex``
            where that is given; once.
        drop_regex: end the connection at every statement that has this in it.
        drop_when: ``before`` the statement runs, or ``after`` it ran and, when it is a COMMIT,
            committed, so that only the answer is lost.
        drop_in_copy: end the connection while data are received.
        fail_regex: answer a statement that has this in it with an error ...
        fail_times: ... so many times ...
        fail_with: ... with this number, SQLSTATE and message.
    """

    refuse: bool = False
    delay: float = 0.0
    delay_regex: str | None = None
    drop_nth: int | None = None
    drop_regex: str | None = None
    drop_when: str = "before"
    drop_in_copy: bool = False
    fail_regex: str | None = None
    fail_times: int = 1 << 30
    fail_with: tuple[int, str, str] = (5157, "55V03", LOCKED)
    _mutex: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def drops(self, sql: str) -> bool:
        """Say whether the connection ends at a statement, which is counted by that."""
        with self._mutex:
            matches = self.drop_regex is None or re.search(self.drop_regex, sql) is not None
            if self.drop_nth is None:
                return self.drop_regex is not None and matches
            if not matches:
                return False
            self.drop_nth -= 1
            if self.drop_nth > 0:
                return False
            self.drop_nth = self.drop_regex = None
            return True

    def fails(self, sql: str) -> bool:
        """Say whether a statement is answered with an error, which is counted by that."""
        with self._mutex:
            if self.fail_regex is None or self.fail_times <= 0:
                return False
            if re.search(self.fail_regex, sql) is None:
                return False
            self.fail_times -= 1
            return True

    def waits(self, sql: str) -> float:
        """Return how many seconds a statement waits."""
        return self.delay if self.delay and re.search(self.delay_regex or "", sql) else 0.0
