"""The ledger: what was planned, what was done; it only ever gains rows."""

from __future__ import annotations

from dataclasses import asdict, astuple
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dv_gen import __version__
from dv_gen.dialects.base import quoted_table
from dv_gen.engines.binding import literal
from dv_gen.run.clock import utc_now
from dv_gen.run.findings import FindingLedger
from dv_gen.run.records import Batch, Delivery, NewestBatch, PlannedFile, StepOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dv_gen.engines.base import Session

PLANNED = ("batch_id", "source", "file_no", "root", "path", "etag", "size_bytes", "load_dt")
_OUTCOME = (
    "step",
    "status",
    "rows_staged",
    "rows_inserted",
    "rows_rejected",
    "rows_filtered",
    "started_at",
    "ended_at",
    "error",
)
_AFTER = timedelta(microseconds=1)
_REJECT = (
    "batch_id",
    "phase",
    "entity",
    "source",
    "file",
    "line",
    "row_no",
    "column_name",
    "reason",
    "record",
)


class Ledger:
    """The ledger's tables in one schema.

    Args:
        schema: the schema's name.

    Attributes:
        findings: what checks have found, and how that was settled.
    """

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self.findings = FindingLedger(schema)

    def _table(self, name: str) -> str:
        return quoted_table(self._schema, name)

    def _insert(self, session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            columns = list(rows[0])
            values = [[row[column] for column in columns] for row in rows]
            session.insert(self._table(table), columns, values)

    def open(self, session: Session, batch: Batch, hash_rule: str) -> None:
        """Write a batch and its whole plan, in one transaction."""
        session.begin()
        newest = session.query(f'SELECT MAX("opened_at") FROM {self._table("batch")}')[0][0]
        now = utc_now()
        head = {
            "batch_id": batch.id,
            "load_dt": batch.load_dt,
            # Batches are told apart by it: a clock that was set back must not turn their order.
            "opened_at": now if newest is None else max(now, newest + _AFTER),
            "model": batch.model,
            "hash_rule": hash_rule,
            "allow_late": batch.allow_late,
            "by_period": batch.by,
            "dv_gen": __version__,
        }
        self._insert(session, "batch", [head])
        files = [(batch.id, *astuple(item)) for item in batch.files]
        self._insert(session, "batch_file", [dict(zip(PLANNED, row, strict=True)) for row in files])
        self._insert(
            session,
            "batch_step",
            [
                {"batch_id": batch.id, "step_no": number, "step": step}
                for number, step in enumerate(batch.steps, start=1)
            ],
        )
        session.commit()

    def open_batch(self, session: Session) -> Batch | None:
        """Return the batch that a run left open, or None."""
        facts = '"batch_id", "load_dt", "model", "allow_late", "by_period"'
        found = session.query(
            f"SELECT {facts} FROM {self._table('batch')} "
            f'WHERE "batch_id" IN (SELECT "batch_id" FROM {self._table("open_batch")}) '
            f'ORDER BY "opened_at" DESC'
        )
        if not found:
            return None
        batch_id, load_dt, model, allow_late, by = found[0]
        columns = ", ".join(f'"{name}"' for name in PLANNED[1:])
        files = session.query(
            f"SELECT {columns} FROM {self._table('batch_file')} "
            f'WHERE "batch_id" = {literal(batch_id)} ORDER BY "source", "file_no"'
        )
        steps = session.query(
            f'SELECT "step" FROM {self._table("batch_step")} '
            f'WHERE "batch_id" = {literal(batch_id)} ORDER BY "step_no"'
        )
        done = session.query(
            f'SELECT "step", MAX("rows_staged") FROM {self._table("step_result")} '
            f'WHERE "batch_id" = {literal(batch_id)} AND "status" = \'done\' GROUP BY "step"'
        )
        return Batch(
            id=batch_id,
            load_dt=load_dt,
            model=model,
            files=tuple(PlannedFile(*row) for row in files),
            steps=tuple(row[0] for row in steps),
            done=frozenset(row[0] for row in done),
            allow_late=bool(allow_late),
            by=by,
            staged={
                step.partition(":")[2]: int(rows)
                for step, rows in done
                if step.startswith(("stage:", "query:"))
            },
        )

    def newest_batch(self, session: Session) -> NewestBatch | None:
        """Return the batch that was opened last, or None; ``open`` when it has not ended."""
        rows = session.query(
            f'SELECT batch."batch_id", batch."model", ended."status" '
            f"FROM {self._table('batch')} AS batch "
            f'LEFT JOIN {self._table("batch_end")} AS ended ON ended."batch_id" = batch."batch_id" '
            f'WHERE batch."batch_id" IN (SELECT "batch_id" FROM {self._table("newest_batch")})'
        )
        if not rows:
            return None
        batch_id, model, status = rows[0]
        done = session.query(
            f'SELECT DISTINCT "step" FROM {self._table("step_result")} '
            f'WHERE "batch_id" = {literal(batch_id)} AND "status" = \'done\''
        )
        steps = frozenset(str(row[0]) for row in done)
        return NewestBatch(str(batch_id), str(model), str(status or "open"), steps)

    def is_open(self, session: Session, batch: Batch) -> bool:
        """Tell whether nobody has ended the batch."""
        table = self._table("batch_end")
        return not session.query(f'SELECT 1 FROM {table} WHERE "batch_id" = {literal(batch.id)}')

    def outcome(self, session: Session, batch: Batch, step: str) -> StepOutcome | None:
        """Return how a step of the batch was done, or None when it was not."""
        names = ", ".join(f'"{name}"' for name in _OUTCOME)
        rows = session.query(
            f"SELECT {names} FROM {self._table('step_result')} "
            f'WHERE "batch_id" = {literal(batch.id)} AND "step" = {literal(step)} '
            f'AND "status" = \'done\' ORDER BY "ended_at" DESC'
        )
        if not rows:
            return None
        *counted, error = rows[0]
        found = StepOutcome(**dict(zip(_OUTCOME, [*counted, error or ""], strict=True)))
        return found if batch.since is None or found.ended_at > batch.since else None

    def begin_anew(self, session: Session, batch: Batch, outcome: StepOutcome) -> datetime | None:
        """Write that other SQL runs from now on; return when the last step before has ended."""
        session.begin()
        last: datetime | None = session.query(
            f'SELECT MAX("ended_at") FROM {self._table("step_result")} '
            f'WHERE "batch_id" = {literal(batch.id)}'
        )[0][0]
        self.record_step(session, batch, outcome)
        session.commit()
        return last

    def hash_rules(self, session: Session) -> list[str]:
        """Return the hash rules that batches of this vault were loaded with."""
        rows = session.query(f'SELECT DISTINCT "hash_rule" FROM {self._table("batch")}')
        return sorted(row[0] for row in rows)

    def casing(self, session: Session) -> tuple[str, str] | None:
        """Return the engine's version with which keys were upper-cased last, and the letters."""
        rows = session.query(
            f'SELECT "engine_version", "letters" FROM {self._table("casing")} '
            'ORDER BY "recorded_at" DESC'
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def record_casing(self, session: Session, version: str, fingerprint: str, letters: str) -> None:
        """Write how a version of the engine upper-cases letters; it holds from now on."""
        session.begin()
        last = session.query(f'SELECT MAX("recorded_at") FROM {self._table("casing")}')[0][0]
        now = utc_now()
        row = {
            "recorded_at": now if last is None else max(now, last + _AFTER),
            "engine_version": version,
            "fingerprint": fingerprint,
            "letters": letters,
        }
        self._insert(session, "casing", [row])
        session.commit()

    def last_model(self, session: Session) -> str:
        """Return the model that the newest finished batch was loaded with, or an empty string."""
        rows = session.query(
            f'SELECT "model" FROM {self._table("batch")} AS batch '
            f'JOIN {self._table("batch_end")} AS ended ON ended."batch_id" = batch."batch_id" '
            'WHERE ended."status" = \'done\' ORDER BY batch."opened_at" DESC LIMIT 1'
        )
        return str(rows[0][0]) if rows else ""

    def loaded_files(self, session: Session) -> set[tuple[str, str, str, int]]:
        """Return the identity of the newest version loaded of every file (R3).

        A file that is overwritten and then brought back to what it was is a new delivery.
        """
        rows = session.query(
            'SELECT "source", "path", "etag", "size_bytes" FROM ('
            'SELECT loaded.*, ROW_NUMBER() OVER (PARTITION BY loaded."source", loaded."path" '
            'ORDER BY batch."opened_at" DESC) AS "place" '
            f"FROM {self._table('file_loaded')} AS loaded "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = loaded."batch_id"'
            ') AS newest WHERE "place" = 1'
        )
        return {(row[0], row[1], row[2], int(row[3])) for row in rows}

    def load_dates(
        self, session: Session
    ) -> dict[tuple[str, str, str, int], list[datetime | None]]:
        """Return the load dates with which every version of a file was loaded, in order."""
        rows = session.query(
            'SELECT DISTINCT "source", "path", "etag", "size_bytes", "load_dt" '
            f"FROM {self._table('file_loaded')} "
            'ORDER BY "load_dt", "source", "path", "etag", "size_bytes"'
        )
        found: dict[tuple[str, str, str, int], list[datetime | None]] = {}
        for source, path, etag, size, load_dt in rows:
            found.setdefault((source, path, etag, int(size)), []).append(load_dt)
        return found

    def loaded_deliveries(
        self, session: Session, steps: Iterable[str]
    ) -> dict[tuple[str, str], dict[datetime, bool]]:
        """Return by step and source the deliveries that a load was done with, and which are whole.

        Args:
            session: the connection.
            steps: the ids of load steps.
        """
        wanted = ", ".join(literal(step) for step in sorted(set(steps)))
        if not wanted:
            return {}
        rows = session.query(
            'SELECT "step", "source", "load_dt", "whole" '
            f'FROM {self._table("loaded_delivery")} WHERE "step" IN ({wanted})'
        )
        found: dict[tuple[str, str], dict[datetime, bool]] = {}
        for step, source, load_dt, whole in rows:
            found.setdefault((step, source), {})[load_dt] = bool(whole)
        return found

    def deliveries_of(self, session: Session, batch: Batch) -> dict[str, set[datetime]]:
        """Return the load dates that each source's staged files have brought in a batch."""
        rows = session.query(
            f'SELECT DISTINCT "source", "load_dt" FROM {self._table("delivery")} '
            f'WHERE "batch_id" = {literal(batch.id)}'
        )
        found: dict[str, set[datetime]] = {}
        for source, load_dt in rows:
            found.setdefault(source, set()).add(load_dt)
        return found

    def record_deliveries(
        self, session: Session, batch: Batch, deliveries: Iterable[Delivery]
    ) -> None:
        """Write what a source has delivered, in the session's transaction."""
        self._insert(
            session,
            "delivery",
            [{"batch_id": batch.id, **asdict(delivery)} for delivery in deliveries],
        )

    def steps_ever_done(self, session: Session) -> set[str]:
        """Return the steps that have succeeded at least once."""
        table = self._table("step_result")
        rows = session.query(f'SELECT DISTINCT "step" FROM {table} WHERE "status" = \'done\'')
        return {row[0] for row in rows}

    def table_rows(self, session: Session) -> tuple[dict[str, int], dict[str, int]]:
        """Return the rows that every entity's steps have inserted, and those at its statistics."""
        rows = session.query(
            'SELECT "step", SUM("rows_inserted"), MAX("rows_staged") '
            f'FROM {self._table("step_result")} WHERE "status" = \'done\' GROUP BY "step"'
        )
        inserted: dict[str, int] = {}
        told: dict[str, int] = {}
        for step, count, had in rows:
            phase, _, entity = step.partition(":")
            if phase in ("load", "publish"):
                inserted[entity] = inserted.get(entity, 0) + int(count)
            elif phase == "statistics":
                told[entity] = int(had)
        return inserted, told

    def newest_load_dates(self, session: Session) -> dict[str, datetime | None]:
        """Return the newest load date of every source that has been loaded (L6).

        It is None where no row of any file has been staged.
        """
        rows = session.query(
            f'SELECT "source", MAX("load_dt") FROM {self._table("file_loaded")} GROUP BY "source"'
        )
        return dict(rows)

    def newest_deliveries(self, session: Session) -> dict[str, datetime]:
        """Return when the newest delivery of every source came: a file as it had never been.

        That is when the first of its batches was opened which has not been given up.
        """
        rows = session.query(
            'SELECT "source", MAX("came") FROM ('
            'SELECT file."source", MIN(batch."opened_at") AS "came" '
            f"FROM {self._table('batch_file')} AS file "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = file."batch_id" '
            f'JOIN {self._table("batch_end")} AS ended ON ended."batch_id" = batch."batch_id" '
            "WHERE ended.\"status\" = 'done' "
            'GROUP BY file."source", file."path", file."etag", file."size_bytes"'
            ') AS files GROUP BY "source"'
        )
        return dict(rows)

    def newest_query_dates(self, session: Session) -> dict[str, datetime]:
        """Return the newest load date with which every query was staged, by step (L6)."""
        rows = session.query(
            'SELECT result."step", MAX(batch."load_dt") '
            f"FROM {self._table('step_result')} AS result "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = result."batch_id" '
            "WHERE result.\"status\" = 'done' AND result.\"step\" LIKE 'query:%' "
            'GROUP BY result."step"'
        )
        return dict(rows)

    def newest_moments(self, session: Session) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """Return when the newest batch was opened in which each step was done, and had an effect.

        A load has an effect where it inserts rows, every other step whenever it is done. What was
        done in a period of a batch counts as the step itself.
        """
        rows = session.query(
            'SELECT result."step", MAX(batch."opened_at"), MAX(CASE '
            'WHEN result."step" NOT LIKE \'load:%\' OR result."rows_inserted" > 0 '
            'THEN batch."opened_at" END) '
            f"FROM {self._table('step_result')} AS result "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = result."batch_id" '
            'WHERE result."status" = \'done\' GROUP BY result."step"'
        )
        done: dict[str, datetime] = {}
        changed: dict[str, datetime] = {}
        for name, last, effect in rows:
            step = name.partition(" in the ")[0]
            done[step] = max(last, done.get(step, last))
            if effect is not None:
                changed[step] = max(effect, changed.get(step, effect))
        return done, changed

    def close(
        self, session: Session, batch: Batch, status: str, loaded: Iterable[PlannedFile]
    ) -> None:
        """End a batch; the files in ``loaded`` will not be loaded again."""
        newest = self._last_load_dates(session, batch)
        session.begin()
        self._insert(
            session,
            "file_loaded",
            [
                {
                    "batch_id": batch.id,
                    "source": item.source,
                    "path": item.path,
                    "etag": item.etag,
                    "size_bytes": item.size,
                    "load_dt": item.load_dt or newest.get(item.source),
                }
                for item in loaded
            ],
        )
        end = {"batch_id": batch.id, "status": status, "ended_at": utc_now()}
        self._insert(session, "batch_end", [end])
        session.commit()

    def _last_load_dates(self, session: Session, batch: Batch) -> dict[str, datetime | None]:
        """Return the newest load date that each source's files have brought in a batch."""
        rows = session.query(
            f'SELECT "source", MAX("last_load_dt") FROM {self._table("file_result")} '
            f'WHERE "batch_id" = {literal(batch.id)} GROUP BY "source"'
        )
        return dict(rows)

    def record_step(self, session: Session, batch: Batch, outcome: StepOutcome) -> None:
        """Write how a step ended, in the session's transaction."""
        row = {
            "batch_id": batch.id,
            "step": outcome.step,
            "status": outcome.status,
            "rows_staged": outcome.rows_staged,
            "rows_inserted": outcome.rows_inserted,
            "rows_rejected": outcome.rows_rejected,
            "rows_filtered": outcome.rows_filtered,
            "started_at": outcome.started_at,
            "ended_at": outcome.ended_at,
            "error": outcome.error[:4000] or None,
        }
        self._insert(session, "step_result", [row])

    def record_files(self, session: Session, batch: Batch, rows: Iterable[dict[str, Any]]) -> None:
        """Write what was read from each file, in the session's transaction."""
        self._insert(session, "file_result", [{"batch_id": batch.id, **row} for row in rows])

    def record_rejects(
        self, session: Session, batch: Batch, rejects: Sequence[tuple[Any, ...]]
    ) -> None:
        """Write rejected records: source, file, line, row_no, column, reason, record."""
        rows = [(batch.id, "stage", source, source, *rest) for source, *rest in rejects]
        self._insert(session, "rejects", [dict(zip(_REJECT, row, strict=True)) for row in rows])

    def rejects_of(
        self, session: Session, batch: Batch, entity: str, reason: str
    ) -> list[tuple[str, int, str]]:
        """Return file, row number and record of what an entity has rejected for a reason."""
        return session.query(
            f'SELECT "file", "row_no", "record" FROM {self._table("rejects")} '
            f'WHERE "batch_id" = {literal(batch.id)} AND "entity" = {literal(entity)} '
            f'AND "phase" = \'load\' AND "reason" = {literal(reason)} ORDER BY "row_no"'
        )
