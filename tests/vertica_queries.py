"""Rules about the structure of queries: what stands in which clause of which subquery.

From the pages on subquery restrictions, the IN predicate, correlated subqueries and reserved words
of the documentation of 9.2 to 24.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.vertica_tokens import Token, closing, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Words that begin a clause: a condition ends there.
_CLAUSES = {
    *("SELECT", "FROM", "WHERE", "ON", "HAVING", "GROUP", "ORDER", "UNION", "LIMIT", "JOIN"),
    *("LEFT", "INNER", "CROSS", "WITH", "AS", "WHEN", "THEN", "ELSE"),
}
_RESERVED = {
    *("ALL", "ANALYSE", "ANALYZE", "AND", "ANY", "ARRAY", "AS", "ASC", "BINARY", "BOTH", "CASE"),
    *("CAST", "CHECK", "COLUMN", "CONSTRAINT", "CORRELATION", "CREATE", "CURRENT_DATABASE"),
    *("CURRENT_DATE", "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER"),
    *("DEFAULT", "DEFERRABLE", "DESC", "DISTINCT", "ELSE", "ENCODED", "END", "EXCEPT", "FALSE"),
    *("FOR", "FOREIGN", "FROM", "GRANT", "GROUP", "GROUPED", "HAVING", "IN", "INITIALLY"),
    *("INTERSECT", "INTERVAL", "INTERVALYM", "INTO", "JOIN", "KSAFE", "LEADING", "LIMIT"),
    *("LOCALTIME", "LOCALTIMESTAMP", "MATCH", "NEW", "NOT", "NULL", "NULLSEQUAL", "OFF"),
    *("OFFSET", "OLD", "ON", "ONLY", "OR", "ORDER", "PINNED", "PLACING", "PRIMARY", "REFERENCES"),
    *("SCHEMA", "SEGMENTED", "SELECT", "SESSION_USER", "SOME", "SYSDATE", "TABLE", "THEN"),
    *("TIMESERIES", "TO", "TRAILING", "TRUE", "UNBOUNDED", "UNION", "UNIQUE", "UNSEGMENTED"),
    *("USER", "USING", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN"),
}
# What may follow AS without being a name: a query, a hint of one, a type's first word.
_NO_ALIAS = {"SELECT", "WITH", "INTERVAL", "BINARY"}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG"}
_ORDERED = {"ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"}


def _depth(token: Token) -> int:
    return len(token.openers)


def _is_query(found: list[Token], at: int) -> bool:
    """Whether the bracket at a place opens a query."""
    return text_at(found, at) == "(" and text_at(found, at + 1).upper() in ("SELECT", "WITH")


def _opening(found: list[Token], at: int) -> int:
    """Return the place of the bracket that a token stands in."""
    depth = _depth(found[at])
    return next(
        place
        for place in range(at - 1, -1, -1)
        if found[place].text == "(" and _depth(found[place]) == depth - 1
    )


def _condition(found: list[Token], at: int) -> Iterator[Token]:
    """Yield the tokens of a condition that stand in the same brackets as the one at a place."""
    depth = _depth(found[at])
    for way in (range(at - 1, -1, -1), range(at + 1, len(found))):
        for place in way:
            token = found[place]
            if _depth(token) < depth or token.text == ";":
                break
            if _depth(token) == depth:
                if token.word in _CLAUSES or token.text == ",":
                    break
                yield token


def _nested(found: list[Token], at: int) -> bool:
    """IN and EXISTS are conditions of their own, joined by AND: elsewhere a NULL ends the run."""
    if found[at].word not in ("IN", "EXISTS") or not _is_query(found, at + 1):
        return False
    place, end = at, closing(found, at + 1)
    while True:
        if any(token.word in ("OR", "CASE") for token in _condition(found, place)):
            return True
        if text_at(found, end + 1).upper() == "IS":
            return True
        if not found[place].openers:
            return False
        place = _opening(found, place)
        if _is_query(found, place):
            return False
        end = closing(found, place)
        # A bracket that is no query's: what stands around it decides, and nothing may turn it.
        if found[place - 1].word == "NOT" or found[place - 1].word in ("COALESCE", "WHEN"):
            return True


def _names_inside(inside: list[Token]) -> set[str]:
    return {
        inside[place].text.strip('"').upper()
        for place in range(len(inside))
        for before in (inside[place - 1].word if place else "",)
        if before in ("FROM", "JOIN", "AS")
    }


def _unequal(found: list[Token], at: int) -> bool:
    """What a correlated subquery has of the query around it is compared by = alone."""
    if found[at].word != "EXISTS" or not _is_query(found, at + 1):
        return False
    inside = found[at + 2 : closing(found, at + 1)]
    own = _names_inside(inside)
    for place in range(len(inside) - 2):
        token = inside[place]
        is_column = inside[place + 1].text == "." and token.kind in ("word", "name")
        qualified = place > 0 and inside[place - 1].text == "."
        # "schema"."table" behind FROM and JOIN is no column.
        is_table = place > 0 and inside[place - 1].word in ("FROM", "JOIN")
        if not is_column or qualified or is_table or token.text.strip('"').upper() in own:
            continue
        before = [item.text for item in inside[max(place - 2, 0) : place]]
        behind = inside[place + 3] if place + 3 < len(inside) else None
        if before[-1:] == ["="] and before[-2:-1] not in (["<"], [">"], ["!"]):
            continue
        if behind is not None and behind.text == "=":
            continue
        return True
    return False


def _having(found: list[Token], at: int) -> bool:
    return found[at].word == "HAVING" and not any(
        token.word == "GROUP" and _depth(token) == _depth(found[at])
        for token in _since(found, at, "SELECT")
    )


def _since(found: list[Token], at: int, *firsts: str) -> Iterator[Token]:
    """Yield the tokens before a place, back to a word in the same brackets."""
    for place in range(at - 1, -1, -1):
        token = found[place]
        if _depth(token) < _depth(found[at]):
            return
        yield token
        if _depth(token) == _depth(found[at]) and token.word in firsts:
            return


def _where_of_nothing(found: list[Token], at: int) -> bool:
    if found[at].word != "WHERE":
        return False
    depth = _depth(found[at])
    words = [
        token.word
        for token in _since(found, at, "SELECT", "DELETE", "UPDATE")
        if _depth(token) == depth
    ]
    return words[-1:] == ["SELECT"] and "FROM" not in words


def _order_inside(found: list[Token], at: int) -> bool:
    if found[at].word != "ORDER" or not found[at].openers:
        return False
    rest = found[at : closing(found, _opening(found, at))]
    limited = any(token.word == "LIMIT" and _depth(token) == _depth(found[at]) for token in rest)
    return found[at].openers[-1] not in ("OVER", "GROUP") and not limited


def _reserved(found: list[Token], at: int) -> bool:
    # COPY .. REJECTED DATA AS TABLE
    if at == 0 or found[at].word not in _RESERVED - _NO_ALIAS or found[0].word == "COPY":
        return False
    return found[at - 1].word == "AS" or text_at(found, at + 1) == "."


def _unordered(found: list[Token], at: int) -> bool:
    if found[at].word not in _ORDERED or text_at(found, at + 1) != "(":
        return False
    over = closing(found, at + 1) + 1
    if text_at(found, over).upper() != "OVER":
        return True
    window = found[over + 2 : closing(found, over + 1)]
    return not any(token.word == "ORDER" for token in window)


def _forgetful(found: list[Token], at: int) -> bool:
    if found[at].word not in ("TEMP", "TEMPORARY") or at > 2:
        return False
    return not any(token.word == "PRESERVE" for token in found)


def _asking_beside_aggregates(found: list[Token], at: int) -> bool:
    """A subquery in the list of a SELECT that aggregates: "Subquery restrictions", 9.2 to 23.3."""
    if found[at].word != "SELECT":
        return False
    depth, asks, aggregates = _depth(found[at]), False, False
    place = at + 1
    while place < len(found) and _depth(found[place]) >= depth:
        token = found[place]
        if _depth(token) == depth and (token.word in ("FROM", "UNION") or token.text == ";"):
            break
        if _is_query(found, place):
            asks, place = True, closing(found, place)
        elif token.word in _AGGREGATES and text_at(found, place + 1) == "(":
            over = text_at(found, closing(found, place + 1) + 1).upper()
            aggregates = aggregates or over != "OVER"
        place += 1
    return asks and aggregates


def _drops_a_bare_name(found: list[Token], at: int) -> bool:
    """Where there is no temporary table of the name it would be somebody's lasting one."""
    return (
        found[at].word == "TABLE"
        and at == 1
        and found[0].word == "DROP"
        and ("." not in {token.text for token in found})
    )


def _insert_with(found: list[Token], at: int) -> bool:
    """INSERT's grammar is VALUES or SELECT: "INSERT", 10.1 and 11.0."""
    return (
        found[at].word == "WITH"
        and not found[at].openers
        and found[0].word in ("INSERT", "DELETE", "UPDATE")
    )


def _common_tables(found: list[Token]) -> dict[str, tuple[int, int]]:
    return {
        token.text: (at + 3, closing(found, at + 2))
        for at, token in enumerate(found[:-2])
        if token.kind == "name" and found[at + 1].word == "AS" and _is_query(found, at + 2)
    }


def _tests(found: list[Token], start: int, end: int, known: dict[str, tuple[int, int]]) -> bool:
    """Whether a query, or a WITH query that it reads, has a condition with a query."""
    for place in range(start, end):
        if found[place].word in ("IN", "EXISTS") and _is_query(found, place + 1):
            return True
        span = known.get(found[place].text)
        read = found[place - 1].word in ("FROM", "JOIN")
        # A WITH query reads those before it alone, so that this comes to an end.
        if read and span and span[1] < place and _tests(found, *span, known):
            return True
    return False


def _exists_over_tests(found: list[Token], at: int) -> bool:
    """What may stand in a correlated subquery is not told to the end: a join or a table says it."""
    return (
        found[at].word == "EXISTS"
        and _is_query(found, at + 1)
        and _tests(found, at + 2, closing(found, at + 1), _common_tables(found))
    )


def _unlabelled(found: list[Token], at: int) -> bool:
    """Every statement that changes a table is found in v_monitor by its label."""
    return (
        at == 0
        and found[0].word in ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY")
        and all(token.kind != "hint" for token in found[:4])
    )


RULES: dict[str, Callable[[list[Token], int], bool]] = {
    "UPDATE locks the table": lambda found, at: at == 0 and found[at].word == "UPDATE",
    "IN and EXISTS are joined by AND alone": _nested,
    "a correlated subquery compares by = alone": _unequal,
    "HAVING needs a GROUP BY": _having,
    "WHERE needs a FROM": _where_of_nothing,
    "a subquery has no order": _order_inside,
    "a reserved word is no name": _reserved,
    "a window function needs an order": _unordered,
    "a temporary table loses its rows at the commit": _forgetful,
    "no subquery beside an aggregate": _asking_beside_aggregates,
    "a table is dropped by its schema": _drops_a_bare_name,
    "no WITH behind INSERT": _insert_with,
    "EXISTS over a query without IN and EXISTS": _exists_over_tests,
    "a change has a label": _unlabelled,
}
