"""COPY, parsed."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from tests.vertica_standin.errors import VError, not_emulated, syntax
from tests.vertica_standin.lexing import lex, unquote


@dataclass
class Copy:
    table: exp.Table = None
    columns: list = field(
        default_factory=list
    )  # (name, filler type or None, AS expression or None, format)
    local: bool = False
    stdin: bool = False
    paths: list = field(default_factory=list)
    opts: dict = field(default_factory=dict)
    parser: str = "DELIMITED"
    args: dict = field(default_factory=dict)


FLAGS = {
    ("ABORT", "ON", "ERROR"): "abort",
    ("ENFORCELENGTH",): "enforce",
    ("ERROR", "TOLERANCE"): "tolerance",
    ("NO", "ESCAPE"): "noescape",
    ("NO", "COMMIT"): "nocommit",
    ("TRAILING", "NULLCOLS"): "trailing",
    ("RETURNREJECTED",): "returnrejected",
    ("DIRECT",): "_",
    ("AUTO",): "_",
    ("TRICKLE",): "_",
    ("GZIP",): "gzip",
    ("UNCOMPRESSED",): "_",
}
VALUED = {
    ("DELIMITER",): "delimiter",
    ("ENCLOSED",): "enclosed",
    ("ESCAPE",): "escape",
    ("NULL",): "null",
    ("RECORD", "TERMINATOR"): "eol",
    ("SKIP", "BYTES"): "skipbytes",
    ("SKIP",): "skip",
    ("REJECTMAX",): "rejectmax",
    ("STREAM", "NAME"): "stream",
    ("EXCEPTIONS",): "exceptions",
    ("TRIM",): "trim",
}


def parse_copy(sql):
    toks = [t for t in lex(sql) if t[0] != "hint"]
    pos, c = 1, Copy()
    up = lambda n=0: toks[pos + n][1].upper() if pos + n < len(toks) else ""

    def value():
        nonlocal pos
        pos += 1
        if up(-1) in ("AS", "BY"):
            return value()
        if pos > len(toks) or toks[pos - 1][0] not in ("str", "num"):
            raise syntax(toks[pos - 1][1] if pos <= len(toks) else "EOF")
        return unquote(toks[pos - 1][1]) if toks[pos - 1][0] == "str" else int(toks[pos - 1][1])

    def table():
        nonlocal pos
        start = toks[pos][2]
        while up(1) == ".":
            pos += 2
        pos += 1
        return exp.to_table(sql[start : toks[pos - 1][3]], dialect="postgres")

    c.table = table()
    if up() == "(":
        pos += 1
        while up(-1) != ")":
            name, filler, expr, fmt, start, depth = (
                toks[pos][1].strip('"'),
                None,
                None,
                None,
                None,
                0,
            )
            pos += 1
            while depth or up() not in (",", ")"):
                if not up():
                    raise syntax("EOF")
                depth += {"(": 1, ")": -1}.get(up(), 0)
                if not depth and up() == "FILLER":
                    filler = toks[pos][3]
                elif not depth and up() == "AS" and filler is None:
                    expr = toks[pos][3]
                elif not depth and up() == "FORMAT":
                    fmt = unquote(toks[pos + 1][1])
                pos += 1
            end = toks[pos][2]
            c.columns.append(
                (
                    name,
                    sql[filler:end].strip() if filler else None,
                    sql[expr:end].strip() if expr else None,
                    fmt,
                )
            )
            pos += 1
    if up() != "FROM":
        raise syntax(up())
    pos += 1
    if up() == "LOCAL":
        c.local, pos = True, pos + 1
    if up() == "STDIN":
        c.stdin, pos = True, pos + 1
    while not c.stdin:
        if pos >= len(toks) or toks[pos][0] != "str":
            raise syntax(up() or "EOF")
        c.paths.append(unquote(toks[pos][1]))
        pos += 1
        if up() in ("GZIP", "UNCOMPRESSED"):
            c.opts["gzip"], pos = up() == "GZIP", pos + 1
        if up() != ",":
            break
        pos += 1
    while pos < len(toks):
        if (
            up()
            in (
                "BZIP",
                "LZO",
                "ZSTD",
                "NATIVE",
                "FIXEDWIDTH",
                "ORC",
                "WITH",
                "COLUMN",
                "SOURCE",
                "FILTER",
            )
            and up(1) != "PARSER"
        ):
            raise not_emulated(f"COPY ... {up()}")
        if up() == "WITH":
            pos += 1
        if up() == "PARQUET":
            c.parser, pos = "PARQUET", pos + 1
        elif up() == "PARSER":
            c.parser, pos = up(1), pos + 2
            if c.parser not in ("FCSVPARSER", "FDELIMITEDPARSER"):
                raise not_emulated(f"PARSER {c.parser}")
            while up() != ")":
                if up(1) == "=":
                    c.args[up().lower()] = (
                        unquote(toks[pos + 2][1]) if toks[pos + 2][0] == "str" else toks[pos + 2][1]
                    )
                    pos += 2
                pos += 1
            pos += 1
        elif up() == "REJECTED" and up(1) == "DATA":
            if up(2) == "AS" and up(3) == "TABLE":
                pos += 4
                c.opts["rejtable"] = table()
            else:
                pos += 2
                c.opts["rejfile"] = value()
        else:
            for words, name in {**FLAGS, **VALUED}.items():
                if all(up(i) == w for i, w in enumerate(words)):
                    pos += len(words)
                    c.opts[name] = value() if words in VALUED else True
                    break
            else:
                raise syntax(toks[pos][1])
    if c.opts.get("returnrejected") and ("rejfile" in c.opts or "exceptions" in c.opts):
        raise VError(
            2758,
            "42601",
            "COPY LOCAL does not support rejected row numbers with exceptions or rejected data options",
        )  # [?] code
    return c
