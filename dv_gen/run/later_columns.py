"""Columns that a source gained: its oldest files lack them, and have NULL there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing import match_header, read_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dv_gen.landing import CsvFormat, HeaderMatch, LocalFile

# Files that a message names before it says "...".
_SHOWN = 3


class LaterColumns:
    """Tells whether a column that a file lacks came later: then the file is as it has to be.

    It came later when it is in a later file of the batch and no other file of the source has been
    loaded before: who knows a column, and gets a file without it, has lost it. A file that has a
    column that is not declared may have it under another name, so that nothing is guessed there.

    Args:
        source: the source's name.
        facts: the manifest's facts about the source.
        fmt: how its files are written.
        files: its files of the batch, in order.
        loaded_files: asks the ledger for the files loaded before, as (source, path, ETag, size).
    """

    def __init__(
        self,
        source: str,
        facts: Mapping[str, Any],
        fmt: CsvFormat,
        *,
        files: Sequence[LocalFile],
        loaded_files: Callable[[], Collection[tuple[str, str, str, int]]],
    ) -> None:
        self._source = source
        self._facts = facts
        self._format = fmt
        self._files = files
        self._ask_loaded = loaded_files
        self._without: dict[str, list[str]] = {}

    def match(self, file: LocalFile, header: Sequence[str]) -> HeaderMatch | None:
        """Match the header of a file that lacks columns; None when they are not known to be later.

        Args:
            file: the file, one of the batch.
            header: its names.
        """
        optional = self._facts["optional"]
        try:
            match = match_header(
                header, dict(self._facts["columns"]), optional=[*optional, *self._facts["later"]]
            )
        except LandingError:
            return None
        lacking = [column for column in match.lacking if column not in optional]
        place = self._places.get(file.remote.path, len(self._files))
        if match.extra or any(self._last_with.get(column, -1) <= place for column in lacking):
            return None
        if self._loaded and self._identity(file) not in self._loaded:
            return None
        for column in lacking:
            self._without.setdefault(column, []).append(file.remote.path)
        return match

    def warnings(self) -> Iterator[str]:
        """Yield which columns were taken for NULL in which files."""
        for column, paths in self._without.items():
            named = ", ".join(paths[:_SHOWN])
            if len(paths) > _SHOWN:
                named += f", ... ({len(paths)} files)"
            with_it = self._files[self._last_with[column]].remote.path
            yield (
                f"{self._source}: {named} without the column {column}, which {with_it} has: "
                "NULL there, since it seems to have come later; to have that always, say "
                f"optional: true of {column} in {self._facts['location']}"
            )

    def _identity(self, file: LocalFile) -> tuple[str, str, str, int]:
        return (self._source, file.remote.path, file.remote.etag, file.remote.size)

    @cached_property
    def _loaded(self) -> set[tuple[str, str, str, int]]:
        return {item for item in self._ask_loaded() if item[0] == self._source}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {file.remote.path: place for place, file in enumerate(self._files)}

    @cached_property
    def _last_with(self) -> dict[str, int]:
        """The last file of the batch that has each column; every header is read once."""
        declared = dict(self._facts["columns"])
        last: dict[str, int] = {}
        for place, file in enumerate(self._files):
            try:
                header = read_header(file.path, self._format) or ()
                found = match_header(header, declared, optional=tuple(declared)).columns
            except LandingError:
                continue
            last |= {column: place for column in found if column is not None}
        return last
