"""A server that speaks Vertica's protocol and answers from DuckDB: see README.md.

It is there so that the driver can be used where no Vertica can be had. It is strict: a statement,
clause, type or function that Vertica does not document is refused, even if DuckDB could run it.
"""

from __future__ import annotations

from tests.vertica_standin.faults import Faults
from tests.vertica_standin.server import Standin

__all__ = ["Faults", "Standin"]
