"""The steps that entities of the vault have in common: made once, loaded by every batch, shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from dv_gen.kinds.base import Statement, Step, Table
from dv_gen.kinds.satellite_parts import with_period

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.errors import Location
    from dv_gen.model.entities import Column, Model


class ModelEntity(Protocol):
    """What every entity of the model has."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def location(self) -> Location:
        """Its place in the metadata."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to select it by."""


class _Refusing(ModelEntity, Protocol):
    @property
    def duplicates(self) -> str: ...
    @property
    def null_keys(self) -> str: ...


class _Described(_Refusing, Protocol):
    @property
    def parent(self) -> str: ...


def rendered(folder: str, names: Iterable[str], context: Mapping[str, Any]) -> list[Statement]:
    """Return the statements of a folder of templates, each named as its file."""
    return [Statement(name, f"{folder}/{name}.sql.j2", context) for name in names]


def entity_step(
    entity: ModelEntity,
    kind: str,
    phase: str,
    statements: Iterable[Statement],
    *,
    needs: Iterable[str] = (),
    sources: Iterable[str] = (),
    options: dict[str, str] | None = None,
) -> Step:
    """Return an entity's step of the phase create, load or publish, in the file of its kind.

    What it `needs`, the `sources` whose staged rows it reads and the `options` are those of the
    load; a name may come twice.
    """
    loads = phase == "load"
    return Step(
        id=f"{phase}:{entity.name}",
        kind=kind if phase != "publish" else "view",
        entity=entity.name,
        phase=phase,
        path=f"{kind}s/{entity.name}.sql",
        location=entity.location,
        statements=tuple(statements),
        table=entity.name,
        needs=tuple(dict.fromkeys(needs)) if loads else (),
        sources=tuple(dict.fromkeys(sources)) if loads else (),
        tags=entity.tags,
        options=(options or {}) if loads else {},
    )


def satellite_step(
    satellite: _Described, phase: str, statements: Iterable[Statement], sources: Iterable[str]
) -> Step:
    """Return a step of a satellite that may refuse rows: it comes after its parent."""
    return entity_step(
        satellite,
        "satellite",
        phase,
        statements,
        needs=(satellite.parent,),
        sources=sources,
        options=refusing(satellite),
    )


def refusing(entity: _Refusing) -> dict[str, str]:
    """Return which staged rows an entity refuses, as the runner reads it."""
    return {"duplicates": entity.duplicates, "null_keys": entity.null_keys}


def table_with_views(
    entity: ModelEntity,
    own: tuple[Column, ...],
    model: Model,
    built_from: Mapping[str, Any],
    *,
    historized: bool = True,
    partitioned: bool = True,
) -> Iterable[Table]:
    """Yield an entity's table and, of a history, its views: every version, and the newest ones."""
    date = model.project.naming.load_dt if partitioned else ""
    place = entity.location
    yield Table("vault", entity.name, own, place, dated_by=date, built_from=built_from)
    if historized:
        for suffix, shown in (("history", with_period(own, model)), ("current", own)):
            name = f"{entity.name}_{suffix}"
            yield Table("vault", name, shown, place, entity=entity.name, is_view=True)
