"""Natural keys: the tables are joined by the business keys themselves, not by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.errors import Problem
from dv_gen.model.types import HASH, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dv_gen.errors import Location
    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Column, Model
    from dv_gen.model.project import Project

# Kinds whose tables have no key of a hub or link, besides those that know natural keys.
_WITHOUT_KEYS = ("reference", "calendar")


def hub_key_type(key: Sequence[Column], project: Project) -> SqlType:
    """Return the type of the column that a hub is joined by."""
    if not project.hash.is_natural:
        return HASH
    return key[0].type if len(key) == 1 else joined_type(key, project)


def joined_type(columns: Iterable[Column], project: Project) -> SqlType:
    """Return the type of the joined text of several columns (H3); a digest joins nothing."""
    if not project.hash.is_natural:
        return HASH
    # A bar or a backslash in a text takes two characters, and so does the word for NULL.
    widths = [
        max(2, column.type.length * 2 if column.type.is_text else column.type.text_width)
        for column in columns
    ]
    return SqlType("varchar", sum(widths) + len(widths) - 1)


def check_hash_key_of_hub(spec: Spec, draft: Draft, names: Sequence[str]) -> None:
    """Complain about a name for the key's column where that is the business key itself."""
    if draft.project.hash.is_natural and len(names) == 1 and "hash_key" in spec.data:
        what = f"with natural keys the key of the hub is its column '{names[0]}'"
        spec.complain(what, "hash_key", key=True, expected="no hash_key")


def no_zero_key(spec: Spec, draft: Draft, *path: str | int) -> bool:
    """Complain, with natural keys, about what needs a zero key; tell whether it was so."""
    if draft.project.hash.is_natural:
        what = "natural keys have no zero key: no value of a business key means that there is none"
        spec.complain(what, *path, expected="keys: hash in project.yml, or nothing of the sort")
    return draft.project.hash.is_natural


def natural_problems(model: Model) -> Iterator[Problem]:
    """Yield what does not go with natural keys."""
    if not model.project.hash.is_natural:
        return
    for kind, entities in model.others.items():
        for entity in entities.values() if kind not in _WITHOUT_KEYS else ():
            what = f"'{entity.name}' needs hash keys, but project.yml says keys: natural"
            yield Problem(entity.location, what, "keys: hash, or hubs, links and plain satellites")
    for hub in model.hubs.values():
        yield from _too_wide(model.project, hub.location, hub.name, hub.key_type)
    for link in model.links.values():
        yield from _too_wide(model.project, link.location, link.name, link.key_type)


def _too_wide(project: Project, place: Location, name: str, kind: SqlType) -> Iterator[Problem]:
    for dialect in dict.fromkeys(target.type for target in project.targets):
        facts = dialects.get(dialect)
        most = facts.max_varchar // facts.octets_per_character
        if kind.is_text and kind.length > most:
            what = f"the natural key of '{name}' may have {kind.length} characters"
            expected = f"at most {most} on {dialect}: shorter types of its columns, or keys: hash"
            yield Problem(place, what, expected)
