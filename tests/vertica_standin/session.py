"""A session: one statement after another."""

from __future__ import annotations

import logging
import re

import duckdb
import sqlglot
import sqlglot_vertica  # noqa: F401  (registers the dialect)
from sqlglot import exp

from tests.vertica_standin.changes import Changes
from tests.vertica_standin.copying import Copying
from tests.vertica_standin.ddl import Ddl
from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.errors import VError, not_emulated, syntax
from tests.vertica_standin.lexing import lex, lit
from tests.vertica_standin.names import Names
from tests.vertica_standin.queries import Queries
from tests.vertica_standin.result import Result
from tests.vertica_standin.strictness import check_tokens, check_tree
from tests.vertica_standin.tables import Tables
from tests.vertica_standin.transactions import Transactions
from tests.vertica_standin.translation import lower_tree
from tests.vertica_standin.vocabulary import STATEMENTS
from tests.vertica_standin.vtypes import vtype

logging.getLogger("sqlglot").setLevel(logging.ERROR)


class Session(Transactions, Names, Queries, Changes, Tables, Ddl, Copying):
    def __init__(self, server, params):
        self.server, self.con = server, server.db.cursor()
        self.user, self.label = params.get("user", ""), params.get("client_label", "")
        self.database = params.get("database") or "standin"
        self.autocommit = params.get("autocommit") == "on"
        self.accepted = self.rejected = 0
        self.in_txn = self.begun = False
        self.journal, self.temp, self.files, self.notices = [], {}, [], []
        self.con.execute(
            f"SET search_path='public,v_catalog,v_monitor,main'; SET VARIABLE v_label={lit(self.label)}; SET VARIABLE v_user={lit(self.user)}"
        )

    def parse(self, sql):
        toks = [t for t in lex(sql) if t[0] != "hint"]
        try:
            trees = sqlglot.parse(sql, read="vertica")
        except sqlglot.errors.SqlglotError as e:
            check_tokens(toks, None) if toks[0][1].upper() not in STATEMENTS else None
            near = re.search(r"\x1b\[4m(.*?)\x1b\[0m", str(e), re.S)
            raise syntax(near[1] if near else "?", str(e).split("\n")[0][:200]) from e
        check_tokens(toks, trees[0])
        check_tree(trees[0], self.column_names)
        return trees[0]

    def duck(self, tree):
        """Vertica AST -> DuckDB SQL, rewriting nodes children first."""
        root = exp.Paren(this=tree.copy())
        for node in reversed(list(root.this.walk())):
            new = lower_tree(node, self)
            if new is not node:
                node.replace(new)
        try:
            return root.this.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE)
        except ValueError as e:
            raise not_emulated(str(e)) from e

    def execute(self, sql, io=None):
        """Run one statement; ``io`` is the connection's COPY data source. Returns a Result."""
        words = [s.upper() for k, s, _, _ in lex(sql)[:4] if k != "hint"] + [""] * 4
        head = words[0]
        ddl = head in ("CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE")
        try:
            if head in (
                "BEGIN",
                "START",
                "COMMIT",
                "END",
                "ROLLBACK",
                "SET",
                "SHOW",
                "SAVEPOINT",
                "RELEASE",
                "LOCK",
            ):
                return self.control(head, words, sql)
            if head == "ALTER" and words[1] == "SESSION":
                return Result("ALTER SESSION")
            if head == "COPY":
                return self.copy(sql, io)
            if head in ("EXPLAIN", "PROFILE"):
                self.parse(sql[len(head) :])
                return Result(
                    head, [("QUERY PLAN", vtype("VARCHAR(65000)"))], [("stand-in: no plan",)]
                )
            tree = self.parse(sql)
            if isinstance(tree, exp.Command) and not ddl:
                raise syntax(words[0])
            if ddl:
                temp = isinstance(tree, exp.Create) and tree.find(exp.TemporaryProperty)
                if not temp:
                    self.end_txn()  # DDL commits what was pending, and itself
                self.open_txn()
                tag = self.ddl(tree, sql)
                if not temp or self.autocommit:
                    self.end_txn()
                return Result(tag)
            return (
                self.dml(tree)
                if head in ("INSERT", "UPDATE", "DELETE", "MERGE")
                else self.select(tree)
            )
        except (duckdb.Error, VError) as e:
            v = e if isinstance(e, VError) else from_duckdb(e, ddl)
            self.end_txn("ROLLBACK") if v.severity == "ROLLBACK" or ddl or (
                self.autocommit and not self.begun
            ) else self.statement_rollback()
            raise v from e

    def control(self, head, words, sql):
        if head in ("SAVEPOINT", "RELEASE", "LOCK") or (head == "ROLLBACK" and "TO" in words):
            raise not_emulated(head)
        if head in ("BEGIN", "START"):
            self.end_txn()
            self.open_txn()
            self.begun = True
            return Result("BEGIN" if head == "BEGIN" else "START TRANSACTION")
        if head in ("COMMIT", "END", "ROLLBACK"):
            if not self.in_txn:
                self.notices.append(
                    (
                        2859 if head == "ROLLBACK" else 2365,
                        f"Cannot {head.lower() if head != 'END' else 'commit'}; no transaction in progress",
                    )
                )  # [?] codes
            self.end_txn("ROLLBACK" if head == "ROLLBACK" else "COMMIT")
            return Result(head)
        if head == "SHOW":
            return Result(
                "SHOW",
                [("name", vtype("VARCHAR(128)")), ("setting", vtype("VARCHAR(128)"))],
                [(words[1].lower(), "")],
            )
        if words[1:3] == ["SESSION", "AUTOCOMMIT"]:
            self.autocommit = words[-5 if words[-1] else 3] == "ON" or bool(
                re.search(r"\bON\s*;?\s*$", sql, re.I)
            )
            self.notices.append(("auto_commit", "on" if self.autocommit else "off"))
        elif words[1] == "SEARCH_PATH":
            names = re.split(r"\s*,\s*", re.search(r"(?:TO|=)\s*(.*?);?\s*$", sql, re.I | re.S)[1])
            self.con.execute(
                "SET search_path="
                + lit(",".join([n.strip('" ') for n in names] + ["v_catalog", "v_monitor", "main"]))
            )
        elif words[1] not in (
            "SESSION",
            "TIME",
            "TIMEZONE",
            "DATESTYLE",
            "LOCALE",
            "STANDARD_CONFORMING_STRINGS",
            "INTERVALSTYLE",
            "ROLE",
            "ESCAPE_STRING_WARNING",
        ):
            raise syntax(words[1])
        return Result("SET")
