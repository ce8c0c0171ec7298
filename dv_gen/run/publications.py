"""Marts and views that failed hold up nothing: the next run makes them again (R10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.dialects.base import quoted_table
from dv_gen.run.checking import DIFFERS
from dv_gen.run.records import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.engines.base import Session
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import StepOutcome

SKIPPED = "skipped"


def is_loaded(outcomes: Sequence[tuple[PlannedStep, StepOutcome]], *, by_period: bool) -> bool:
    """Tell whether the vault has what a batch brought, so that the batch can be closed.

    A mart or a view that failed holds up nothing. Neither does a query that reads it, with what is
    loaded from queries alone: a later batch asks it again. An entity that files feed as well
    would lose what they have brought.

    Args:
        outcomes: how the batch's steps ended.
        by_period: whether the rows are loaded by periods, the queries' among them.
    """
    left = [
        (step, outcome) for step, outcome in outcomes if outcome.status not in ("done", DIFFERS)
    ]
    left = [(step, outcome) for step, outcome in left if step.phase != "publish"]
    if by_period or any(outcome.status != SKIPPED for _, outcome in left):
        return not left
    queries = {step.entity for step, _ in left if step.phase == "query"}
    put_off = {
        step.entity for step, _ in left if step.phase == "load" and set(step.sources) <= queries
    }
    return all(step.entity in queries | put_off for step, _ in left)


class Publications:
    """What the ledger tells of marts and views that are not done.

    Args:
        schema: the ledger's schema.
    """

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def _table(self, name: str) -> str:
        return quoted_table(self._schema, name)

    def owed(self, session: Session) -> set[str]:
        """Return the marts and views that a closed batch was planned with and that are not done.

        They are done when a later batch has done them, or the same one after its end. A batch that
        was stopped has changed nothing that they show.
        """
        like = "LIKE 'publish:%'"
        rows = session.query(
            'SELECT planned."step" FROM ('
            'SELECT step."step", MAX(batch."opened_at") AS "opened_at" '
            f"FROM {self._table('batch_step')} AS step "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = step."batch_id" '
            f'JOIN {self._table("batch_end")} AS ended ON ended."batch_id" = batch."batch_id" '
            f'WHERE step."step" {like} AND ended."status" <> \'stopped\' '
            'GROUP BY step."step") AS planned '
            "LEFT JOIN ("
            'SELECT result."step", MAX(batch."opened_at") AS "opened_at" '
            f"FROM {self._table('step_result')} AS result "
            f'JOIN {self._table("batch")} AS batch ON batch."batch_id" = result."batch_id" '
            f'WHERE result."step" {like} AND result."status" = \'done\' '
            'GROUP BY result."step") AS made ON made."step" = planned."step" '
            'WHERE made."opened_at" IS NULL OR made."opened_at" < planned."opened_at"'
        )
        return {str(row[0]) for row in rows}

    def again(
        self, session: Session, known: Sequence[PlannedStep], chosen: set[str], events: RunLog
    ) -> Batch | None:
        """Return what has to be made again in the name of the newest batch, None where nothing has.

        Args:
            session: the connection.
            known: the steps to choose from.
            chosen: the entities that the run is about.
            events: where those are named that are left out.
        """
        owed = self.owed(session)
        left_out = [step.entity for step in known if step.id in owed and step.entity not in chosen]
        if left_out:
            events.warning(f"not selected, and still to be made again: {', '.join(left_out)}")
        wanted = [step for step in known if step.id in owed and step.entity in chosen]
        rows = session.query(
            'SELECT batch."batch_id", batch."load_dt", batch."model" '
            f"FROM {self._table('batch')} AS batch "
            f'JOIN {self._table("batch_end")} AS ended ON ended."batch_id" = batch."batch_id" '
            'ORDER BY batch."opened_at" DESC LIMIT 1'
        )
        if not wanted or not rows:
            return None
        events.info(f"making again what failed: {', '.join(step.entity for step in wanted)}")
        batch_id, load_dt, model = rows[0]
        steps = tuple(step.id for step in wanted)
        return Batch(str(batch_id), load_dt, str(model), files=(), steps=steps, ended=True)
