"""Queries that can be added to, so that a chain of steps is one SELECT and not one in another.

What is written by hand is flat; engines plan the nested the same, but writing, reading and binding
it takes them time that is felt in short queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.names import alias, column

__all__ = ["Opened", "open_select"]

_PARTS = {"expressions", "from_", "joins", "where"}
_JOIN_PARTS = {"this", "on", "side", "kind"}
_MORE = (exp.AggFunc, exp.Anonymous, exp.Explode, exp.Query, exp.Unnest, exp.Window)
"""What a column may be computed by that looks at other rows, or makes some."""


@dataclass(frozen=True)
class Opened:
    """``select`` is a query's FROM, JOINs and WHERE, and ``outputs`` what its columns are there."""

    select: exp.Select
    outputs: Mapping[str, exp.Expr]
    star: bool = False

    @classmethod
    def closed(cls, body: exp.Expr, columns: Iterable[str], name: str | None) -> Opened:
        """What cannot be added to, as a table, called ``name`` if it is to have one."""
        if name is not None:
            body.set("alias", alias(name))
        return cls(exp.select().from_(body), {each: column(each, name) for each in columns}, True)

    def place(self, tree: exp.Expr) -> exp.Expr:
        """An expression over the columns, as one over what they are."""

        def placed(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            made = self.outputs[node.name].copy()
            for key, value in (node._meta or {}).items():
                made.meta.setdefault(key, value)
            return made

        return tree.copy().transform(placed, copy=False)

    def selecting(self, columns: Mapping[str, exp.Expr]) -> exp.Select:
        """A query of these expressions over the columns."""
        return self.with_outputs({name: self.place(tree) for name, tree in columns.items()})

    def with_outputs(self, placed: Mapping[str, exp.Expr]) -> exp.Select:
        """A query of expressions that are in their places already."""
        query = self.select.copy()
        query.set("expressions", [_named(tree, name) for name, tree in placed.items()])
        return query

    def selecting_all(self) -> exp.Select:
        """A query of all columns."""
        if not self.star:
            return self.with_outputs(self.outputs)
        query = self.select.copy()
        query.set("expressions", [exp.Star()])
        return query

    def free_name(self, name: str) -> str:
        """``name``, with a number if a table has it."""
        tables = self.select.find_all(exp.Table, exp.Subquery)
        taken = {table.alias_or_name for table in tables}
        found, number = name, 2
        while found in taken:
            found, number = f"{name}{number}", number + 1
        return found


def open_select(
    tree: exp.Query, columns: Sequence[str], name: str | None, used: Collection[str] | None = None
) -> Opened | None:
    """The query, if nothing but WHERE, joins and the choosing of columns is in it; or the
    computing of others, where the ``used`` ones, of which more is to be computed, are not among
    these. A table that is alone gets ``name``."""
    if not isinstance(tree, exp.Select) or not _is_open(tree, used):
        return None
    if not _is_qualified(tree) and (_joins(tree) or _has_subquery(tree)):
        return None
    select = tree.copy()
    star = select.is_star
    outputs = (
        {each: column(each) for each in columns}
        if star
        else {each.alias_or_name: each.unalias() for each in select.expressions}
    )
    select.set("expressions", [])
    if name is not None and not _is_qualified(tree):
        select.args["from_"].this.set("alias", alias(name))
        parts = [*outputs.values(), select.args.get("where")]
        for each in [each for part in parts for each in _columns(part)]:
            each.set("table", exp.to_identifier(name, quoted=True))
    return Opened(select, outputs, star)


def _is_open(tree: exp.Select, used: Collection[str] | None) -> bool:
    if tree._meta or not {part for part, value in tree.args.items() if value} <= _PARTS:
        return False
    joins, where = _joins(tree), tree.args.get("where")
    tables = [tree.args["from_"].this] if tree.args.get("from_") else []
    tables += [join.this for join in joins]
    if not tables or not all(isinstance(table, (exp.Table, exp.Subquery)) for table in tables):
        return False
    if not all({p for p, value in join.args.items() if value} <= _JOIN_PARTS for join in joins):
        return False
    if where is not None and where.find(exp.Window, exp.Unnest):
        return False
    if tree.is_star:
        return len(tree.expressions) == 1 and not joins
    computed = [each for each in tree.expressions if not isinstance(each.unalias(), exp.Column)]
    if used is None:
        return not computed
    return not any(each.alias in used or each.find(*_MORE) for each in computed)


def _is_qualified(tree: exp.Select) -> bool:
    """Whether every column says the table that it is of."""
    if tree.is_star:
        return False
    conditions = [tree.args.get("where"), *(join.args.get("on") for join in _joins(tree))]
    used = [each for part in [*tree.expressions, *conditions] for each in _columns(part)]
    return all(each.args.get("table") for each in used)


def _has_subquery(tree: exp.Select) -> bool:
    where = tree.args.get("where")
    return where is not None and where.find(exp.Query) is not None


def _joins(select: exp.Select) -> list[exp.Join]:
    return select.args.get("joins") or []


def _columns(tree: exp.Expr | None) -> list[exp.Column]:
    return [] if tree is None else list(tree.find_all(exp.Column))


def _named(tree: exp.Expr, name: str) -> exp.Expr:
    if isinstance(tree, exp.Column) and tree.name == name:
        return tree.copy()
    return exp.alias_(tree.copy(), name, quoted=True, copy=False)
