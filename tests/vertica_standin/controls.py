"""BEGIN, COMMIT, ROLLBACK, SET, SHOW, LOCK TABLE, ALTER SESSION."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.vertica_standin.errors import VerticaError, not_emulated, syntax
from tests.vertica_standin.lexing import Token, lex, lit, unquote
from tests.vertica_standin.names import table_named
from tests.vertica_standin.results import Result, text_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.vertica_standin.session import Session

HEADS = frozenset(
    {
        *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SET", "SHOW"),
        *("SAVEPOINT", "RELEASE", "LOCK", "PROFILE"),
    }
)
# Modes of LOCK TABLE, and the locks that stand for them.
_MODES = {"EXCLUSIVE": "X", "SHARE": "S", "INSERT": "I", "SHARE INSERT": "SI"}
_OTHER_MODES = ("INSERT VALIDATE", "NOT DELETE", "USAGE", "OWNER")
_PARAMETERS = frozenset(
    {
        *("TIME", "TIMEZONE", "DATESTYLE", "LOCALE", "STANDARD_CONFORMING_STRINGS"),
        *("INTERVALSTYLE", "ROLE", "ESCAPE_STRING_WARNING"),
    }
)
_SESSION_PARAMETERS = frozenset(
    {
        *("CHARACTERISTICS", "GRACEPERIOD", "IDLESESSIONTIMEOUT", "MEMORYCAP"),
        *("MULTIPLEACTIVERESULTSETS", "RUNTIMECAP", "TEMPSPACECAP", "WORKLOAD"),
    }
)
_PATH = re.compile(r"(?:TO|=)\s*(.*?);?\s*$", re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(
    r"\s*(\d+(\.\d+)?\s*(second|minute|hour|day)s?\s*)+|\d+:\d+(:\d+)?", re.IGNORECASE
)


def run(session: Session, words: Sequence[str], sql: str) -> Result:
    """Run a statement that is about the session and its transactions."""
    head = words[0]
    if head == "LOCK":
        return _lock(session, sql)
    if head in ("SAVEPOINT", "RELEASE", "PROFILE") or (head == "ROLLBACK" and "TO" in words):
        raise not_emulated(head)
    if head in ("BEGIN", "START"):
        session.transaction.commit()
        session.transaction.start()
        session.transaction.explicit = True
        return Result("BEGIN" if head == "BEGIN" else "START TRANSACTION")
    if head in ("COMMIT", "END", "ROLLBACK"):
        return _end(session, head)
    if head == "SHOW":
        return _show(session, words)
    if head == "ALTER":
        _set_parameters(session, sql)
        return Result("ALTER SESSION")
    _set(session, words, sql)
    return Result("SET")


def _show(session: Session, words: Sequence[str]) -> Result:
    """SHOW, and SHOW CURRENT: where a configuration parameter has its value from, too."""
    name = words[1].lower()
    if name != "current":
        return text_result("SHOW", ("name", "setting"), [(name, session.settings.get(name, ""))])
    name = words[2].lower()
    columns = ("level", "name", "setting")
    level = "SESSION" if name in session.settings else "DATABASE"
    return text_result("SHOW", columns, [(level, name, session.settings.get(name, "0"))])


def _set_parameters(session: Session, sql: str) -> None:
    """ALTER SESSION SET [PARAMETER] name = value [, ...]."""
    tokens = [token for token in lex(sql) if token.text not in (";", "=", ",")][2:]
    if tokens[:1] and tokens[0].word == "CLEAR":
        return
    given = tokens[2:] if tokens[1].word == "PARAMETER" else tokens[1:]
    for name, value in zip(given[::2], given[1::2], strict=True):
        text = unquote(value.text) if value.kind == "str" else value.text
        session.settings[name.word.lower()] = text


def _end(session: Session, head: str) -> Result:
    if not session.transaction.is_open:
        what = "rollback" if head == "ROLLBACK" else "commit"
        number = 2859 if head == "ROLLBACK" else 2365  # [?] codes
        session.notices.append((number, f"Cannot {what}; no transaction in progress"))
    if head == "ROLLBACK":
        session.transaction.rollback()
    else:
        session.transaction.commit()
    return Result(head)


def _lock(session: Session, sql: str) -> Result:
    """LOCK [TABLE] t[,..] IN mode MODE [NOWAIT]: held until the transaction ends."""
    tokens = [token for token in lex(sql) if token.text != ";"]
    words = [token.word for token in tokens]
    if "IN" not in words or "MODE" not in words:
        raise syntax(tokens[-1].text)
    at, end = words.index("IN"), words.index("MODE")
    mode, behind = " ".join(words[at + 1 : end]), words[end + 1 :]
    if mode in _OTHER_MODES:
        raise not_emulated(f"LOCK TABLE ... IN {mode} MODE")
    if mode not in _MODES or behind not in ([], ["NOWAIT"]):
        raise syntax((behind or [mode])[0].lower())
    first = 2 if words[1] == "TABLE" else 1
    names = sql[tokens[first].start : tokens[at - 1].end].split(",")
    session.transaction.start()
    for name in names:
        table = session.names.table(table_named(name.strip()))
        session.transaction.lock(table.label, _MODES[mode], wait=not behind)
    return session.finished(Result("LOCK TABLE"))


def _set(session: Session, words: Sequence[str], sql: str) -> None:
    tokens = [token for token in lex(sql) if token.text != ";"]
    name = words[1]
    if name == "SEARCH_PATH":
        found = _PATH.search(sql)
        if found is None:
            raise syntax(tokens[-1].text)
        names = [part.strip('" ') for part in re.split(r"\s*,\s*", found[1])]
        session.names.path = names
        path = ",".join([*names, "v_catalog", "v_monitor", "main"])
        session.connection.execute(f"SET search_path = {lit(path)}")
    elif name == "SESSION":
        _set_session(session, tokens)
    elif name not in _PARAMETERS:
        raise syntax(words[1])
    elif name == "LOCALE":
        value = tokens[-1]
        session.settings["locale"] = unquote(value.text) if value.kind == "str" else value.text


def _set_session(session: Session, tokens: Sequence[Token]) -> None:
    if len(tokens) < 4:
        raise syntax(tokens[-1].text)
    name, value = tokens[2].word, tokens[-1]
    if name == "AUTOCOMMIT":
        if value.word not in ("ON", "OFF"):
            raise syntax(value.text)
        session.autocommit = value.word == "ON"
        session.notices.append(("auto_commit", value.word.lower()))
        return
    if name == "RESOURCE_POOL":
        pool = value.text.strip('"').lower()
        if pool != "default" and pool not in session.server.resource_pools:
            raise VerticaError(  # [?] code
                4588, "42704", f'Resource pool "{pool}" does not exist'
            )
        session.settings["resource_pool"] = pool
        return
    if name not in _SESSION_PARAMETERS:
        raise syntax(tokens[2].text)
    if name == "CHARACTERISTICS":
        session.settings["transaction_isolation"] = " ".join(item.word for item in tokens[-2:])
        return
    text = unquote(value.text) if value.kind == "str" else value.text
    if (
        name == "RUNTIMECAP"
        and value.word not in ("NONE", "DEFAULT")
        and not (value.kind == "str" and _DURATION.fullmatch(text))
    ):
        raise VerticaError(  # [?] code
            3681, "22007", f'Invalid input syntax for interval: "{text}"'
        )
    session.settings[name.lower()] = text
