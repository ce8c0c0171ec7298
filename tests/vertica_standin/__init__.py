"""A Vertica stand-in: the v3 frontend/backend protocol over TCP, answered by DuckDB.

It exists so that the real ``vertica-python`` driver can be exercised where no Vertica
server can be had.  It is deliberately STRICT: a statement, clause, type or function that
Vertica does not document is answered with a Vertica-shaped ErrorResponse, even if DuckDB
could run it.  It is not Vertica: see LIMITS at the end of this docstring.

    python -m tests.vertica_standin --port 5433 --db x.duckdb --password secret   # prints "ready PORT"
    with Standin(password="secret") as s: vertica_python.connect(port=s.port, ...)

LIMITS: HASH() values are not Vertica's; SHA224/384/512, TIMESERIES, event windows, COPY of Parquet
and arrays/rows are refused (0A000 "stand-in: ..."); snapshot isolation once a transaction has
written (Vertica: READ COMMITTED); INT/INT is a float (Vertica: NUMERIC); no privileges,
projections, resource pools, statistics or plans. A real error raised late can still differ in
number: those marked [?] in the code are guesses, the SQLSTATEs and texts are from public sources.
"""

from tests.vertica_standin.faults import Faults
from tests.vertica_standin.server import Standin

__all__ = ["Faults", "Standin"]
