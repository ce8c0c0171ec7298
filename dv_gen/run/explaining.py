"""The plan's statements as the database understands them, without running one (run --explain)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted_table
from dv_gen.engines.statements import SqlText
from dv_gen.errors import EXIT_DONE, EXIT_FAILED, EngineError
from dv_gen.run.changes.asking import ask_changes
from dv_gen.run.preparing import outdated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.dialects.base import Dialect
    from dv_gen.engines.base import Catalog, Engine, Session
    from dv_gen.run.changes.difference import Difference
    from dv_gen.run.changes.statements import Renderer
    from dv_gen.run.plan import Compiled, PlannedStatement, PlannedStep

OK = "ok"
REFUSED = "refused"
NEEDS = "needs a table"
UNASKED = "not explained"
# Values that every statement of the plan can be bound to; no file is read and no row is loaded.
_MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001 - load dates are UTC without a zone
VALUES = {
    "load_dt": _MOMENT,
    "load_src": "explain",
    "rows_before": 0,
    "period_start": _MOMENT,
    "period_end": _MOMENT,
    "rows": (1,),
}


@dataclass(frozen=True)
class Explained:
    """What the database says of one statement.

    Attributes:
        step: the step that it belongs to.
        statement: the statement.
        answer: ``OK``, ``REFUSED``, ``NEEDS`` or ``UNASKED``.
        said: the plan's first line, the database's message, what is needed, or why it is not asked.
        plan: the lines of the plan, where there is one.
    """

    step: PlannedStep
    statement: PlannedStatement
    answer: str
    said: str
    plan: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What the database says of all statements of a plan, in order.

    Attributes:
        answers: about each statement.
        differences: between the metadata and the tables that stand.
    """

    answers: tuple[Explained, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when a statement is refused, or a run would refuse the model; else 0."""
        refused = self.of(REFUSED) or any(item.stops for item in self.differences)
        return EXIT_FAILED if refused else EXIT_DONE

    def of(self, answer: str) -> list[Explained]:
        """Return the statements with that answer."""
        return [item for item in self.answers if item.answer == answer]

    @property
    def unasked(self) -> dict[str, int]:
        """How many statements of which sort EXPLAIN does not take."""
        return dict(Counter(item.said for item in self.of(UNASKED)).most_common())


def explain_steps(
    engine: Engine,
    session: Session,
    dialect: Dialect,
    compiled: Compiled,
    steps: list[PlannedStep],
    render: Renderer,
) -> Explanation:
    """Ask the database for the plan of every statement.

    Nothing is changed but in the session itself: the temporary tables that statements read are
    made there, empty.

    Args:
        engine: the database, visited.
        session: a session that is closed afterwards.
        dialect: what its EXPLAIN takes.
        compiled: the rendered target.
        steps: the steps to ask about, in an order in which they could run.
        render: makes the texts of what has to be changed first.

    Raises:
        EngineError: when the connection is lost.
    """
    schemas = list(dict.fromkeys(compiled.manifest["schemas"].values()))
    present = engine.columns(schemas)
    found = tuple(ask_changes(session, compiled, present, render).found)
    # What a run changes first, or refuses, cannot be asked about as it stands.
    changed = {item.table.entity for item in found}
    asking = _Asking(session, dialect, compiled, present, changed)
    return Explanation(tuple(asking.about(steps)), found)


class _Asking:
    def __init__(
        self,
        session: Session,
        dialect: Dialect,
        compiled: Compiled,
        present: Catalog,
        changed: set[str],
    ) -> None:
        self._session = session
        self._dialect = dialect
        tables = compiled.manifest["tables"]
        standing = [
            table for table in present if tables.get(table[1], {}).get("entity") not in changed
        ]
        self._present = {quoted_table(*table) for table in standing} - outdated(compiled, present)
        # What a run makes, and which run.
        self._made = {
            made
            for step in compiled.steps
            for statement in step.statements
            if "." in (made := SqlText(statement.sql).makes)
        }
        # A mart's table may take its name within a function of the engine.
        self._made |= {
            quoted_table(tables[step.entity]["schema"], step.entity)
            for step in compiled.of_phase("publish")
            if step.entity in tables
        }
        # Temporary tables of the step that is asked about: that stand, and that do not, and why.
        self._standing: list[str] = []
        self._lacking: dict[str, str] = {}

    def about(self, steps: Iterable[PlannedStep]) -> Iterator[Explained]:
        """Ask about each step in a transaction of its own, which ends as if it had never been."""
        for step in steps:
            self._standing, self._lacking = [], {}
            self._session.begin()
            for statement in step.statements:
                answer, said, plan = self._ask(statement)
                yield Explained(step, statement, answer, said, plan)
            self._session.rollback()

    def _ask(self, statement: PlannedStatement) -> tuple[str, str, tuple[str, ...]]:
        text = SqlText(statement.sql)
        if text.is_temporary:
            return self._make(text, statement)
        if unasked := self._unasked(text, statement):
            return UNASKED, unasked, ()
        missing = self._missing(text)
        if missing:
            return NEEDS, missing, ()
        try:
            rows = self._session.query(f"EXPLAIN {text.query or text.body}", _values(statement))
        except EngineError as error:
            return REFUSED, self._refused(error), ()
        plan = tuple(line for row in rows for line in str(row[-1]).splitlines())
        return OK, gist(plan), plan

    def _unasked(self, text: SqlText, statement: PlannedStatement) -> str:
        """Return what a statement is that EXPLAIN does not take, or an empty string."""
        if "file" in statement.parameters:
            return "bulk load"
        if text.calls(self._dialect.meta_functions):
            return "meta function"
        # Of what is made from a query, the query is explained.
        return "" if text.query or text.word in self._dialect.explains else text.sort

    def _make(self, text: SqlText, statement: PlannedStatement) -> tuple[str, str, tuple[str, ...]]:
        """Make a temporary table, which nobody else sees, for the statements that read it."""
        missing = self._missing(text)
        if missing:
            self._lacking[text.makes] = missing
            return NEEDS, missing, ()
        try:
            self._session.execute(text.made_empty, _values(statement))
        except EngineError as error:
            self._lacking[text.makes] = f"{text.makes}, which was refused"
            return REFUSED, self._refused(error), ()
        self._standing.append(text.made_empty)
        return OK, "a temporary table, made empty in this session", ()

    def _missing(self, text: SqlText) -> str:
        """Return which tables a statement names that a run has yet to make; views need theirs."""
        made = text.makes if text.query else ""
        found = [
            table
            for table in text.tables
            if table in self._made and table not in self._present and table != made
        ]
        found += [self._lacking[name] for name in text.names if name in self._lacking]
        return ", ".join(dict.fromkeys(found))

    def _refused(self, error: EngineError) -> str:
        if error.lost:
            raise error
        self._session.rollback()
        self._session.begin()
        # What was made before the refused statement went with it, where DDL can be undone.
        for made in self._standing if self._dialect.transactional_ddl else ():
            self._session.execute(made)
        return error.message


def _values(statement: PlannedStatement) -> dict[str, Any]:
    return {name: VALUES[name] for name in statement.parameters}


def gist(plan: Iterable[str]) -> str:
    """Return the line of a plan that says most: the first with a cost, else the first with words.

    >>> gist(["╭─ Insert ─╮", "╰──────────╯"])
    'Insert'
    >>> gist(["QUERY PLAN DESCRIPTION:", " +-INSERT [Cost: 0, Rows: 0] (PATH ID: 1)"])
    '+-INSERT [Cost: 0, Rows: 0] (PATH ID: 1)'
    """
    bare = [line.strip(" \t│╭╮╰╯─┴┬├┤┌┐└┘|") for line in plan]
    worded = [line for line in bare if any(letter.isalpha() for letter in line)]
    costed = [line for line in worded if "cost" in line.lower()]
    return next(iter([*costed, *worded]), "")
