"""What the checks have found, as the ledger keeps it until it is settled (P7)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen import __version__
from dv_gen.dialects.base import quoted_table
from dv_gen.run.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dv_gen.engines.base import Session
    from dv_gen.run.checking import Finding

PASSED, ACCEPTED = "passed", "accepted"
_COLUMNS = (
    *("finding_id", "entity", "check_name", "batch_id", "period", "rows_found", "first_rows"),
    *("file", "line", "found_at", "dv_gen"),
)


@dataclass(frozen=True)
class RecordedFinding:
    """A finding that no check has passed since.

    Attributes:
        id: its id in the ledger.
        entity: the entity that the check is of.
        check: the check's name.
        batch: the batch whose staged rows were looked at; empty for a check of the whole table.
        period: the period of that batch, if it was not its last one.
        rows: how many rows were found.
        first_rows: a digest of the first of them.
        file: the rendered file of the check's query.
        line: its line there.
        found_at: when it was found, in UTC.
        accepted: why somebody has taken it on; empty when nobody has.
    """

    id: str
    entity: str
    check: str
    batch: str
    period: str
    rows: int
    first_rows: str
    file: str
    line: int
    found_at: datetime
    accepted: str = ""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.entity}:{self.check}"

    def is_of(self, found: Finding, batch: str, period: str = "") -> bool:
        """Tell whether these are the same rows: as many, and the first ones alike."""
        mine = (self.entity, self.check, self.batch, self.period, self.rows)
        theirs = (found.entity, found.check, batch, period, found.rows)
        return mine == theirs and self.first_rows == first_rows(found)

    def __str__(self) -> str:
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        where = f" of batch {self.batch}" if self.batch else ""
        where += f", {self.period}" if self.period else ""
        since = self.found_at.isoformat(" ", "seconds")
        return f"{self.name}: {rows}{where}, found {since} UTC ({self.file}:{self.line})"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "finding": self.name,
            "entity": self.entity,
            "check": self.check,
            "batch": self.batch or None,
            "rows": self.rows,
            "file": self.file,
            "line": self.line,
            "found_at": self.found_at.isoformat("T", "microseconds") + "Z",
        }


def first_rows(finding: Finding) -> str:
    """Return a digest of the rows that a finding shows: other rows are another finding."""
    text = json.dumps([finding.columns, finding.texts()])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


class FindingLedger:
    """The ledger's tables of findings; they only ever gain rows.

    Args:
        schema: the ledger's schema.
    """

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def _table(self, name: str) -> str:
        return quoted_table(self._schema, name)

    def unsettled(self, session: Session) -> list[RecordedFinding]:
        """Return the findings that no check has passed since, accepted ones too, oldest first."""
        columns = ", ".join(f'found."{name}"' for name in _COLUMNS[:-1])
        resolution = self._table("finding_resolution")
        rows = session.query(
            f'SELECT {columns}, accepted."reason" FROM {self._table("finding")} AS found '
            'LEFT JOIN (SELECT "finding_id", MAX("reason") AS "reason" '
            f'FROM {resolution} WHERE "resolution" = \'{ACCEPTED}\' GROUP BY "finding_id"'
            ') AS accepted ON accepted."finding_id" = found."finding_id" '
            f'WHERE found."finding_id" NOT IN (SELECT "finding_id" FROM {resolution} '
            f"WHERE \"resolution\" = '{PASSED}') "
            'ORDER BY found."found_at", found."finding_id"'
        )
        return [
            RecordedFinding(
                id=str(row[0]),
                entity=str(row[1]),
                check=str(row[2]),
                batch=str(row[3] or ""),
                period=str(row[4] or ""),
                rows=int(row[5]),
                first_rows=str(row[6]),
                file=str(row[7]),
                line=int(row[8]),
                found_at=row[9],
                accepted=row[10] or "",
            )
            for row in rows
        ]

    def open(self, session: Session) -> list[RecordedFinding]:
        """Return the findings that neither a check has passed since nor somebody accepted.

        Of the same check of the same rows the newest: what it found before is no news.
        """
        found = [item for item in self.unsettled(session) if not item.accepted]
        return list({(item.name, item.batch, item.period): item for item in found}.values())

    def record(
        self, session: Session, found: Sequence[Finding], batch: str, period: str = ""
    ) -> list[Finding]:
        """Keep what was found, in the session's transaction; what is known is not written twice.

        An acceptance covers the same number of rows, with the same first rows, of the same table
        or the same batch. Whatever else is found is open.

        Args:
            session: the connection.
            found: what checks have found.
            batch: the batch whose staged rows they looked at; empty for whole tables.
            period: its period, if it was not its last one.

        Returns:
            What nobody has accepted.
        """
        if not found:
            return []
        unsettled = self.unsettled(session)
        unaccepted, rows = [], []
        for item in found:
            known = [old for old in unsettled if old.is_of(item, batch, period)]
            if any(old.accepted for old in known):
                continue
            unaccepted.append(item)
            if not known:
                rows.append(_row(item, batch, period))
        if rows:
            session.insert(self._table("finding"), _COLUMNS, rows)
        return unaccepted

    def settle(
        self, session: Session, found: Iterable[RecordedFinding], resolution: str, reason: str = ""
    ) -> None:
        """Write how findings have ended, in the session's transaction."""
        columns = ("finding_id", "resolution", "reason", "resolved_at", "dv_gen")
        now = utc_now()
        rows = [(item.id, resolution, reason or None, now, __version__) for item in found]
        if rows:
            session.insert(self._table("finding_resolution"), columns, rows)


def _row(item: Finding, batch: str, period: str) -> tuple[Any, ...]:
    now = utc_now()
    digest = first_rows(item)
    facts = (item.entity, item.check, batch, period, str(item.rows), digest, now.isoformat())
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]
    place = (item.place.file, item.place.line)
    return (
        *(key, item.entity, item.check, batch or None, period, item.rows, digest),
        *(*place, now, __version__),
    )
