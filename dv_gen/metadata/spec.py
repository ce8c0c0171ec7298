"""One entry of the metadata on its way into the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import Location, Problem
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.yaml_reader import Tree


class Spec:
    """A named entry: its values, where they stand, and where to complain.

    Args:
        name: the entry's key.
        data: its plain values, already checked against the schema.
        tree: the file that it stands in.
        path: its path in that file.
        problems: the list that complaints are appended to.
    """

    def __init__(
        self,
        name: str,
        data: Any,  # noqa: ANN401 - each kind knows its own shape
        tree: Tree,
        path: tuple[str | int, ...],
        problems: list[Problem],
    ) -> None:
        self.name = name
        self.data = data
        self._tree = tree
        self._path = path
        self._problems = problems

    @property
    def location(self) -> Location:
        """Where the entry's name stands."""
        return self._tree.location(self._path, key=True)

    def at(self, *path: str | int, key: bool = False) -> Location:
        """Return where a value inside the entry stands, or its key."""
        return self._tree.location((*self._path, *path), key=key)

    def default_at(self, *path: str | int) -> Location:
        """Return where a value stands in the ``defaults`` of the entry's file."""
        return self._tree.location(("defaults", *path))

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as the YAML has it
        """Return the entry's value for ``key``, or ``default``."""
        return self.data.get(key, default) if isinstance(self.data, dict) else default

    def complain(
        self, what: str, *path: str | int, key: bool = False, expected: str = "", meant: str = ""
    ) -> None:
        """Note a problem at a place inside the entry."""
        place = self.at(*path, key=key) if path else self.location
        self._problems.append(Problem(place, what, expected, meant))

    def complain_at(
        self, place: Location, what: str, *, expected: str = "", meant: str = ""
    ) -> None:
        """Note a problem at a place outside the entry that it concerns."""
        self._problems.append(Problem(place, what, expected, meant))

    def unknown(
        self, what: str, name: str, known: Iterable[str], *path: str | int, key: bool = False
    ) -> None:
        """Note that ``name`` is not among the ``known`` names of that kind of thing."""
        names = list(known)
        meant = nearest(name, names)
        expected = "" if meant else listed(names)
        self.complain(f"unknown {what} '{name}'", *path, key=key, expected=expected, meant=meant)
