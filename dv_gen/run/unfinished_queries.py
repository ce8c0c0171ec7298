"""Sources that are queries whose result some entity lacks, since it was left out of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from dv_gen.engines.base import Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.plan import Compiled, PlannedStep


def unfinished_queries(
    session: Session, ledger: Ledger, compiled: Compiled, chosen: Collection[str]
) -> set[str]:
    """Return the queries that have to run again though nothing new has come.

    As a file is loaded again until every entity that it feeds has its rows, a query runs again when
    something that it reads has changed in a batch which left it out, or when it ran and an entity
    that it feeds was left out.

    Args:
        session: the connection.
        ledger: what has been done before.
        compiled: the rendered target.
        chosen: the entities that this run loads.
    """
    queries = [*compiled.of_phase("query")]
    if not queries:
        return set()
    done, changed = ledger.newest_moments(session)
    loads = [*compiled.of_phase("load")]
    publishes = {step.entity: step for step in compiled.of_phase("publish")}
    return {
        query.entity
        for query in queries
        if any(
            step.entity in chosen and _lacks(step, query, done, _input(query, publishes, changed))
            for step in loads
            if query.entity in step.sources
        )
    }


def _input(
    query: PlannedStep, publishes: dict[str, PlannedStep], changed: dict[str, datetime]
) -> datetime | None:
    """Return the newest batch that has changed something that a query reads."""
    read = [f"load:{name}" for name in query.needs]
    # A mart's rows may be others each time that it is built.
    read += [
        f"publish:{name}"
        for name in query.needs
        if name in publishes and publishes[name].kind == "mart"
    ]
    return max((changed[step] for step in read if step in changed), default=None)


def _lacks(
    load: PlannedStep, query: PlannedStep, done: dict[str, datetime], read: datetime | None
) -> bool:
    """Tell whether an entity lacks what a query gives, or has given; moments are of batches."""
    asked = done.get(query.id)
    if asked is None:
        return read is not None
    loaded = done.get(load.id)
    return loaded is None or loaded < asked or (read is not None and asked < read)
