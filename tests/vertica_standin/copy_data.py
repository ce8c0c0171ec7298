"""The records of COPY: how they are cut and what is checked."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import re
import uuid


def split_delimited(text, o):
    """Yield (record text, fields or None-able) the way COPY's default DELIMITED parser reads them."""
    d, q, eol = o.get("delimiter", "|"), o.get("enclosed", ""), o.get("eol", "\n")
    e = "" if o.get("noescape") else o.get("escape", "\\")
    null, n = o.get("null", ""), len(text)
    if not q and not (e and e in text):  # fast path
        recs = text.split(eol)
        for r in recs[:-1] if recs[-1] == "" else recs:
            yield r, [None if f == null else f for f in r.split(d)]
        return
    i = 0
    while i < n:
        start, fields, buf, quoted, inq = i, [], [], False, False
        while True:
            ch = text[i : i + 1]
            if ch == "" or (not inq and text.startswith(eol, i)):
                break
            if ch == e and ch and i + 1 < n and ch != q:
                buf.append(text[i + 1])
                i += 2
            elif inq and ch == q:
                inq, i = False, i + 1
            elif ch == q and q and not buf and not quoted:
                inq = quoted = True
                i += 1
            elif not inq and ch == d:
                fields.append("".join(buf) if quoted or "".join(buf) != null else None)
                buf, quoted, i = [], False, i + 1
            else:
                buf.append(ch)
                i += 1
        fields.append("".join(buf) if quoted or "".join(buf) != null else None)
        yield text[start:i], fields
        i += len(eol)


def split_flex(text, c, names):
    """fcsvparser / fdelimitedparser: header names map to columns unless header='false'."""
    csvp = c.parser == "FCSVPARSER"
    d = c.args.get("delimiter", "," if csvp else "|")
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=d,
        quotechar=c.args.get("enclosed_by", '"') or '"',
        doublequote=True,
        quoting=csv.QUOTE_MINIMAL if csvp else csv.QUOTE_NONE,
    )
    order = (
        None
        if c.args.get("header", "true").lower() in ("true", "t", "1", "yes")
        else list(range(len(names)))
    )
    for r in rows:
        if order is None:
            head = [h.strip().lower() for h in r]
            order = [head.index(nm.lower()) if nm.lower() in head else -1 for nm in names]
        elif r:
            yield (
                d.join(r),
                [
                    r[i] if 0 <= i < len(r) and r[i] != c.opts.get("null", "") else None
                    for i in order
                ],
            )


DATE = re.compile(r"\d{4}-\d\d?-\d\d?")


def convert(v, t, colno, col, enforce):
    """Check one field; return the text DuckDB will cast, or raise ValueError(reason) as Vertica words it."""
    k = t.kind
    try:
        if k == "str":
            n = len(v.encode())
            if n > t.length:
                if enforce:
                    raise ValueError(
                        f"The {n}-byte value is too long for type {t.name.title()}({t.length}), column {colno} ({col})"
                    )
                v = v.encode()[: t.length].decode("utf-8", "ignore")
            return v
        if k == "bin":
            b = (
                bytes.fromhex(v[2:])
                if v[:2] == "0x"
                else re.sub(rb"\\(\d{3})", lambda m: bytes((int(m[1], 8),)), v.encode())
            )
            if len(b) > t.length and enforce:
                raise ValueError(
                    f"The {len(b)}-byte value is too long for type {t.name.title()}({t.length}), column {colno} ({col})"
                )
            return b[: t.length].hex()
        s = v.strip()
        if k == "int":
            if not re.fullmatch(r"[+-]?\d+", s) or abs(int(s)) >= 2**63:
                raise TypeError
        elif k in ("float", "numeric"):
            decimal.Decimal(s) if k == "numeric" else float(s)
        elif k == "bool":
            if s.lower() not in (
                "t",
                "true",
                "y",
                "yes",
                "1",
                "on",
                "f",
                "false",
                "n",
                "no",
                "0",
                "off",
            ):
                raise TypeError
            return str(s.lower() in ("t", "true", "y", "yes", "1", "on"))
        elif k == "uuid":
            uuid.UUID(s)
        elif k in ("ts", "date"):
            dt.datetime.fromisoformat(s) if not DATE.fullmatch(s) else dt.date(
                *map(int, s.split("-"))
            )
        elif k == "time":
            dt.time.fromisoformat(s)
        return s
    except ValueError as err:
        if "-byte value" in str(err):
            raise
    except (TypeError, decimal.InvalidOperation):
        pass
    word = {"int": "integer", "ts": "timestamp", "bool": "boolean", "bin": "binary"}.get(k, k)
    raise ValueError(f"Invalid {word} format '{v}' for column {colno} ({col})")
