"""A visit at a target: what is known of it so far, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from dv_gen.dialects.base import Dialect
    from dv_gen.engines.base import Catalog, Engine, Session
    from dv_gen.errors import DvGenError
    from dv_gen.model.entities import Model
    from dv_gen.model.project import Project, Target


@dataclass
class Visit:
    """What the checks share; each may find out more for those behind it.

    Attributes:
        folder: the project's folder.
        project: what project.yml says.
        target: the target, its settings not yet expanded.
        dialect: facts about its engine.
        environment: renders the statements of ``templates/doctor``.
        run_id: who asks.
        model: the metadata, once it is known to be right.
        settings: the target's settings, once every variable in them is known.
        engine: the database, once there is a driver for it.
        session: a connection, once there is one.
        tables: the columns of what stands in the project's schemas, once it is known.
    """

    folder: Path
    project: Project
    target: Target
    dialect: Dialect
    environment: Environment
    run_id: str
    model: Model | None = None
    settings: dict[str, Any] | None = None
    engine: Engine | None = None
    session: Session | None = None
    tables: Catalog | None = None

    @property
    def token(self) -> str:
        """What makes the names of scratch tables unlike any other."""
        return self.run_id.rpartition("-")[2]

    def sql(self, template: str, **context: Any) -> str:  # noqa: ANN401 - as templates have them
        """Return a statement of ``templates/doctor``, in the dialect's words."""
        return self.environment.get_template(f"doctor/{template}.sql.j2").render(context).strip()

    def ask(self, template: str, **context: Any) -> Any:  # noqa: ANN401 - whatever a column holds
        """Return the one value that a query gives.

        Raises:
            EngineError: when the database refuses it.
        """
        assert self.session is not None  # noqa: S101 - whoever asks has looked
        return self.session.query(self.sql(template, **context))[0][0]

    def do(self, template: str, **context: Any) -> None:  # noqa: ANN401 - as templates have them
        """Run a statement.

        Raises:
            EngineError: when the database refuses it.
        """
        assert self.session is not None  # noqa: S101 - whoever asks has looked
        self.session.execute(self.sql(template, **context))

    def leave(self) -> None:
        """Give the connection back and disconnect."""
        if self.session is not None:
            self.session.close()
        if self.engine is not None:
            self.engine.close()


def told(error: DvGenError) -> str:
    """Return the first line of an error: the others show the statement."""
    lines = error.message.strip().splitlines()
    return lines[0] if lines else "no message"
