"""Before a table is loaded for the first time: one that another tool has built has our hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import EngineError, UsageError
from dv_gen.run.hashdiff_search import StoredRow, Value, fitting_lists, fitting_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dv_gen.engines.base import Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled

# Of a row: whether it is the same, when it was loaded, the digest and its column; then the values.
_FACTS = 4
_OF_A_VALUE = 3


class _Asked:
    """A table that is asked about.

    Attributes:
        name: its name, with the schema.
        rule: the hash rule of the project.
        warn: told what a person should know although the run goes on.
    """

    def __init__(self, name: str, rule: str, warn: Callable[[str], None]) -> None:
        self.name = name
        self.rule = rule
        self.warn = warn

    @property
    def algorithm(self) -> str:
        """The digest's algorithm, as the rule's text has it."""
        return self.rule.split("/")[1]


def check_hashes(session: Session, compiled: Compiled, ledger: Ledger, log: RunLog) -> None:
    """Compare stored digests with those that the rule gives, of tables that were never loaded.

    Raises:
        UsageError: when a stored row has another digest, so that it would come a second time.
    """
    wanted = [
        (step, statement)
        for step in compiled.of_phase("create")
        for statement in step.statements
        if statement.name in _QUESTIONS
    ]
    if not wanted:
        return
    loaded = ledger.steps_ever_done(session)
    problems = []
    for step, statement in wanted:
        if f"load:{step.entity}" in loaded:
            continue
        try:
            rows = session.query(statement.sql)
        except EngineError as error:
            error.location = error.location or statement.location
            raise
        name = f"{compiled.manifest['tables'][step.entity]['schema']}.{step.entity}"
        asked = _Asked(name, compiled.manifest["hash_rule"], log.warning)
        if rows and (problem := _QUESTIONS[statement.name](asked, rows)) is not None:
            problems.append(problem)
    if problems:
        hints = dict.fromkeys(hint for _, hint in problems)
        raise UsageError("\n".join(what for what, _ in problems), hint="\n".join(hints))


def _keys(asked: _Asked, rows: Sequence[tuple[Any, ...]]) -> tuple[str, str] | None:
    """Return what is wrong with the keys of a hub."""
    differing = rows[0][0]
    if not differing:
        return None
    what = (
        f"{asked.name} holds {differing} keys with another hash than the rule {asked.rule} "
        "gives them"
    )
    way = (
        "each would come a second time: `hash` in project.yml has to say how the vault was hashed, "
        "and how its digests are stored"
    )
    return what, way


def _tracked(asked: _Asked, rows: Sequence[tuple[Any, ...]]) -> tuple[str, str] | None:
    """Return what is wrong with the hashdiffs that a tracking satellite has recorded."""
    if not rows[0][0]:
        return None
    return (
        f"{asked.name} holds {rows[0][0]} hashdiffs that are not those of the satellite's rows",
        "it was recorded under other hashdiffs: track into a new table, beside this one",
    )


def _hashdiffs(asked: _Asked, answer: Sequence[tuple[Any, ...]]) -> tuple[str, str] | None:
    """Return what is wrong with the hashdiffs of a satellite or reference table."""
    values, rows = _read(answer)
    differing = [row for row in rows if not row.same]
    if not differing:
        return None
    of_all = fitting_lists(values, differing, asked.algorithm)
    newest = [row for row in differing if row.loaded == rows[0].loaded]
    if rows[0].same is None and not of_all:
        asked.warn(
            f"the hashdiffs of {asked.name} cannot be compared with the stored ones: not all "
            "columns that they are made of are stored"
        )
        return None
    if of_all and not newest:
        asked.warn(
            f"{asked.name}: {len(differing)} of the {len(rows)} newest rows were hashed over other "
            f"columns ({', '.join(of_all[0])}) than the rows after them; each such key gets one "
            "version more when it is delivered again"
        )
        return None
    column = answer[0][_FACTS - 1]
    what = (
        f"{asked.name}: of the {len(rows)} newest rows {len(differing)} have another {column} than "
        "the metadata gives them"
    )
    lists = of_all or (fitting_lists(values, newest, asked.algorithm) if newest else [])
    return what, _way_on(asked, column, lists, values, newest or differing)


def _way_on(
    asked: _Asked,
    column: str,
    lists: list[list[str]],
    values: Sequence[Value],
    rows: Sequence[StoredRow],
) -> str:
    """Return how a vault with such hashdiffs is loaded on."""
    table = asked.name.rpartition(".")[2]
    texts = [f"hashdiff: {{{column}: [{', '.join(names)}]}}" for names in lists]
    again = "each row would come again as a new version"
    if len(texts) == 1:
        return f"{again}; what is stored fits, in {table}:\n    {texts[0]}"
    if texts:
        either = "\n    or ".join(texts)
        return (
            f"{again}; the rows that were looked at do not decide which it was, in {table}:\n"
            f"    {either}"
        )
    by_column = fitting_lists(values, rows, asked.algorithm, by_column=True)
    if by_column:
        renamed = {value.name: value.column for value in values if value.name != value.column}
        names = [renamed.get(name, name) for name in by_column[0]]
        own = ", ".join(f"{renamed[name]} for {name}" for name in by_column[0] if name in renamed)
        return (
            f"{again}; what is stored fits, in {table}, once the source calls its columns as they "
            f"are sorted ({own}; `header` says what the file calls them):\n"
            f"    hashdiff: {{{column}: [{', '.join(names)}]}}"
        )
    return (
        f"{again}, and no list of columns that was tried fits {table}: the texts of dates, "
        "timestamps or numbers may be others than here (declare the column as varchar, and deliver "
        "it as it was hashed), or columns that are not stored were hashed. Until then, load into a "
        "new satellite beside it"
    )


def _link_keys(asked: _Asked, answer: Sequence[tuple[Any, ...]]) -> tuple[str, str] | None:
    """Return what is wrong with the hash keys of a link."""
    values, rows = _read(answer)
    differing = [row for row in rows if not row.same]
    if not differing:
        return None
    what = (
        f"{asked.name}: of the {len(rows)} newest rows {len(differing)} have another "
        f"{answer[0][_FACTS - 1]} than the rule {asked.rule} gives them"
    )
    labels = [value.name for value in values]
    orders = fitting_orders(labels, differing, asked.algorithm)
    hubs = [label for label in dict.fromkeys(labels) if label]
    again = "each relationship would come a second time"
    for order in orders:
        if set(order[: len(hubs)]) == set(hubs):
            shown = ", ".join(order[: len(hubs)])
            return what, f"{again}; what is stored fits the order\n    hubs: [{shown}]"
    if orders:
        return what, f"{again}: its child keys were hashed before its hubs, which cannot go on"
    return what, f"{again}: another order of hubs and child keys does not give the stored keys"


def _read(answer: Sequence[tuple[Any, ...]]) -> tuple[list[Value], list[StoredRow]]:
    """Return the values that digests may be made of, and the rows, the newest first."""
    first = answer[0]
    places = range(_FACTS, len(first), _OF_A_VALUE)
    values = [Value(first[place], first[place + 1]) for place in places]
    rows = [
        StoredRow(
            None if row[0] is None else bool(row[0]),
            row[1],
            str(row[2]).casefold(),
            tuple(str(row[place + 2]) for place in places),
        )
        for row in answer
    ]
    return values, sorted(rows, key=lambda row: row.loaded, reverse=True)


_QUESTIONS: dict[str, Callable[[_Asked, Sequence[tuple[Any, ...]]], tuple[str, str] | None]] = {
    "same_hashes": _keys,
    "same_tracked": _tracked,
    "same_hashdiffs": _hashdiffs,
    "same_link_hashes": _link_keys,
}
