"""Files that are loaded again: each is the delivery that it was, with its load date of then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.errors import UsageError
from dv_gen.run.delivery_order import is_dated_by_batch, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from dv_gen.run.log import RunLog
    from dv_gen.run.records import PlannedFile

    Known = Mapping[tuple[str, str, str, int], Sequence[datetime | None]]


def as_delivered(
    sources: Mapping[str, Any], files: Sequence[PlannedFile], known: Known, log: RunLog
) -> list[PlannedFile]:
    """Return files with the load dates that they had; one that was delivered twice comes twice.

    Sources whose rows bring load dates of their own need no other. A file of a full source that
    was never loaded waits for a run without ``--reload``: it is a delivery of its own.

    Args:
        sources: the manifest's facts about every source.
        files: what lies in the landing place.
        known: the load dates with which each file was loaded.
        log: where is told what is not loaded.
    """
    found: list[PlannedFile] = []
    for source in dict.fromkeys(file.source for file in files):
        own = [file for file in files if file.source == source]
        if sources[source]["load_dt"]:
            found += own
            continue
        dated = [
            replace(file, load_dt=load_dt)
            for file in own
            for load_dt in known.get(file.identity, ())
            if load_dt is not None
        ]
        new = [file for file in own if not known.get(file.identity)]
        if is_dated_by_batch(sources[source]):
            dated = _complete(source, dated, known, log)
            if dated and new:
                what = (
                    f"{source}: not loaded yet, and so not loaded again: "
                    f"{shown(file.path for file in new)}; a run without --reload loads it"
                )
                log.warning(what)
                new = []
        # Within a delivery in the order of their paths, as then.
        dated.sort(key=lambda file: (file.load_dt, file.file_no))
        found += [replace(file, file_no=at) for at, file in enumerate([*dated, *new], start=1)]
    return found


def _complete(
    source: str, files: Sequence[PlannedFile], known: Known, log: RunLog
) -> list[PlannedFile]:
    """Return the files of deliveries that are there as a whole, and tell which are not."""
    here = {(file.identity, file.load_dt) for file in files}
    lacking: dict[datetime, list[str]] = {}
    dates = set()
    for identity, load_dates in known.items():
        if identity[0] != source:
            continue
        for load_dt in load_dates:
            if load_dt is None:
                continue
            dates.add(load_dt)
            if (identity, load_dt) not in here:
                lacking.setdefault(load_dt, []).append(identity[1])
    if lacking:
        listed = shown(f"{load_dt} ({shown(lacking[load_dt])})" for load_dt in sorted(lacking))
        what = (
            f"{source}: {len(lacking)} of {len(dates)} deliveries cannot be loaded again, because "
            f"files of them are not in the landing place any more: {listed}; what they alone tell "
            "is not in what is loaded now: put the files back and run the same command again"
        )
        log.warning(what)
    return [file for file in files if file.load_dt not in lacking]


def check_one_date(sources: Mapping[str, Any], files: Sequence[PlannedFile], known: Known) -> None:
    """Refuse to take several full deliveries for one: the older would bring back what is gone.

    Raises:
        UsageError: when files of one source were loaded as different deliveries.
    """
    for source, facts in sources.items():
        if not is_dated_by_batch(facts):
            continue
        own = [file for file in files if file.source == source]
        if len({tuple(known.get(file.identity, ())) for file in own}) > 1:
            raise UsageError(
                f"{source} is delivered whole each time, and --reload with a --load-date would "
                f"take files of several deliveries for one: {shown(file.path for file in own)}",
                hint="without --load-date each is loaded with the load date that it had; or keep "
                "the files of one delivery in the landing folder, or leave the source out: "
                f"--exclude source:{source}",
            )
