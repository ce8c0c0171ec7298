"""Before the first batch: a vault that another tool has built has to have our hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.errors import EngineError, UsageError

if TYPE_CHECKING:
    from dv_gen.engines.base import Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.plan import Compiled

SAME_HASHES = "same_hashes"


def check_hashes(session: Session, compiled: Compiled, ledger: Ledger) -> None:
    """Compare the stored hash keys with those that the rule gives, unless a batch was loaded.

    Raises:
        UsageError: when a stored key has another hash, so that it would come a second time.
    """
    if ledger.hash_rules(session):
        return
    for step in compiled.of_phase("create"):
        for statement in step.statements:
            if statement.name != SAME_HASHES:
                continue
            try:
                differing = session.query(statement.sql)[0][0]
            except EngineError as error:
                error.location = error.location or statement.location
                raise
            if differing:
                table = f"{compiled.manifest['tables'][step.entity]['schema']}.{step.entity}"
                rule = compiled.manifest["hash_rule"]
                raise UsageError(
                    f"{table} holds {differing} keys with another hash than the rule {rule} "
                    "gives them",
                    hint="each would come a second time: `hash` in project.yml has to say how "
                    "the vault was hashed, and how its digests are stored",
                )
