"""What a kind of entity has to provide, and the draft of the model it reads into."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dv_gen.errors import Location, Problem
    from dv_gen.kinds.stage_hashes import HashColumn
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Column, Hub, Link, Mart, Model, Satellite
    from dv_gen.model.project import Project
    from dv_gen.model.source import KeyUse, Source


class Named(Protocol):
    """Anything of the model that has a name."""

    @property
    def name(self) -> str:
        """Its name, which no other entity has."""


Entity = TypeVar("Entity", bound=Named)
Result = TypeVar("Result")


@dataclass
class Draft:
    """The model while it is being read.

    Attributes:
        folder: the project's folder, where files named by the metadata are looked up.
        specs: every entry of the metadata, by section and name.
        broken: the (section, name) of entries whose shape is wrong: known, but not read.
        misspelt: hubs that an unknown name was probably meant for.
        problems: everything that is wrong so far.
        others: by kind and name: the entities of kinds that have no field of their own here.
        made: sources that are read already, be it because another one fetches from them.
        reading: the sources that are being read: each fetches from the next.
    """

    project: Project
    folder: Path
    problems: list[Problem]
    specs: dict[str, dict[str, Spec]] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)
    misspelt: set[str] = field(default_factory=set)
    sources: dict[str, Source] = field(default_factory=dict)
    hubs: dict[str, Hub] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    satellites: dict[str, Satellite] = field(default_factory=dict)
    marts: dict[str, Mart] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, Source | None] = field(default_factory=dict)
    reading: list[str] = field(default_factory=list)

    def put(self, kind: str, entity: Any) -> None:  # noqa: ANN401 - each kind has a class of its own
        """Keep an entity of a kind that has no field of its own here."""
        self.others.setdefault(kind, {})[entity.name] = entity

    def uses_of(self, hub: str) -> list[tuple[Source, KeyUse]]:
        """Return the uses of a hub's key in the sources, all of which have been read by now."""
        return self._uses.get(hub, [])

    @cached_property
    def _uses(self) -> dict[str, list[tuple[Source, KeyUse]]]:
        found: dict[str, list[tuple[Source, KeyUse]]] = {}
        for source in self.sources.values():
            for use in source.keys:
                found.setdefault(use.hub, []).append((source, use))
        return found

    def known(self, section: str) -> list[str]:
        """Return the names that the metadata gives in a section, right or wrong."""
        return list(self.specs.get(section, {}))

    def names_key(self, source: str, label: str) -> bool:
        """Tell whether a source's metadata names that hub or hub.role, right or wrong."""
        return label in (self.specs["sources"][source].get("keys") or {})

    def columns_of(self, source: str, *parts: str) -> list[str]:
        """Return the columns that a source's metadata names (in some parts), right or wrong."""
        spec = self.specs["sources"][source]
        return [name for part in parts or COLUMN_PARTS for name in spec.get(part) or {}]

    def names_column(self, source: str, name: str) -> bool:
        """Tell whether a source's metadata names that column, right or wrong."""
        spec = self.specs["sources"][source]
        return any(name in (spec.get(part) or {}) for part in COLUMN_PARTS)


@dataclass(frozen=True)
class Table:
    """A table or view of the warehouse; ``schema`` names a layer of :class:`Schemas`.

    Attributes:
        dated_by: the date that its partitions are by where a target has partitions.
        built_from: what its rows are, besides its columns: the kind, a hub's key, a link's hubs, a
            satellite's parent, the columns in a hashdiff; plain values for the manifest, where a
            run compares them with what the table was built from (P1).
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    location: Location
    entity: str = ""
    is_view: bool = False
    transient: bool = False
    dated_by: str = ""
    built_from: Mapping[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The entity whose steps make this table."""
        return self.entity or self.name


@dataclass(frozen=True)
class Statement:
    """One SQL statement of a step.

    Attributes:
        name: what it is for: ``create``, ``read``, ``load``, ``rejects``, ...
        template: the template that renders it.
        context: the template's variables besides ``model``, ``project`` and ``dialect``.
    """

    name: str
    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One rendered file and its place in a run.

    Attributes:
        id: unique, ``<kind>:<entity>``.
        phase: ``create``, ``stage``, ``query``, ``restore`` (around a load of late deliveries),
            ``load``, ``publish``, ``statistics``, or
            ``check`` and ``test`` for the checks of the batch and of the whole vault.
        path: the file below ``generated/<target>/``.
        table: the table that it fills, if it fills one.
        needs: names of entities that must be done before.
        sources: the sources whose staged rows it reads.
        options: facts for the runner, plain values.
        notes: what else the file's first lines say.
    """

    id: str
    kind: str
    entity: str
    phase: str
    path: str
    location: Location
    statements: tuple[Statement, ...]
    table: str = ""
    needs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checks:
    """What has to hold of an entity (R8); every statement returns the rows that should not be.

    Attributes:
        entity: the entity's name.
        location: its place in the metadata.
        sources: the sources whose staged rows ``batch`` reads.
        batch: the checks of the keys in the stage.
        vault: the checks of the whole table.
    """

    entity: str
    location: Location
    sources: tuple[str, ...]
    batch: tuple[Statement, ...]
    vault: tuple[Statement, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of entity.

    Attributes:
        name: the kind's name, also of its template folder.
        section: the metadata's top-level key; several kinds may share one.
        order: kinds are read in this order.
        description: one line for the JSON Schema.
        schema: the JSON Schema of one entry.
        read: turns one entry into an entity of the draft, or complains.
        tables: the tables and views of every entity of this kind.
        steps: the rendered files of every entity of this kind.
        type: what ``type:`` says in an entry of this kind where its section has several kinds;
            empty for the kind that an entry is of when it says nothing.
        implied_by: keys of an entry that say as much as ``type:``.
        stage_hashes: the hashes, besides those of hubs and links, that a kind wants its sources'
            stages to compute: pairs of a source's name and the hash.
        checks: what has to hold of every entity of this kind.
        extra_sections: further top-level keys that this kind understands.
    """

    name: str
    section: str
    order: int
    description: str
    schema: Mapping[str, Any]
    read: Callable[[Spec, Draft], None]
    tables: Callable[[Model], Iterable[Table]]
    steps: Callable[[Model], Iterable[Step]]
    type: str = ""
    implied_by: tuple[str, ...] = ()
    stage_hashes: Callable[[Model], Iterable[tuple[str, HashColumn]]] | None = None
    checks: Callable[[Model], Iterable[Checks]] | None = None
    extra_sections: Mapping[str, Any] = field(default_factory=dict)

    def claims(self, data: Any) -> bool:  # noqa: ANN401 - YAML
        """Tell whether an entry of the section is of this kind, by its ``type`` or its keys."""
        if not self.type or not isinstance(data, dict):
            return False
        if "type" in data:
            return bool(data["type"] == self.type)
        return any(key in data for key in self.implied_by)


def kept(work: Callable[[Entity, Model], Result]) -> Callable[[Entity, Model], Result]:
    """Return a function that works out the same of an entity once; the model keeps it."""

    @wraps(work)
    def find(entity: Entity, model: Model) -> Result:
        key = (work, entity.name)
        if key not in model.kept:
            model.kept[key] = work(entity, model)
        found: Result = model.kept[key]
        return found

    return find


# The parts of a source that name columns.
COLUMN_PARTS = ("columns", "derived", "prejoins", "surrogate")
TEXT = {"type": "string"}
NAMES = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
TAGS = {"type": "array", "items": {"type": "string"}, "description": "words to select by"}


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - one or several, as the YAML has it
    """Return a list where the metadata allows one value or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
