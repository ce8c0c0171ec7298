"""What the ledger says: the hash rule that the vault was loaded with, and an open batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.run.hash_rule import way_on
from dv_gen.run.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit


def check_ledger(visit: Visit) -> Iterable[Finding]:
    """Compare the hash rule (H6), a batch that was cut off (R4), findings that are open (P7)."""
    assert visit.session is not None  # noqa: S101 - there is no check without a connection
    meta = visit.project.schemas.meta
    if visit.tables is None or (meta, "open_batch") not in visit.tables:
        yield Finding("hash rule", SKIPPED, "there is no ledger yet")
        yield Finding("open batch", SKIPPED, "there is no ledger yet")
        yield Finding("open findings", SKIPPED, "there is no ledger yet")
        return
    ledger = Ledger(meta)
    known = ledger.hash_rules(visit.session)
    rule = visit.project.hash.version
    if known and known != [rule]:
        said = f"the vault was loaded with {', '.join(known)}, the project says {rule}"
        yield Finding("hash rule", FAILED, said, way_on(known[0], rule))
    else:
        yield Finding("hash rule", OK, rule if known else f"{rule}, nothing is loaded yet")
    batch = ledger.open_batch(visit.session)
    if batch is None:
        yield Finding("open batch", OK, "none")
    else:
        left = len([step for step in batch.steps if step not in batch.done])
        said = f"batch {batch.id} of {batch.load_dt} has {left} of {len(batch.steps)} steps to go"
        yield Finding("open batch", WARNING, said, "dv-gen run takes it up where it stopped")
    if (meta, "open_finding") not in visit.tables:
        yield Finding("open findings", SKIPPED, "the ledger is an older one")
        return
    found = ledger.findings.open(visit.session)
    if not found:
        yield Finding("open findings", OK, "none")
        return
    todo = (
        "dv-gen test asks the checks again that can be asked; "
        f'dv-gen accept {found[0].name} --reason "..." takes one on'
    )
    yield Finding("open findings", WARNING, "\n".join(map(str, found)), todo)
