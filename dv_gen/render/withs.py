"""WITH queries of statements as Vertica takes them: some become tables, some subqueries.

Its manual has no WITH behind INSERT, and leaves open which queries with IN and EXISTS may stand
within IN and EXISTS. So the queries of an INSERT stand in brackets behind FROM, and a query with
such a condition that another condition reads becomes a table of the session.

A query that is used more than once becomes a table too: Vertica puts the text of a WITH query
wherever it is used, and so with the queries that it uses in turn, so that a query that is used
twice by one that is used twice is computed four times. As a table it is computed once. These tables
are made before the step's first row is written: DDL commits there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING

from dv_gen.dialects.base import quoted
from dv_gen.render.generated import DROPS
from dv_gen.render.with_clauses import changed, dedented, defines, folded, inserts, read_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jinja2 import Environment

    from dv_gen.dialects.base import Dialect
    from dv_gen.render.with_clauses import Clause, Query, WithStatement

# How the statements are called that make such a table; those that drop what is left of an old one
# are called by DROPS.
MAKES = "with:"
_PHASES = ("load", "publish", "restore")

Named = tuple[str, str]


@dataclass(eq=False)
class _Query:
    """A WITH query of a step: one, for all statements in which it is the same.

    Attributes:
        clause: its text.
        uses: the WITH queries that it may name, by folded name.
        place: before which statement of the step it would be made.
        movable: whether it would have the same rows there.
        reads: whether it reads a table at all; constants are computed in no time.
        computed: how often it is computed.
        table: the quoted name of its table, once it is to be one.
    """

    clause: Clause
    uses: Mapping[str, _Query]
    place: int
    movable: bool
    reads: bool
    computed: int = 0
    table: str = ""

    @cached_property
    def used(self) -> list[_Query]:
        """The queries that it reads, as often as it does."""
        return _used(self.clause.query, self.uses)

    @property
    def tests(self) -> bool:
        """Whether it has a condition that reads a query, at whatever depth."""
        return self.clause.query.has_tests or any(query.tests for query in self.used)

    def says(self, clause: Clause) -> bool:
        """Tell whether it is the same query."""
        return self.clause.query.plain == clause.query.plain


@dataclass
class _Plan:
    """The statements of a step and their WITH queries."""

    statements: list[WithStatement | None]
    # By statement and folded name; and each once, a query behind those that it uses.
    known: list[dict[str, _Query]] = field(default_factory=list)
    queries: list[_Query] = field(default_factory=list)


class WithTables:
    """Makes tables of WITH queries; knows which names are given already.

    Args:
        dialect: how long a name may be.
        environment: where the templates of such a table are.
        taken: the names of all tables of the model, which a table of the session would hide.
    """

    def __init__(self, dialect: Dialect, environment: Environment, taken: Iterable[str]) -> None:
        self._limit = dialect.max_identifier_bytes
        self._make = environment.get_template("shared/with_table.sql.j2")
        self._drop = environment.get_template("shared/drop_with.sql.j2")
        self._taken = {folded(quoted(name)) for name in taken}

    def split(self, phase: str, entity: str, statements: list[Named]) -> list[Named]:
        """Return a step's statements, and among them those that make its tables.

        Args:
            phase: what the step is for; only loads are split.
            entity: whose step it is.
            statements: names and texts.
        """
        if not any("WITH" in text for _, text in statements):
            return statements
        if phase not in _PHASES:
            return [(name, _without_with(text)) for name, text in statements]
        plan = _planned([text for _, text in statements])
        for query in plan.queries:
            if query.table:
                query.table = quoted(self._name(entity, statements, plan, query))
        found: list[Named] = []
        for at, (name, text) in enumerate(statements):
            for query in plan.queries:
                if query.table and query.place == at:
                    found += self._made(query)
            found.append((name, _rest(plan.statements[at], plan.known[at], text)))
        return found

    def _name(self, entity: str, statements: list[Named], plan: _Plan, query: _Query) -> str:
        own = _unquoted(query.clause.name).replace(" ", "_")
        using = next(at for at, known in enumerate(plan.known) if query in known.values())
        first, second = f"{entity}_{own}", f"{entity}_{statements[using][0]}_{own}"
        wanted = chain([first, second], (f"{second}_{number}" for number in count(2)))
        name = next(x for x in (fitted(x, self._limit) for x in wanted) if self._is_free(x))
        self._taken.add(folded(quoted(name)))
        return name

    def _is_free(self, name: str) -> bool:
        return folded(quoted(name)) not in self._taken

    def _made(self, query: _Query) -> Iterator[Named]:
        table, name = _unquoted(query.table), _unquoted(query.clause.name)
        yield DROPS + name, self._drop.render(table=table).strip()
        body = dedented(query.clause.query.renamed(_tables(query.uses))).strip()
        text = _with(query.used, query.uses) + body
        made = self._make.render(table=table, query=text).strip()
        yield MAKES + name, "\n".join(filter(None, (query.clause.comment, made)))


def fitted(name: str, limit: int) -> str:
    """Return a name of at most so many bytes: a longer one ends in a digest of all of it.

    >>> fitted("abc", 3)
    'abc'
    >>> fitted("abcdefghijkl", 11)
    'ab_d682ed4c'
    """
    whole = name.encode()
    if len(whole) <= limit:
        return name
    digest = hashlib.sha256(whole).hexdigest()[:8]
    return whole[: limit - len(digest) - 1].decode(errors="ignore") + "_" + digest


def _planned(texts: list[str]) -> _Plan:
    plan = _Plan([read_with(text) for text in texts])
    written = [folded(changed(text)) for text in texts]
    first_row = next((at for at, text in enumerate(texts) if not defines(text)), len(texts))
    alike: dict[tuple[object, ...], list[_Query]] = {}
    for at, statement in enumerate(plan.statements):
        known: dict[str, _Query] = {}
        place = min(at, first_row)
        for clause in statement.clauses if statement else ():
            uses = dict(known)
            read = {folded(table.name) for table in clause.query.reads} - set(uses)
            used = _used(clause.query, uses)
            # What an earlier statement of the step has written is read as it is then.
            movable = not read & set(written[place:at]) and all(query.movable for query in used)
            anew = at if read & set(written[:at]) or not movable else -1
            reads = bool(read or used)
            others = alike.setdefault((clause.name, tuple(map(id, used)), anew), [])
            query = next((other for other in others if other.says(clause)), None)
            if query is None:
                query = _Query(clause, uses, place, movable, reads)
                others.append(query)
                plan.queries.append(query)
            known[folded(clause.name)] = query
        plan.known.append(known)
    _count(plan)
    return plan


def _tested(plan: _Plan) -> set[_Query]:
    """Return the queries that a condition reads, and that have such conditions themselves."""
    read: set[_Query] = set()
    for statement, known in zip(plan.statements, plan.known, strict=True):
        if statement:
            read |= _read_by_conditions(statement.main, known)
    for query in plan.queries:
        read |= _read_by_conditions(query.clause.query, query.uses)
    return {query for query in read if query.tests}


def _read_by_conditions(query: Query, known: Mapping[str, _Query]) -> set[_Query]:
    return {known[name] for name in query.tested if name in known}


def _count(plan: _Plan) -> None:
    """Tell how often each query is computed, from the last to the first; make some a table."""
    for statement, known in zip(plan.statements, plan.known, strict=True):
        for query in _used(statement.main, known) if statement else ():
            query.computed += 1
    tested = _tested(plan)
    for query in reversed(plan.queries):
        if query.movable and query.reads and (query.computed > 1 or query in tested):
            query.table = query.clause.name
        times = 1 if query.table else query.computed
        for used in query.used:
            used.computed += times


def _used(query: Query, known: Mapping[str, _Query]) -> list[_Query]:
    found = (known.get(folded(table.name)) for table in query.reads)
    return [query for query in found if query is not None]


def _tables(known: Mapping[str, _Query]) -> dict[str, str]:
    return {name: query.table for name, query in known.items() if query.table}


def _with(used: Iterable[_Query], known: Mapping[str, _Query]) -> str:
    """Return the WITH of the queries that are used and no tables, or an empty string."""
    wanted: set[_Query] = set()
    open_ends = list(used)
    while open_ends:
        query = open_ends.pop()
        if not query.table and query not in wanted:
            wanted.add(query)
            open_ends += query.used
    kept = [_inline(query) for query in known.values() if query in wanted]
    return "WITH\n" + ",\n".join(kept) + "\n" if kept else ""


def _inline(query: _Query) -> str:
    text = f"{query.clause.name} AS ({query.clause.query.renamed(_tables(query.uses))})"
    return "\n".join(filter(None, (query.clause.comment, text)))


def _rest(statement: WithStatement | None, known: Mapping[str, _Query], text: str) -> str:
    """Return a statement without the queries that have become tables; an INSERT without WITH."""
    if statement is None:
        return text
    if inserts(statement.head):
        return statement.head + _nested(statement.main, known)
    if not _tables(known):
        return text
    kept = _with(_used(statement.main, known), known)
    return statement.head + kept + statement.main.renamed(_tables(known))


def _nested(query: Query, known: Mapping[str, _Query]) -> str:
    """Return a query with its WITH queries in brackets, but for those that are tables."""
    bodies = {name: _bracket(used) for name, used in known.items() if not used.table}
    return query.renamed(_tables(known), bodies)


def _bracket(query: _Query) -> str:
    text = dedented(_nested(query.clause.query, query.uses)).strip()
    return "\n".join(filter(None, (query.clause.comment, text)))


def _without_with(text: str) -> str:
    """Return a statement that stands alone: an INSERT with its WITH queries in brackets."""
    if not inserts(text):
        return text
    plan = _planned([text])
    for query in plan.queries:
        query.table = ""
    return _rest(plan.statements[0], plan.known[0], text)


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"')
