"""Tokens, statements, literals and names."""

from __future__ import annotations

import re

LEX = re.compile(
    r"""(?P<ws>\s+|--[^\n]*|/\*(?!\+).*?\*/)|(?P<hint>/\*\+.*?\*/)|(?P<str>[eE]'(?:[^'\\]|\\.|'')*'
    |[uU]&'(?:[^']|'')*'|[xXbB]?'(?:[^']|'')*'|\$\$.*?\$\$)|(?P<q>"(?:[^"]|"")*")|(?P<num>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<word>[^\W\d][\w$]*)|(?P<op>::!?|\|\||<=>|<>|!=|<=|>=|.)""",
    re.S | re.X,
)


def lex(sql):
    return [
        (m.lastgroup, m.group(), m.start(), m.end())
        for m in LEX.finditer(sql)
        if m.lastgroup != "ws"
    ]


def split(sql):
    out, start = [], 0
    for k, s, a, b in lex(sql) + [("op", ";", len(sql), len(sql))]:
        if s == ";":
            if any(t[0] != "hint" for t in lex(sql[start:a])):
                out.append(sql[start:a].strip())
            start = b
    return out


def unquote(s):
    """The value of a SQL string literal ('..' or E'..')."""
    if s[0] in "eE":
        return re.sub(
            r"\\(\d{3}|x[0-9a-fA-F]{2}|.)",
            lambda m: (
                chr(int(m[1], 8))
                if m[1].isdigit() and len(m[1]) == 3
                else chr(int(m[1][1:], 16))
                if m[1][0] == "x" and len(m[1]) == 3
                else {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}.get(
                    m[1], m[1]
                )
            ),
            s[2:-1].replace("''", "'"),
        )
    return s[1:-1].replace("''", "'")


def lit(s):
    return "'" + str(s).replace("'", "''") + "'"


def ident(s):
    return '"' + s.replace('"', '""') + '"'
