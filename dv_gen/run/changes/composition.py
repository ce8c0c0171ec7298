"""What differs in what the rows of a table are: key, hubs, parent, kind, what is hashed (P1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dv_gen.run.changes.difference import APPLY, REFUSED, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.run.changes.definitions import Definition


class Rule(NamedTuple):
    """What another value of a fact would do.

    Attributes:
        called: the fact, for people.
        harm: what would go wrong.
        parts: whether it is a list of columns, of which one may have been renamed.
    """

    called: str
    harm: str
    parts: bool = False


_TWICE = "what is there would come a second time under other hashes"
RULES = {
    "kind": Rule("the kind", "its rows would mean two different things"),
    "key": Rule("the key", _TWICE, parts=True),
    "hubs": Rule("the list of hubs", _TWICE),
    "child_keys": Rule("the list of child keys", _TWICE, parts=True),
    "parent": Rule("the parent", "its keys would be those of two tables"),
    "historized": Rule("'historized'", "versions and events would stand in one table"),
    "parallel": Rule("'parallel'", "a relationship would end in two ways"),
    "own_start": Rule("whether the source says the start", "starts would be of two sorts"),
    "driving_key": Rule("the driving key", "relationships that are open would stay open"),
}


def composed(table: Definition, recorded: Definition) -> Iterator[Difference]:
    """Yield what differs in what the rows are; nothing of it can be altered in place.

    Args:
        table: what the metadata says.
        recorded: what the table was built from.
    """
    for fact, rule in RULES.items():
        old, new = recorded.built_from.get(fact), table.built_from.get(fact)
        if old == new or old is None:
            continue
        said = f"{rule.called} of {table.shown} was {_shown(old)}, and is {_shown(new)} now"
        if rule.parts and is_renamed(old, new):
            # The hash is that of the values: the columns say what there is to do.
            continue
        todo = f"{rule.harm}: leave it, or load a new {table.kind} beside this one"
        yield Difference(REFUSED, table, said, todo)
        if fact == "kind":
            return
    yield from _hashed(table, recorded)


def is_renamed(old: object, new: object) -> bool:
    """Tell whether a list may be the same columns, of which one has another name."""
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        return False
    return [one == other for one, other in zip(old, new, strict=True)].count(False) == 1


def _hashed(table: Definition, recorded: Definition) -> Iterator[Difference]:
    """Yield the columns that were there and are hashed now, or no longer are."""
    if not table.hashed or not recorded.hashed:
        return
    both = table.columns.keys() & recorded.columns.keys()
    other = sorted((set(table.hashed) ^ set(recorded.hashed)) & both)
    if other:
        names = ", ".join(other)
        said = f"the hashdiff of {table.shown} is made of other columns: {names}"
        todo = (
            "every key would get a new version with its next row: leave the list as it was, or "
            f"load a new {table.kind} beside this one"
        )
        yield Difference(APPLY, table, said, todo)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
