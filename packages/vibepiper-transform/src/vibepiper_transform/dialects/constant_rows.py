"""Tables that a query writes itself."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse

__all__ = ["values_by_union"]

_MOST = 500
"""So many SELECTs SQLite puts together."""


def values_by_union(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed: ``(VALUES ...) AS t(a, b)`` as a UNION ALL of SELECTs. Raises
    `UnsupportedSql` for more rows than engines take."""
    for values in list(query.find_all(exp.Values)):
        alias = values.args.get("alias")
        if alias is None or not alias.args.get("columns") or is_native(values):
            continue
        names = [name.name for name in alias.args["columns"]]
        if len(values.expressions) > _MOST:
            hint = "Make them an asset of their own."
            raise refuse(
                f"VALUES of more than {_MOST} rows", dialect, "it has none", hint, node=values
            )
        rows = [_row(row, names) for row in values.expressions]
        union = reduce(_and_all, rows[1:], rows[0])
        values.replace(exp.Subquery(this=union, alias=exp.TableAlias(this=alias.this)))
    return query


def _row(row: exp.Expr, names: list[str]) -> exp.Query:
    cells = row.expressions if isinstance(row, exp.Tuple) else [row]
    named = zip(cells, names, strict=False)
    return exp.select(*(exp.alias_(cell, name, quoted=True) for cell, name in named), copy=False)


def _and_all(before: exp.Query, row: exp.Query) -> exp.Query:
    return exp.Union(this=before, expression=row, distinct=False)
