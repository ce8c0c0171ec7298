"""Before a batch: whether the engine still upper-cases letters as it did when keys were hashed.

Capitals follow the engine's version of Unicode: a letter that has gained one after an upgrade would
give a stored key another hash, so that the key would come a second time.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.engines.base import Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStatement, PlannedStep

# The step that stands in no batch, and its two statements that ask of no table.
PHASE = "casing"
VERSION, LETTERS = "version", "letters"
# The blocks of all scripts that have capitals, whatever version of Unicode: Latin to Armenian,
# Georgian, Cherokee, Cyrillic C and Georgian, phonetic, Latin and Greek, number forms, in circles,
# Glagolitic to Georgian, Cyrillic B, Latin D, Latin E and Cherokee, ligatures, wide; then Deseret,
# Osage, Vithkuqi, Hungarian, Garay, Warang Citi, Medefaidrin and Beria Erfe, Adlam.
_BLOCKS = (
    *((0x41, 0x7A), (0xAA, 0x58F), (0x10A0, 0x10FF), (0x13A0, 0x13FF), (0x1C80, 0x1CBF)),
    *((0x1D00, 0x1DBF), (0x1E00, 0x1FFF), (0x2100, 0x218F), (0x24B0, 0x24EF), (0x2C00, 0x2D2F)),
    *((0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAB30, 0xABBF), (0xFB00, 0xFB1F), (0xFF21, 0xFF5A)),
    *((0x10400, 0x1044F), (0x104B0, 0x104FF), (0x10570, 0x105BF), (0x10C80, 0x10CFF)),
    *((0x10D40, 0x10D9F), (0x118A0, 0x118DF), (0x16E40, 0x16EDF), (0x1E900, 0x1E95F)),
)
_ALPHABET = tuple(chr(code) for first, last in _BLOCKS for code in range(first, last + 1))
# Letters that a message names before it says "...".
_SHOWN = 8


def check_casing(session: Session, compiled: Compiled, ledger: Ledger, log: RunLog) -> None:
    """Compare the engine's capitals with those of the ledger, if its version is another one.

    New ones go into the ledger when no stored text that is upper-cased holds one of their letters.

    Raises:
        EngineError: when stored keys would get another hash.
    """
    step = next(compiled.of_phase(PHASE), None)
    if step is None:
        return
    version = str(_query(session, step.statement(VERSION)))
    known = ledger.casing(session)
    if known is not None and known[0] == version:
        return
    capitals = _capitals(session, step)
    if known is not None:
        changed = _changed(_read(known[1]), capitals)
        if changed:
            _refuse_stored(session, compiled, step, changed, known[0], version)
            message = (
                f"the engine ({version}) upper-cases {_listed(changed)} otherwise than the one "
                f"({known[0]}) that was here before: no stored key has such a letter"
            )
            log.warning(message)
    letters = " ".join(letter + capital for letter, capital in capitals.items())
    fingerprint = hashlib.sha256(letters.encode()).hexdigest()
    ledger.record_casing(session, version, fingerprint, letters)


def _query(session: Session, statement: PlannedStatement, **values: str) -> object:
    try:
        return session.query(statement.sql, values or None)[0][0]
    except EngineError as error:
        error.location = error.location or statement.location
        raise


def _capitals(session: Session, step: PlannedStep) -> dict[str, str]:
    """Ask for the capitals of all letters at once; those that are their own are left out."""
    asked = step.statement(LETTERS)
    found = str(_query(session, asked, letters=" ".join(_ALPHABET))).split(" ")
    if len(found) != len(_ALPHABET):
        raise EngineError(
            "the engine does not upper-case a text letter by letter", location=asked.location
        )
    return {
        letter: capital
        for letter, capital in zip(_ALPHABET, found, strict=True)
        if capital != letter
    }


def _read(letters: str) -> dict[str, str]:
    return {pair[0]: pair[1:] for pair in letters.split(" ") if pair}


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(letter for letter in {*before, *now} if before.get(letter) != now.get(letter))


def _refuse_stored(
    session: Session,
    compiled: Compiled,
    step: PlannedStep,
    changed: list[str],
    before: str,
    version: str,
) -> None:
    """Raise when a text that is upper-cased holds one of the letters, in whatever table."""
    letters = "".join(changed)
    held = []
    for statement in step.statements:
        if statement.name in (VERSION, LETTERS):
            continue
        asked = {"letters": letters, "blanks": " " * len(letters)}
        rows = int(str(_query(session, statement, **asked)))
        if rows:
            schema = compiled.manifest["tables"][statement.name]["schema"]
            held.append(f"{schema}.{statement.name} ({rows} rows)")
    if held:
        raise EngineError(
            f"the engine ({version}) upper-cases {_listed(changed)} otherwise than the one "
            f"({before}) with which this vault was loaded, and such letters are stored in "
            f"{', '.join(held)}: these keys would get other hashes and come a second time",
            hint="nothing was loaded; go on with the engine's version of before, or load a new "
            "vault from the files, where every key has the hashes of now "
            "(other `schemas` in project.yml)",
        )


def _listed(letters: list[str]) -> str:
    named = ", ".join(f"U+{ord(letter):04X}" for letter in letters[:_SHOWN])
    more = ", ..." if len(letters) > _SHOWN else ""
    return f"{len(letters)} letter{'s' if len(letters) > 1 else ''} ({named}{more})"
