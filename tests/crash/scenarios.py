"""The warehouses in which runs are killed: a first load, and a second one on top of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.crash.crashing import Ended, Vault, contents, in_child, run
from tests.crash.points import Points
from tests.crash.shop import DATES, deliver, write_shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.crash.stores import Store, VerticaStore


@dataclass(frozen=True)
class Scenario:
    """A run of one day, and what it gives when nothing disturbs it.

    Attributes:
        folder: the project.
        store: its warehouse, kept as it is before that run.
        load_date: of the run.
        points: what the run passes.
        expected: the vault and the ledger after it.
    """

    folder: Path
    store: Store
    load_date: str
    points: list[str]
    expected: Vault

    def crash(self, number: int) -> tuple[Ended, Vault]:
        """Kill a run at a point, let the next one go through; return both their traces."""
        self._begin_anew()
        killed = in_child(lambda: run(self.folder, self.load_date, Points(number)))
        return killed, self._finished()

    def cut_off(self, server: VerticaStore, number: int, when: str) -> tuple[bool, Vault]:
        """Drop the connection at a statement of a run, and let the next one go through.

        Args:
            server: the scenario's own warehouse.
            number: the statement's, from 1.
            when: ``before`` it runs, or ``after``.

        Returns:
            Whether there was such a statement, and what there is in the end.
        """
        self._begin_anew()
        server.drop(number, when)
        in_child(lambda: run(self.folder, self.load_date, disturbed=True))
        return server.dropped(), self._finished()

    def sent(self, server: VerticaStore) -> int:
        """How many statements an undisturbed run sends to the scenario's warehouse."""
        self._begin_anew()
        in_child(lambda: run(self.folder, self.load_date))
        return server.sent()

    def _begin_anew(self) -> None:
        self.store.restore()
        shutil.rmtree(self.folder / ".dv-gen", ignore_errors=True)

    def _finished(self) -> Vault:
        in_child(lambda: run(self.folder, self.load_date))
        found: Vault = in_child(lambda: contents(self.folder)).result
        return found


def make(folder: Path, store: Store, day: int, select: Sequence[str] = ()) -> Scenario:
    """Load the days before ``day`` undisturbed, then that day once to see what it passes.

    With ``select`` that day's run loads a part of the project only.
    """
    write_shop(folder, store.target)
    model = load_model(folder)
    render(folder, model, choose_target(model.project, None))
    for earlier in range(day):
        deliver(folder, earlier)
        in_child(lambda date=DATES[earlier]: run(folder, date))
    store.keep()
    deliver(folder, day)
    points = in_child(lambda: run(folder, DATES[day], select=select)).result
    return Scenario(folder, store, DATES[day], points, in_child(lambda: contents(folder)).result)
