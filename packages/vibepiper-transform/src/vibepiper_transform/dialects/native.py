"""SQL that was written in the dialect that it runs in: it stays as its author wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlglot import exp

__all__ = ["is_native", "mark_native", "stands_for", "with_native"]

_DIALECT = "vibepiper_dialect"
_NATIVE = "vibepiper_native"
_ORIGINAL = "vibepiper_original"


def mark_native(select: exp.Select, dialect: str) -> None:
    """Notes in which dialect a SELECT was written."""
    select.meta[_DIALECT] = dialect


def stands_for(made: exp.Expr, original: exp.Expr, dialect: str) -> exp.Expr:
    """``made``, which means in DuckDB what ``original`` means in its dialect."""
    if original.find(exp.Query, exp.Table) is None:  # what it reads is placed in the tree alone
        made.meta[_ORIGINAL] = (dialect, original)
    return made


def with_native(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed, with the originals of what was written in ``dialect``."""
    if dialect == "duckdb":
        return query  # nothing is noted of it, for it means what any relation means
    found = False
    for select in query.find_all(exp.Select):
        written = select.meta.pop(_DIALECT, None) if select._meta else None
        if written == dialect:
            select.meta[_NATIVE] = True
            found = True
    return cast("exp.Query", query.transform(_original(dialect), copy=False)) if found else query


def _original(dialect: str) -> Callable[[exp.Expr], exp.Expr]:
    def restore(node: exp.Expr) -> exp.Expr:
        written, original = (node._meta or {}).get(_ORIGINAL, (None, None))
        if written != dialect or original is None or _columns(node) != _columns(original):
            return node
        return cast("exp.Expr", original.copy())

    return restore


def _columns(node: exp.Expr) -> set[tuple[str, str]]:
    return {(column.table, column.name) for column in node.find_all(exp.Column)}


def is_native(node: exp.Expr) -> bool:
    """Whether a node is of a SELECT that was written in the dialect that it runs in."""
    select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    return select is not None and bool((select._meta or {}).get(_NATIVE))
