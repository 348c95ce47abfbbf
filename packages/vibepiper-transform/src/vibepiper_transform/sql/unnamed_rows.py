"""VALUES that stand where a query can, and get their names from there."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

__all__ = ["give_names"]


def give_names(query: exp.Expr, names: Iterable[exp.Identifier]) -> None:
    """Names the columns of VALUES that ``query`` is, or begins with: ``WITH v(a, b) AS
    (VALUES ...)`` names them, as does the first query of a UNION. What has names keeps them."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    start = query.args.get("from_")
    if start is None or not isinstance(start.this, exp.Values) or not _is_all(query):
        return
    alias = start.this.args.get("alias")
    if alias is None or not alias.args.get("columns"):
        found = exp.TableAlias(this=exp.to_identifier("rows"))
        (alias or found).set("columns", [name.copy() for name in names])
        start.this.set("alias", alias or found)


def _is_all(query: exp.Expr) -> bool:
    return [type(column) for column in query.expressions] == [exp.Star]
