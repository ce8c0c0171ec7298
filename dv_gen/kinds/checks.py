"""The checks (R8): queries for rows that should not be, and the steps that ask them.

A kind says with `Kind.checks` what has to hold of its entities. Those of the batch look at the keys
that the stage holds and cost by the size of the batch; those of the vault read whole tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import all_kinds
from dv_gen.kinds.base import Statement, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dv_gen.kinds.base import Checks
    from dv_gen.model.entities import Column, Model

BATCH, VAULT = "check", "test"
PROBE, MIRROR = "probe", "mirror"
_NOTES = {
    BATCH: "What says 'Batch' looks at the keys in the stage: at the end of every batch.",
    VAULT: "What says 'Vault' reads the whole table: with `dv-gen test` only.",
}
_READS = "Every query returns the rows that should not be: how many, and the first of them."


@dataclass(frozen=True)
class StagedKey:
    """A key's column in the stage of a source."""

    source: str
    column: str


@dataclass(frozen=True)
class Parent:
    """What the rows of a table refer to.

    Attributes:
        table: the table referred to.
        column: the column that refers to it.
        key: its key.
        ghosts: whether the ghost keys are referred to without being there.
    """

    table: str
    column: str
    key: str
    ghosts: bool = False


@dataclass(frozen=True)
class Pointer:
    """A row of another table: pairs of a column here and the column there."""

    table: str
    pairs: tuple[tuple[str, str], ...]
    ghosts: bool = False


def steps(model: Model) -> Iterable[Step]:
    """Yield the check file of every entity: the step of the batch, then that of the vault."""
    for kind in all_kinds():
        for checks in kind.checks(model) if kind.checks else ():
            phases = {BATCH: checks.batch, VAULT: checks.vault}
            notes = (_READS, *(_NOTES[phase] for phase, found in phases.items() if found))
            for phase, statements in phases.items():
                if statements:
                    yield _step(checks, phase, tuple(statements), notes)


def _step(
    checks: Checks, phase: str, statements: tuple[Statement, ...], notes: Sequence[str]
) -> Step:
    return Step(
        id=f"{phase}:{checks.entity}",
        kind="check",
        entity=checks.entity,
        phase=phase,
        path=f"checks/{checks.entity}.sql",
        location=checks.location,
        statements=statements,
        table=checks.entity,
        sources=checks.sources if phase == BATCH else (),
        # Each is a number of the probe, if there is one.
        options=_options(statements),
        notes=tuple(notes),
    )


def _options(statements: tuple[Statement, ...]) -> dict[str, Any]:
    probed = (list(item.context["probed"]) for item in statements if item.name == PROBE)
    return {"probed": names} if (names := next(probed, None)) else {}


def probe(template: str, context: Mapping[str, Any], *names: str) -> Statement:
    """Return the statement that tells which checks may find something: one number each.

    Where all is well it costs less than asking each of them for rows.
    """
    return Statement(PROBE, template, {**context, "probed": names})


def mirror(template: str, context: Mapping[str, Any], listed: str) -> tuple[Statement, ...]:
    """Return the statement that tells whether the table holds the staged rows and no others.

    It spares the probe, where the engine can say it and where it is known to be complete what
    ``listed`` holds, the table of the staged rows that share their source's key.
    """
    return (Statement(MIRROR, template, {**context, "listed": listed}),) if listed else ()


def unique(
    name: str, table: str, columns: Sequence[str], what: str, scope: tuple[StagedKey, ...] = ()
) -> Statement:
    """Return the check that no two rows share the columns; the first is the one in the scope."""
    context = {
        "title": f"{_word(scope)}: {what}",
        "table": table,
        "names": list(columns),
        "scope": scope,
        "scope_column": columns[0],
    }
    return Statement(name, "checks/unique.sql.j2", context)


def unique_values(
    name: str, table: str, columns: Sequence[Column], what: str, *, ghosts: str = ""
) -> Statement:
    """Return the check that no two rows share values which are one key when they are hashed.

    Args:
        name: the check's name.
        table: the table.
        columns: the columns.
        what: the rows that should not be.
        ghosts: the key's column, if the table has ghost rows, which have no values.
    """
    title = f"Vault: {what}; texts are compared as they are hashed."
    context = {"title": title, "table": table, "columns": columns, "ghosts": ghosts}
    return Statement(name, "checks/values.sql.j2", context)


def parents_exist(table: str, names: Sequence[str], parents: Sequence[Parent]) -> Statement:
    """Return the check that what rows refer to is there; ``names`` are the columns to show."""
    context = {
        "title": "Vault: rows that refer to a key which is not there.",
        "table": table,
        "names": list(names),
        "parents": parents,
    }
    return Statement("parents_exist", "checks/parents.sql.j2", context)


def pointers_exist(table: str, names: Sequence[str], pointers: Sequence[Pointer]) -> Statement:
    """Return the check that the rows which a table points to are there, or ghosts."""
    context = {
        "title": "Vault: rows that point to a row which is not there.",
        "table": table,
        "names": list(names),
        "pointers": pointers,
    }
    return Statement("pointers_exist", "checks/pointers.sql.j2", context)


def no_repeats(
    table: str,
    keys: Sequence[str],
    compared: Sequence[str],
    late: str,
    scope: tuple[StagedKey, ...] = (),
    *,
    template: str = "checks/repeats.sql.j2",
) -> Statement:
    """Return the check that no row says the same as the row of its key before it.

    Args:
        table: the table.
        keys: the key's columns; the first is the one in the scope.
        compared: what a row says.
        late: how rows that came late are known, see `lateness`.
        scope: where the keys are staged.
        template: that of a kind whose rows say it in another way.
    """
    context = {
        "title": f"{_word(scope)}: rows that say the same as the row of their key before them.",
        "table": table,
        "keys": list(keys),
        "compared": list(compared),
        "late": late,
        "scope": scope,
        "scope_column": keys[0],
        "hashdiff": bool(compared),
    }
    return Statement("no_repeats", template, context)


def lateness(sources: Iterable[str], model: Model, *, staggered: bool = False) -> str:
    """Return how rows that came late are known: ``batch``, ``staggered`` or ``dated``.

    A late row takes its place before rows that are stored, and one of these may then say the
    same (L6). By the batch's load date the ledger tells which of two rows came first; where load
    dates are staggered, or the source's own, any late batch excuses such rows. Several sources
    with load dates of their own may each be in time and late to one another: then there is nothing
    to go by, and the answer is empty.
    """
    names = list(dict.fromkeys(sources))
    dated = any(model.sources[name].load_dt for name in names)
    if dated and len(names) > 1:
        return ""
    if dated:
        return "dated"
    return "staggered" if staggered else "batch"


def ghosts_present(table: str, key: str, *, by_moment: bool) -> Statement:
    """Return the check that both ghost rows are there."""
    title = "Vault: ghost rows that are not there."
    context = {"title": title, "table": table, "key": key, "by_moment": by_moment}
    return Statement("ghosts", "checks/ghosts.sql.j2", context)


def _word(scope: tuple[StagedKey, ...]) -> str:
    return "Batch" if scope else "Vault"
