"""Dependencies between entities, and the words that select some of them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dv_gen.errors import UsageError
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    _Follow = Callable[[str], Iterable[str]]

_METHODS = ("kind", "source", "tag")


@dataclass(frozen=True)
class Node:
    """An entity: its kind, what it is made from, the sources that it reads, its tags."""

    name: str
    kind: str
    parents: tuple[str, ...]
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def find_circles(parents: Mapping[str, Iterable[str]]) -> Iterable[list[str]]:
    """Yield each circle of names that are made from one another, as the names on the way round.

    >>> list(find_circles({"a": ["b"], "b": ["a", "c"]}))
    [['a', 'b', 'a']]
    """
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterable[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
            return
        if name in done or name not in parents:
            return
        for other in parents[name]:
            yield from walk(other, [*way, name])
        done.add(name)

    for name in parents:
        yield from walk(name, [])


class Graph:
    """The entities of a project, by name.

    Args:
        nodes: every entity; a parent that is no entity is left out of account.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self._children: dict[str, list[str]] = {}
        for node in self.nodes.values():
            for parent in node.parents:
                self._children.setdefault(parent, []).append(node.name)

    def above(self, name: str) -> set[str]:
        """Return everything that an entity is made from, itself left out."""
        return self._reach(name, lambda item: self.nodes[item].parents)

    def below(self, name: str) -> set[str]:
        """Return everything that is made from an entity, itself left out."""
        return self._reach(name, lambda item: self._children.get(item, ()))

    def _reach(self, name: str, follow: _Follow) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for other in follow(waiting.pop()):
                if other in self.nodes and other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def select(self, chosen: Sequence[str], left_out: Sequence[str] = ()) -> set[str]:
        """Return the names that the words choose; all of them when there are no words.

        A word is a name or a glob, with ``+`` before it for everything it is made from and
        behind it for everything made from it; or ``kind:hub``, ``source:users``, ``tag:daily``.

        Raises:
            UsageError: when a word chooses nothing.
        """
        result = set(self.nodes) if not chosen else set()
        for word in chosen:
            result |= self._choose(word)
        for word in left_out:
            result -= self._choose(word)
        return result

    def _choose(self, word: str) -> set[str]:
        above, below = word.startswith("+"), word.endswith("+") and len(word) > 1
        core = word[1 if above else 0 : len(word) - (1 if below else 0)]
        found = self._match(core)
        if not found:
            names = [*self.nodes, *(f"{method}:" for method in _METHODS)]
            meant = nearest(core, names)
            hint = f"did you mean {meant}?" if meant else f"there are {listed(self.nodes)}"
            raise UsageError(f"'{word}' selects nothing", hint=hint)
        result = set(found)
        for name in found:
            result |= self.above(name) if above else set()
            result |= self.below(name) if below else set()
        return result

    def _match(self, core: str) -> set[str]:
        method, colon, value = core.partition(":")
        nodes = self.nodes.values()
        if colon and method == "kind":
            return {node.name for node in nodes if fnmatchcase(node.kind, value)}
        if colon and method == "tag":
            return {
                node.name for node in nodes if any(fnmatchcase(tag, value) for tag in node.tags)
            }
        if colon and method == "source":
            return {
                node.name
                for node in nodes
                if any(fnmatchcase(source, value) for source in (*node.sources, node.name))
                and (node.kind == "stage" or node.sources)
            }
        return {node.name for node in nodes if fnmatchcase(node.name, core)}
