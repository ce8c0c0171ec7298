"""Views in the way of a change: they make way, and are made again with their grants."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dv_gen.dialects.base import quoted_table
from dv_gen.engines.base import ViewKeeper
from dv_gen.engines.statements import SqlText
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dv_gen.engines.base import Session, StandingView
    from dv_gen.run.plan import Compiled

    Name = tuple[str, str]


class Views:
    """The views of a rendered target.

    Args:
        compiled: the target.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled

    @cached_property
    def texts(self) -> dict[Name, str]:
        """The statement that makes each view, by schema and name."""
        names = {
            quoted_table(facts["schema"], name): (facts["schema"], name)
            for name, facts in self._compiled.manifest["tables"].items()
            if facts["is_view"]
        }
        texts = (
            SqlText(statement.sql)
            for step in self._compiled.of_phase("publish")
            for statement in step.statements
        )
        return {names[text.makes]: text.body for text in texts if text.makes in names}

    def publish(self, session: Session, sql: str) -> int:
        """Run a statement of a publish step; a view that cannot take its columns is made anew.

        Raises:
            EngineError: when it is refused, or somebody's own view reads the old columns.
        """
        name = self._makes(sql) if isinstance(session, ViewKeeper) else None
        if name is None or not isinstance(session, ViewKeeper):
            return session.execute(sql)
        if not session.replace_view(sql):
            self.change(session, [name], [], lambda: None)
        return 0

    def _makes(self, sql: str) -> Name | None:
        text = SqlText(sql)
        found = (name for name in self.texts if quoted_table(*name) == text.makes)
        return next(found, None) if text.is_view else None

    def change(
        self,
        session: Session,
        own: Sequence[Name],
        altered: Iterable[tuple[str, str, str]],
        work: Callable[[], None],
    ) -> None:
        """Change tables under the views that read them.

        Args:
            session: a connection, in a transaction where the engine can undo DDL.
            own: views that are made anew, as they are rendered; none reads one behind it.
            altered: what is changed: schema, table, and a column or an empty string.
            work: makes the change.

        Raises:
            EngineError: when a statement is refused, or a view cannot be made again.
        """
        if not isinstance(session, ViewKeeper):
            work()
            for name in own:
                session.execute(self.texts[name])
            return
        standing = in_the_way(session, own, altered)
        foreign = self.foreign(standing)
        if foreign:
            todo = "drop it, run again, and make it again:\n"
            texts = ";\n".join([drop_text(foreign[0]), *made_again(foreign[0])])
            raise EngineError(said_of(foreign[0]), hint=f"{todo}{texts};")
        for view in reversed(standing):
            session.execute(drop_text(view))
        work()
        known = {(view.schema, view.name): view for view in standing}
        for name in dict.fromkeys((*own, *known)):
            self._restore(session, name, known.get(name), is_own=name in own)

    def _restore(
        self, session: ViewKeeper, name: Name, view: StandingView | None, *, is_own: bool
    ) -> None:
        texts = [self.texts[name]] if name in self.texts else []
        if view is not None and not is_own:
            # The rendered text may read what a later step makes.
            texts.append(view.definition)
        error = None
        for text in texts:
            error = session.attempt(text)
            if error is None:
                break
        if error is not None:
            raise EngineError(
                f"the view {'.'.join(name)} cannot be made again: {error.message}",
                hint="it reads what the change takes away: change its query too",
            )
        for column, statement in view.restored_by if view else ():
            refused = session.attempt(statement)
            if refused is not None and not column:
                raise refused

    def foreign(self, standing: Iterable[StandingView]) -> list[StandingView]:
        """Return the views that are not dv-gen's."""
        return [view for view in standing if (view.schema, view.name) not in self.texts]


def in_the_way(
    session: ViewKeeper, own: Collection[Name], altered: Iterable[tuple[str, str, str]]
) -> list[StandingView]:
    """Return the views that have to make way, each behind what it reads."""
    roots = [*altered, *((*name, "") for name in own)]
    found = {(view.schema, view.name): view for view in session.dependents(roots)}
    first = [view for name in own if (view := session.standing(*name)) is not None]
    return [*first, *(view for name, view in found.items() if name not in own)]


def drop_text(view: StandingView) -> str:
    """Return the statement that drops a view."""
    word = view.definition.partition('"')[0].removeprefix("CREATE ").strip()
    return f"DROP {word} {quoted_table(view.schema, view.name)}"


def said_of(view: StandingView) -> str:
    """Return what is said of a view that somebody has made."""
    return f"{view.schema}.{view.name} is a view of your own, and reads what has to be changed"


def made_again(view: StandingView) -> tuple[str, ...]:
    """Return the statements that make a view again as it was."""
    return (view.definition, *(text for _, text in view.restored_by))
