"""A linter of our own: what Vertica does not have although the grammars let it pass.

Every rule states a fact of Vertica, from the documentation of 9.2 to 25.1. Only the tokens are
looked at, so a word inside a literal, a quoted name or a comment never counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests import vertica_queries
from tests.vertica_tokens import Token, any_word, closing, sequence, text_at, tokens, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Words that can stand behind a subquery without being its alias.
_AFTER_SUBQUERY = {
    *("CROSS", "FULL", "GROUP", "HAVING", "INNER", "JOIN", "LEFT", "LIMIT", "ON", "ORDER"),
    *("RIGHT", "UNION", "USING", "WHERE", "EXCEPT", "INTERSECT", "MINUS"),
}
_FOREIGN_FUNCTIONS = {
    *("ARG_MAX", "CONCAT_WS", "CONTAINS", "GENERATE_SERIES", "LIST", "READ_CSV", "UNHEX", "UNNEST"),
    *("REGEXP_FULL_MATCH", "REGEXP_MATCHES", "STRFTIME", "STRING_AGG", "STRPTIME", "TRY_STRPTIME"),
}
_FOREIGN_TYPES = {"BLOB", "HUGEINT", "JSON", "STRING", "TEXT"}
_UNITS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"}
_UNITS_IN_TEXT = re.compile(
    r"'\s*[-+]?(\d|(\d+(\.\d+)?\s*(year|month|week|day|hour|minute|second)s?\s*)+|[\d\s:.-]+)'",
    re.IGNORECASE,
)
_MAX_LABEL = 128


def problems(sql: str) -> list[str]:
    """Return the names of the rules that a statement breaks, each once, in the rules' order."""
    found = tokens(sql)
    return [
        name for name, rule in RULES.items() if any(rule(found, at) for at in range(len(found)))
    ]


def _several_rows(found: list[Token], at: int) -> bool:
    if found[at].word != "VALUES" or text_at(found, at + 1) != "(":
        return False
    return text_at(found, closing(found, at + 1) + 1) == ","


def _values_table(found: list[Token], at: int) -> bool:
    return found[at].word == "VALUES" and at > 0 and found[at - 1].text == "("


def _unaliased(found: list[Token], at: int) -> bool:
    if found[at].word not in ("FROM", "JOIN") or text_at(found, at + 1) != "(":
        return False
    # TRIM(BOTH ' ' FROM (..)) and EXTRACT(.. FROM (..)) have no tables.
    if found[at].openers and found[at].openers[-1] in ("TRIM", "EXTRACT", "SUBSTRING"):
        return False
    if at + 2 < len(found) and found[at + 2].word not in ("SELECT", "WITH"):
        return False
    behind = closing(found, at + 1) + 1
    if behind >= len(found):
        return True
    return found[behind].kind not in ("word", "name") or found[behind].word in _AFTER_SUBQUERY


def _long_concat(found: list[Token], at: int) -> bool:
    if found[at].word != "CONCAT" or text_at(found, at + 1) != "(":
        return False
    depth = len(found[at].openers) + 1
    inside = found[at + 2 : closing(found, at + 1)]
    return sum(token.text == "," and len(token.openers) == depth for token in inside) > 1


def _null_order(found: list[Token], at: int) -> bool:
    if found[at].word != "NULLS" or at + 1 >= len(found):
        return False
    inside = found[at].openers[-1] if found[at].openers else ""
    return found[at + 1].word in ("FIRST", "LAST") and inside not in ("OVER", "GROUP")


def _star(found: list[Token], at: int) -> bool:
    behind = found[at + 1].word if at + 1 < len(found) else ""
    return (
        found[at].text == "*"
        and behind in ("EXCLUDE", "EXCEPT", "REPLACE")
        and (text_at(found, at + 2) == "(")
    )


def _delete_using(found: list[Token], at: int) -> bool:
    return (
        at == 0
        and found[0].word == "DELETE"
        and any(token.word == "USING" and not token.openers for token in found)
    )


def _interval(found: list[Token], at: int) -> bool:
    if found[at].word != "INTERVAL" or at + 1 >= len(found):
        return False
    amount = found[at + 1]
    return amount.kind != "string" or _UNITS_IN_TEXT.fullmatch(amount.text) is None


def _bare_varchar(found: list[Token], at: int) -> bool:
    return found[at].word in ("VARCHAR", "VARBINARY", "CHAR") and text_at(found, at + 1) != "("


def _type_before(found: list[Token], at: int) -> bool:
    return at > 0 and (found[at - 1].word == "AS" or found[at - 1].text in ("::", "::!"))


def _foreign_type(found: list[Token], at: int) -> bool:
    # A column definition: "name" TYPE
    column = (
        at > 0 and found[at - 1].kind == "name" and "TABLE" in {item.word for item in found[:4]}
    )
    typed = _type_before(found, at) or column
    if typed and found[at].word == "DOUBLE":
        return not words(found, at, "DOUBLE", "PRECISION")
    return typed and found[at].word in _FOREIGN_TYPES


def _foreign_function(found: list[Token], at: int) -> bool:
    return found[at].word in _FOREIGN_FUNCTIONS and text_at(found, at + 1) == "("


def _label(found: list[Token], at: int) -> bool:
    if found[at].kind != "hint":
        return False
    # In quotes a label may hold anything; without them it is a word.
    label = re.fullmatch(r"/\*\+LABEL\((?:([^\W\d]\w*)|'([^']+)')\)\*/", found[at].text)
    return label is None or len((label[1] or label[2]).encode()) > _MAX_LABEL


def _join(kind: str) -> Callable[[list[Token], int], bool]:
    return lambda found, at: (
        found[at].word == kind
        and "JOIN"
        in (
            found[at + 1].word if at + 1 < len(found) else "",
            found[at + 2].word if at + 2 < len(found) else "",
        )
    )


def _either(*rules: Callable[[list[Token], int], bool]) -> Callable[[list[Token], int], bool]:
    return lambda found, at: any(rule(found, at) for rule in rules)


RULES: dict[str, Callable[[list[Token], int], bool]] = {
    "no QUALIFY": any_word("QUALIFY"),
    "no ON CONFLICT": sequence("ON", "CONFLICT"),
    "no INSERT OR": _either(sequence("INSERT", "OR"), sequence("OR", "REPLACE", "TABLE")),
    "INSERT VALUES takes one row": _several_rows,
    "no VALUES table": _values_table,
    "no FILTER": lambda found, at: found[at].word == "FILTER" and text_at(found, at + 1) == "(",
    "no IS DISTINCT FROM": _either(
        sequence("IS", "DISTINCT", "FROM"), sequence("IS", "NOT", "DISTINCT", "FROM")
    ),
    "no ANTI or SEMI JOIN": _either(_join("ANTI"), _join("SEMI")),
    "no DISTINCT ON": sequence("DISTINCT", "ON"),
    "no RETURNING": any_word("RETURNING"),
    "no TRY_CAST": any_word("TRY_CAST"),
    "no LATERAL": any_word("LATERAL"),
    "no USING in DELETE": _delete_using,
    "a subquery in FROM needs an alias": _unaliased,
    "MERGE locks the table": lambda found, at: at == 0 and found[at].word == "MERGE",
    "only LABEL hints": _label,
    "CONCAT takes two": _long_concat,
    "NULLS FIRST and LAST stand in windows only": _null_order,
    "no GROUP BY ALL": sequence("GROUP", "BY", "ALL"),
    "no * EXCLUDE": _star,
    "an interval is a literal in documented units": _interval,
    "a text type without a length cuts at 80 octets": _bare_varchar,
    "no such type": _foreign_type,
    "no such function": _foreign_function,
    **vertica_queries.RULES,
}


def statements(text: str) -> Iterator[str]:
    """Yield the statements of a rendered file: they are kept apart by empty lines."""
    for part in re.split(r";\n(?:\n|\Z)", text):
        lines = part.split("\n")
        while lines and (not lines[0] or lines[0].startswith("-- ")):
            lines.pop(0)
        if lines:
            yield "\n".join(lines)
