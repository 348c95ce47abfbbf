"""How deep what is in brackets may stand in SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlglot import exp

from vibepiper_transform.dialects.rules import refuse

__all__ = ["check_depth"]

_HARMLESS = 25
"""So many brackets are read wherever they stand."""
_OVERFLOW = "parser stack overflow"


def check_depth(sql: str, query: exp.Expr) -> None:
    """Raises `UnsupportedSql` where SQLite's parser has no room for ``sql``, the text of the query:
    it is asked, as how many brackets it reads depends on what stands between them."""
    if sql.count("(") <= _HARMLESS or not _overflows(sql):
        return
    raise refuse(
        "brackets in brackets, as deep as here",
        "sqlite",
        "its parser reads only some 30 of them",
        "Compute what stands in the inner ones in a WITH.",
        node=_deepest(query),
    )


def _overflows(sql: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"EXPLAIN {sql}")
        except sqlite3.Error as error:  # of tables and functions that it does not have
            return _OVERFLOW in str(error)
    return False


def _deepest(query: exp.Expr) -> exp.Expr:
    *_, last = query.walk(bfs=True)
    return last
