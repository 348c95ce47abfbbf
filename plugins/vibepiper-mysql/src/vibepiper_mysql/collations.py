"""Texts of tables that others made, which may be compared without regard to case."""

from __future__ import annotations

from typing import cast

from sqlglot import exp

from vibepiper_mysql.session import Session

__all__ = ["by_bytes"]

_COLUMNS = """
SELECT column_name, collation_name FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_EXACT = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")


def by_bytes(query: exp.Query, session: Session) -> exp.Query:
    """``query``, as it is written for MySQL, with tables whose texts have another collation read
    through one that compares their bytes, as DuckDB does."""
    collation = session.collation()

    def place(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or not node.db:
            return node
        rows = cast("list[tuple[str, str | None]]", session.rows(_COLUMNS, (node.db, node.name)))
        if all(found is None or found in _EXACT for _, found in rows):
            return node
        source = exp.Table(this=node.this.copy(), db=node.args["db"].copy())
        columns = [_column(name, found, collation) for name, found in rows]
        read = exp.select(*columns).from_(source).subquery(node.args["alias"].this.copy())
        read.set("joins", node.args.get("joins"))
        return read

    return cast("exp.Query", query.transform(place))


def _column(name: str, found: str | None, collation: str) -> exp.Expr:
    column = exp.column(exp.to_identifier(name, quoted=True))
    if found is None or found in _EXACT:
        return column
    kind = exp.DataType(this=exp.DataType.Type.CHARACTER_SET, kind=exp.var("utf8mb4"))
    text = exp.Cast(this=column, to=kind)
    exact = exp.Collate(this=text, expression=exp.var(collation))
    return exp.alias_(exact, name, quoted=True)
