"""What run, doctor, explain and test ask: how metadata, warehouse and ledger differ (P2)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.engines.base import ViewKeeper
from dv_gen.run.changes.compare import State, View, differences, new_tables, orphans
from dv_gen.run.changes.definitions import expected_tables
from dv_gen.run.changes.difference import APPLY, SAFE, Change, Difference
from dv_gen.run.changes.recording import DEFINITIONS, loaded_entities, recorded_tables
from dv_gen.run.changes.statements import with_texts
from dv_gen.run.changes.types import Storage
from dv_gen.run.changes.views import Views, drop_text, in_the_way, made_again, said_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dv_gen.engines.base import Catalog, Session
    from dv_gen.run.changes.definitions import Definition
    from dv_gen.run.changes.statements import Renderer
    from dv_gen.run.plan import Compiled

_FOREIGN = "drop it, run again, and make it again:"


@dataclass(frozen=True)
class Orphan:
    """A table that the metadata no longer names, and what it holds."""

    table: Definition
    rows: int
    last_load: datetime | None

    def __str__(self) -> str:
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        last = f", the last of {self.last_load}" if self.last_load else ""
        return (
            f"{self.table.shown} is no longer in the metadata and stays as it is: a "
            f"{self.table.kind} with {rows}{last}"
        )


@dataclass(frozen=True)
class Changes:
    """How metadata, warehouse and ledger differ.

    Attributes:
        state: what was compared.
        found: the differences, each with its statements.
        orphans: tables that the metadata has forgotten.
        rebuilt: tables that hold nothing, so that they can be dropped and made anew.
        views: the views of the target.
    """

    state: State
    found: list[Difference]
    orphans: list[Definition]
    views: Views
    rebuilt: set[str] = field(default_factory=set)

    @property
    def stopping(self) -> list[Difference]:
        """The differences that nothing may be loaded with."""
        return [item for item in self.found if item.stops]

    @property
    def safe(self) -> list[Difference]:
        """The differences that a run resolves by itself."""
        return [item for item in self.found if not item.stops]

    @property
    def touched(self) -> dict[str, None]:
        """The entities whose views have to be made anew, in the metadata's order."""
        names = dict.fromkeys(item.table.entity for item in self.safe)
        for key, table in self.state.expected.items():
            recorded = self.state.recorded.get(key)
            # Where DDL cannot be undone, a run may have ended before it came to the views.
            if recorded is not None and dict(recorded.columns) != dict(table.columns):
                names[table.entity] = None
        return names

    @property
    def own_views(self) -> list[tuple[str, str]]:
        """The views of these entities that stand, none of which reads one behind it."""
        return [
            (view.schema, view.name)
            for entity in self.touched
            for view in self.state.views.get(entity, ())
            if (view.schema, view.name) in self.state.live
        ]

    @property
    def altered(self) -> list[tuple[str, str, str]]:
        """What the statements change under the views: schema, table, and a column or nothing."""
        return [
            (item.table.schema, str(change.context["table"]), change.column)
            for item in self.safe
            for change in item.changes
            if change.column or change.drops
        ]


def ask_changes(session: Session, compiled: Compiled, live: Catalog, render: Renderer) -> Changes:
    """Compare what the metadata says with what stands and with what was built; write nothing.

    Args:
        session: a connection to the warehouse.
        compiled: what the metadata says, rendered.
        live: the catalog.
        render: makes the texts of statements.

    Raises:
        EngineError: when the database refuses a question.
    """
    state = state_of(session, compiled, live)
    found = differences(state)
    rebuilt: list[Difference] = []
    if any(item.stops for item in found):
        loaded = loaded_entities(session, compiled.manifest["schemas"]["meta"])
        rebuilt, state = _without_empty(session, state, loaded, render)
        found = [*rebuilt, *differences(state)]
    views = Views(compiled)
    names = {item.table.name for item in rebuilt}
    asked = Changes(state, found, orphans(state), views, names)
    found = [with_texts(_counted(session, item, render), render) for item in found]
    found = [_with_views(session, item, views) if item.stops else item for item in found]
    found += _foreign(session, asked)
    return replace(asked, found=found)


def state_of(session: Session, compiled: Compiled, live: Catalog) -> State:
    """Return what is to be compared."""
    manifest = compiled.manifest
    meta = manifest["schemas"]["meta"]
    recorded = recorded_tables(session, meta) if (meta, DEFINITIONS) in live else {}
    views: dict[str, list[View]] = {}
    for name, facts in manifest["tables"].items():
        if facts["is_view"] and facts["columns"]:
            view = View(facts["schema"], name, tuple(facts["columns"]))
            views.setdefault(facts["entity"], []).append(view)
    expected = {(table.schema, table.name): table for table in expected_tables(manifest)}
    storage = Storage.of_manifest(dialects.get(manifest["dialect"]), manifest)
    return State(expected, views, live, recorded, storage)


def look_at(session: Session, table: Definition, load_dt: str, render: Renderer) -> Orphan:
    """Return what a table holds that the metadata no longer names."""
    names = {"schema": table.schema, "table": table.name}
    known = load_dt if load_dt in table.columns else ""
    rows, last = session.query(render(Change("rows", {**names, "load_dt": known})))[0]
    return Orphan(table, int(rows), last)


def renamed(changes: Changes) -> list[tuple[Definition, Definition]]:
    """Return the new tables that may be one that the metadata has forgotten: same kind, parent."""
    facts = ("kind", "parent")
    return [
        (old, new)
        for new in new_tables(changes.state)
        for old in changes.orphans
        if all(old.built_from.get(fact) == new.built_from.get(fact) for fact in facts)
        if not new.is_derived and new.name not in changes.rebuilt
    ]


def _without_empty(
    session: Session, state: State, loaded: set[str], render: Renderer
) -> tuple[list[Difference], State]:
    """Take the tables that hold nothing and were never loaded for tables that are to be made.

    A first run that was stopped by rejects has made them; no change of an empty table does harm.
    """
    empty = set()
    for key, table in state.expected.items():
        recorded = state.recorded.get(key)
        if key not in state.live or table.entity in loaded or recorded == table:
            continue
        if not session.query(render(_any_row(table, state.live[key]))):
            empty.add(table.entity)
    # Of an entity with several tables all go or none: one of them has rows, it is loaded.
    gone = {key: table for key, table in state.expected.items() if table.entity in empty}
    found = []
    for table in gone.values():
        said = f"{table.shown} holds nothing and was never loaded: it is made anew"
        names = {"schema": table.schema, "table": table.name}
        drop = Change("drop_table", names, drops=True)
        found.append(Difference(SAFE, table, said, changes=(drop,)))
    live = {key: columns for key, columns in state.live.items() if key not in gone}
    # Another tool's tables are known by what they are, until a batch has gone into them.
    known = {
        key: table
        for key, table in state.recorded.items()
        if table.entity in loaded or key not in state.expected
    }
    return found, replace(state, live=live, recorded=known)


def _any_row(table: Definition, live: Mapping[str, object]) -> Change:
    # Ghosts are made with their table, and are no load.
    last = [*table.columns.values()][-1]
    load_src = last.name if last.name in live and last.type.is_text else ""
    context = {"schema": table.schema, "table": table.name, "load_src": load_src}
    return Change("any_row", context)


def _counted(session: Session, difference: Difference, render: Renderer) -> Difference:
    """Return a difference with the number of keys that it concerns, where that is known."""
    if difference.count is None:
        return difference
    keys = int(session.query(render(difference.count))[0][0])
    if not keys:
        return difference
    has = "1 key has" if keys == 1 else f"{keys:,} keys have"
    gets = "gets" if keys == 1 else "get"
    said = f"{difference.said}; {has} a value in the newest row, and {gets} a version with the next"
    return replace(difference, said=said)


def _with_views(session: Session, difference: Difference, views: Views) -> Difference:
    """Return a difference whose statements go through: what reads the column makes way for them."""
    if not isinstance(session, ViewKeeper):
        return difference
    table = difference.table
    texts = difference.texts
    for change in difference.changes:
        standing = []
        if change.column or change.drops:
            roots = [(table.schema, table.name, change.column)]
            standing = in_the_way(session, [], roots)
        away = tuple(drop_text(view) for view in reversed(standing))
        if change.drops:
            # What is made again by the next run; somebody's own view keeps the table from going.
            foreign = views.foreign(standing)
            away = tuple(drop_text(view) for view in reversed(standing) if view not in foreign)
            texts = (*away, *texts)
        elif standing:
            texts = (*away, *texts, *(text for view in standing for text in made_again(view)))
    return replace(difference, texts=texts)


def _foreign(session: Session, changes: Changes) -> list[Difference]:
    """Return a difference for each view of somebody's own that stands in the way."""
    if not isinstance(session, ViewKeeper) or not changes.safe:
        return []
    own, altered = changes.own_views, changes.altered
    if not own and not altered:
        return []
    standing = changes.views.foreign(in_the_way(session, own, altered))
    tables = {table.entity: table for table in changes.state.expected.values()}
    table = tables[next(iter(changes.touched))]
    return [
        Difference(
            APPLY, table, said_of(view), _FOREIGN, texts=(drop_text(view), *made_again(view))
        )
        for view in standing
    ]
