"""Pieces of syntax trees. Names are always quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

__all__ = [
    "PUBLISHED",
    "STAGED",
    "aliased",
    "among",
    "column",
    "count",
    "delete_using",
    "every",
    "identifier",
    "is_null",
    "is_text",
    "named",
    "ranked",
    "same_key",
    "select_from",
]

PUBLISHED, STAGED = "p", "s"
"""What the two tables are called within a statement."""


def identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.column(identifier(name), table=None if table is None else identifier(table))


def named(tree: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(tree, identifier(name))


def aliased(table: exp.Table, name: str) -> exp.Table:
    found = table.copy()
    found.set("alias", exp.TableAlias(this=identifier(name)))
    return found


def select_from(table: exp.Table | str, *columns: exp.Expr) -> exp.Select:
    source = table.copy() if isinstance(table, exp.Table) else exp.Table(this=identifier(table))
    return exp.select(*columns).from_(source)


def among(name: str, texts: Iterable[str]) -> exp.Expr:
    """Whether a column is one of the texts."""
    return exp.In(this=column(name), expressions=[exp.Literal.string(text) for text in texts])


def is_text(name: str, text: str, table: str | None = None) -> exp.Expr:
    """Whether a column holds the text."""
    return exp.EQ(this=column(name, table), expression=exp.Literal.string(text))


def every(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*conditions)


def is_null(tree: exp.Expr) -> exp.Expr:
    return exp.Is(this=tree, expression=exp.null())


def same_key(key: Sequence[str], one: str, two: str) -> exp.Expr:
    """Nulls are equal to nothing: a key holds none."""
    return every(exp.EQ(this=column(name, one), expression=column(name, two)) for name in key)


def count() -> exp.Expr:
    return exp.Count(this=exp.Star())


def delete_using(table: exp.Table, using: exp.Expr, where: exp.Expr) -> exp.Delete:
    return exp.Delete(this=table, using=[using], where=exp.Where(this=where))


def ranked(
    function: exp.Expr, partition: Sequence[exp.Expr], *order: tuple[exp.Expr, bool]
) -> exp.Window:
    """A window function; ``order`` is of pairs, of what to order by and whether downwards.
    Nulls come last."""
    terms = [exp.Ordered(this=tree, desc=down, nulls_first=False) for tree, down in order]
    return exp.Window(
        this=function, partition_by=list(partition), order=exp.Order(expressions=terms)
    )
