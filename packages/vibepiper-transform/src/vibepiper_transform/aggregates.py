"""Aggregates, and functions over a window."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import (
    Columns,
    Expression,
    Order,
    Windowed,
    column_tree,
    condition,
    refuse_windows,
    tree_of,
)

__all__ = [
    "Aggregate",
    "Avg",
    "Count",
    "CountDistinct",
    "Max",
    "Mean",
    "Min",
    "Sum",
    "Windowed",
    "dense_rank",
    "lag",
    "lead",
    "rank",
    "row_number",
]


class Aggregate(Windowed):
    """One value of many rows; nulls do not count. ``where`` picks the rows."""

    def __init__(self, tree: exp.Expr, where: Expression | None) -> None:
        if where is not None:
            tree = exp.Filter(this=tree, expression=exp.Where(this=condition(where).tree))
        refuse_windows(tree, "an aggregate")
        super().__init__(tree)


class Sum(Aggregate):
    """The sum; of integers and booleans a 64-bit integer (beyond that an error), of no row null."""

    def __init__(self, of: str | Expression, *, where: Expression | None = None) -> None:
        super().__init__(exp.Sum(this=column_tree(of)), where)


class Avg(Aggregate):
    """The mean, as a DOUBLE; of no row null."""

    def __init__(self, of: str | Expression, *, where: Expression | None = None) -> None:
        super().__init__(exp.Avg(this=column_tree(of)), where)

    def over(self, *, partition_by: Columns = (), order_by: Order = ()) -> Expression:
        mean = super().over(partition_by=partition_by, order_by=order_by)
        return Expression(exp.cast(mean.tree, "DOUBLE"))


Mean = Avg


class Min(Aggregate):
    """The least value."""

    def __init__(self, of: str | Expression, *, where: Expression | None = None) -> None:
        super().__init__(exp.Min(this=column_tree(of)), where)


class Max(Aggregate):
    """The greatest value."""

    def __init__(self, of: str | Expression, *, where: Expression | None = None) -> None:
        super().__init__(exp.Max(this=column_tree(of)), where)


class Count(Aggregate):
    """How many rows; of a column, how many values that are not null."""

    def __init__(
        self, of: str | Expression | None = None, *, where: Expression | None = None
    ) -> None:
        super().__init__(exp.Count(this=exp.Star() if of is None else column_tree(of)), where)


class CountDistinct(Aggregate):
    """How many different values that are not null."""

    def __init__(self, of: str | Expression, *, where: Expression | None = None) -> None:
        super().__init__(exp.Count(this=exp.Distinct(expressions=[column_tree(of)])), where)


def row_number() -> Windowed:
    """1, 2, 3 ... in the window's order."""
    return Windowed(exp.RowNumber())


def rank() -> Windowed:
    """The place in the window's order; equals share one, and the next leaves a gap."""
    return Windowed(exp.Rank())


def dense_rank() -> Windowed:
    """The place in the window's order; equals share one, and there is no gap."""
    return Windowed(exp.DenseRank())


def lag(of: str | Expression, offset: int = 1, default: object = None) -> Windowed:
    """The value ``offset`` rows before, in the window's order."""
    return Windowed(exp.Lag(this=column_tree(of), **_reach(offset, default)))


def lead(of: str | Expression, offset: int = 1, default: object = None) -> Windowed:
    """The value ``offset`` rows after, in the window's order."""
    return Windowed(exp.Lead(this=column_tree(of), **_reach(offset, default)))


def _reach(offset: int, default: object) -> dict[str, exp.Expr]:
    if not isinstance(offset, int):
        raise DefinitionError(f"an offset is a whole number, found {offset!r}", at=callsite())
    reach: dict[str, exp.Expr] = {"offset": exp.Literal.number(offset)}
    if default is not None:
        reach["default"] = tree_of(default)
    return reach
