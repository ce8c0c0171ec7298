"""The order of deliveries: what is one delivery (L16), and what a late one may not change (L15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.errors import UsageError
from dv_gen.run.records import Delivery
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from dv_gen.engines.base import Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.records import PlannedFile
    from dv_gen.run.staged_file import StagedFile

_AS_THEY_ARE = (
    "--allow-late takes the rows all the same: they then hold until the next change that is "
    "stored, and the run counts the keys"
)
# Files that a message names before it says "...".
SHOWN = 3


def shown(names: Iterable[str]) -> str:
    """Return the first names as a message has them.

    >>> shown("abcd")
    'a, b, c, ...'
    """
    listed = [visible(name) for name in names]
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")


def is_dated_by_batch(facts: Mapping[str, Any]) -> bool:
    """Tell whether every delivery of a source is a complete set of its batch's load date."""
    return bool(facts["delivery"] == "full" and not facts["load_dt"])


def check_one_delivery(sources: Mapping[str, Any], files: Sequence[PlannedFile]) -> None:
    """Refuse to take several files of a full source for one delivery that nobody said they are.

    Args:
        sources: the manifest's facts about every source.
        files: the planned files; those with a load date of their own are deliveries of their own.

    Raises:
        UsageError: naming the files and the two ways on.
    """
    for source, facts in sources.items():
        if not is_dated_by_batch(facts) or facts["parts"]:
            continue
        paths: dict[datetime | None, list[str]] = {}
        for file in files:
            if file.source == source:
                paths.setdefault(file.load_dt, []).append(file.path)
        for together in paths.values():
            if len(together) > 1:
                raise UsageError(
                    f"{source} is delivered whole each time, and {len(together)} files of it came "
                    f"together: {shown(together)}; nothing was staged",
                    hint=f"parts: true in {facts['location']} if they are parts of one delivery; "
                    "deliveries of their own are loaded one a run, the oldest first: "
                    "leave that one alone in the landing folder, run, then add the next",
                )


def deliveries(
    source: str,
    files: Sequence[StagedFile],
    brought: Iterable[tuple[Any, ...]],
    *,
    full: bool,
    dated: bool,
) -> list[Delivery]:
    """Return what a source's staged files have delivered, as the ledger keeps it.

    Args:
        source: the source's name.
        files: what was staged of each file.
        brought: of a full source, the load dates of its rows with their record sources.
        full: whether each load date is a complete set.
        dated: whether the rows bring load dates of their own, which files may share.
    """
    rejected = {file.last_load_dt for file in files if file.rejected}
    if not full:
        dates = {file.last_load_dt for file in files}
        return [Delivery(source, each, None, is_whole=False) for each in dates if each is not None]
    record_sources: dict[datetime, str | None] = dict(brought)
    if not dated:
        # Those without a row, too.
        for file in files:
            if file.last_load_dt is not None:
                record_sources.setdefault(file.last_load_dt, None)
    whole = {moment: not (rejected if dated else moment in rejected) for moment in record_sources}
    return [Delivery(source, at, src, whole[at]) for at, src in sorted(record_sources.items())]


@dataclass(frozen=True)
class Doubt:
    """An entity of which it is not known what a source's next delivery held.

    Attributes:
        entity: its name.
        source: the source.
        following: the load date of the delivery.
        tracker: what would have told, if it had been loaded with that delivery; or empty.
        parent: what a tracking satellite would have to stand on; empty where none would tell.
    """

    entity: str
    source: str
    following: datetime
    tracker: str
    parent: str


class DeliveryOrder:
    """Tells what is known of the deliveries behind a late one.

    Args:
        compiled: the rendered target.
        ledger: what was delivered.
    """

    def __init__(self, compiled: Compiled, ledger: Ledger) -> None:
        self._sources = compiled.manifest["sources"]
        self._taken = compiled.manifest["tables"]
        self._ledger = ledger
        self._steps = {step.entity: step for step in compiled.of_phase("restore")}

    def step(self, entity: str) -> PlannedStep | None:
        """Return what is done around a late load of an entity, if its order matters."""
        return self._steps.get(entity)

    def doubts(
        self,
        session: Session,
        entities: Collection[str],
        moments: Mapping[str, Collection[datetime]],
        *,
        again: bool = False,
    ) -> list[Doubt]:
        """Return the entities for which late rows would hold beyond the next delivery.

        Args:
            session: the connection.
            entities: those that are loaded.
            moments: by source, the load dates of what is delivered.
            again: whether what an entity has been loaded with is the same again.
        """
        steps = [step for name, step in self._steps.items() if name in entities]
        asked = {f"load:{step.entity}" for step in steps}
        asked |= {f"load:{name}" for step in steps for name in step.options["presence"].values()}
        known = self._ledger.loaded_deliveries(session, asked)
        found: list[Doubt] = []
        for step in steps:
            dates = {
                each
                for name in step.sources
                for each in moments.get(name, ())
                if not again or each not in known.get((f"load:{step.entity}", name), {})
            }
            if dates:
                found += self._doubts(step, min(dates), moments, known)
        return found

    def _doubts(
        self,
        step: PlannedStep,
        first: datetime,
        moments: Mapping[str, Collection[datetime]],
        known: Mapping[tuple[str, str], Mapping[datetime, bool]],
    ) -> Iterable[Doubt]:
        for source, tracker in step.options["presence"].items():
            loaded = known.get((f"load:{step.entity}", source), {})
            # What comes again in this batch tells by itself what it held.
            later = {each for each in loaded if each > first} - set(moments.get(source, ()))
            tracked = known.get((f"load:{tracker}", source), {}) if tracker else {}
            untold = sorted(each for each in later if not tracked.get(each))
            if untold:
                parent = step.options["parent"]
                yield Doubt(step.entity, source, untold[0], tracker, parent)

    def check_reload(
        self,
        session: Session,
        entities: Collection[str],
        moments: Mapping[str, Collection[datetime]],
    ) -> None:
        """Refuse to load older deliveries into an entity where that could end in a wrong state.

        Raises:
            UsageError: when it is not known what a delivery behind them held.
        """
        doubts = self.doubts(session, entities, moments, again=True)
        if doubts:
            first = doubts[0]
            raise UsageError(
                f"{first.entity} has the delivery of {first.source} at {first.following} already, "
                "which is not loaded again with the older ones",
                hint="put its files back into the landing folder; or " + self._hint(doubts),
            )

    def advice(
        self,
        session: Session,
        entities: Collection[str],
        source: str,
        moments: Collection[datetime],
    ) -> str:
        """Return what to do so that a late delivery of a source can take its place."""
        doubts = self.doubts(session, entities, {source: moments})
        if self._sources[source]["delivery"] != "full":
            doubts = []
        if not doubts:
            return "let the rows take their place in the history with --allow-late"
        return self._hint(doubts)

    def _hint(self, doubts: Iterable[Doubt]) -> str:
        lines = [each for doubt in doubts for each in self._told(doubt)]
        return "\n".join(dict.fromkeys([*lines, _AS_THEY_ARE]))

    def _told(self, doubt: Doubt) -> list[str]:
        """Return the lines that say what is not known of an entity, and what would tell it."""
        head = (
            f"what the delivery of {doubt.source} at {doubt.following} held of {doubt.entity} is "
            "not known"
        )
        if self._sources[doubt.source]["delivery"] != "full":
            return [f"{head}, because {doubt.source} delivers changes alone"]
        if doubt.tracker == doubt.entity:
            return [f"{head}, because that delivery was not whole"]
        if doubt.tracker:
            return [
                f"{head}: {doubt.tracker} tracks its keys, but not in the whole of that delivery.",
                "If it has never been loaded with it, and its files are in the landing folder:",
                f"  dv-gen run --reload --select {doubt.tracker}",
            ]
        if not doubt.parent:
            return [f"{head}, because nothing can track its keys"]
        name = f"t_{doubt.source}_{doubt.parent.replace('.', '_')}"
        while name in self._taken:
            name += "_status"
        return [
            f"{head}. Let its keys be tracked, and the state of that delivery is restored:",
            "  satellites:",
            f"    {name}:",
            f"      {{type: status_tracking, source: {doubt.source}, parent: {doubt.parent}}}",
            "With the files of earlier deliveries in the landing folder it gets their history by",
            f"  dv-gen run --render --reload --select {name}",
            "and the late delivery is loaded with --allow-late.",
        ]
