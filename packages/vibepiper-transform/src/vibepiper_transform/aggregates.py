"""Aggregates: one value of many rows."""

from __future__ import annotations

from decimal import Decimal
from typing import NoReturn

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import column_tree, condition, refuse_windows
from vibepiper_transform.ordering import Order, order_terms
from vibepiper_transform.windows import Windowed

__all__ = [
    "Aggregate",
    "ArrayAgg",
    "Avg",
    "BoolAnd",
    "BoolOr",
    "Count",
    "CountDistinct",
    "First",
    "Last",
    "Max",
    "Mean",
    "Median",
    "Min",
    "OrderedAggregate",
    "Quantile",
    "StdDev",
    "StringAgg",
    "Sum",
    "Variance",
]

Of = str | Expression


class Aggregate(Windowed):
    """One value of many rows; nulls do not count. ``where`` picks the rows."""

    def __init__(self, tree: exp.Expr, where: Expression | None) -> None:
        if where is not None:
            tree = exp.Filter(this=tree, expression=exp.Where(this=condition(where)))
        refuse_windows(tree, "an aggregate")
        super().__init__(tree)


class Sum(Aggregate):
    """The sum; of integers and booleans a 64-bit integer (beyond that an error), of no row null."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Sum(this=column_tree(of)), where)


class Avg(Aggregate):
    """The mean, as a DOUBLE; of no row null."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Avg(this=column_tree(of)), where)


Mean = Avg


class Min(Aggregate):
    """The least value."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Min(this=column_tree(of)), where)


class Max(Aggregate):
    """The greatest value."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Max(this=column_tree(of)), where)


class Count(Aggregate):
    """How many rows; of a column, how many values that are not null."""

    def __init__(self, of: Of | None = None, *, where: Expression | None = None) -> None:
        super().__init__(exp.Count(this=exp.Star() if of is None else column_tree(of)), where)


class CountDistinct(Aggregate):
    """How many different values that are not null."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Count(this=exp.Distinct(expressions=[column_tree(of)])), where)


class StdDev(Aggregate):
    """The standard deviation of a sample, as a DOUBLE; of less than two values null. With
    ``population`` that of the values themselves."""

    def __init__(
        self, of: Of, *, population: bool = False, where: Expression | None = None
    ) -> None:
        made = exp.StddevPop if population else exp.StddevSamp
        super().__init__(made(this=column_tree(of)), where)


class Variance(Aggregate):
    """The variance of a sample, as a DOUBLE; of less than two values null. With ``population``
    that of the values themselves."""

    def __init__(
        self, of: Of, *, population: bool = False, where: Expression | None = None
    ) -> None:
        made = exp.VariancePop if population else exp.Variance
        super().__init__(made(this=column_tree(of)), where)


class Median(Aggregate):
    """The exact middle, of an even number of values half-way between two; of numbers a DOUBLE."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.Median(this=column_tree(of)), where)


class Quantile(Aggregate):
    """The exact value below which the share ``at`` (0 to 1) of the values lies, between two
    values in proportion; of numbers a DOUBLE."""

    def __init__(self, of: Of, at: float, *, where: Expression | None = None) -> None:
        if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 <= at <= 1:
            raise DefinitionError(f"a quantile is from 0 to 1, found {at!r}", at=callsite())
        # Without an exponent, which some engines read as a DOUBLE, and with every digit.
        share = exp.Literal.number(format(Decimal(repr(float(at))), "f"))
        super().__init__(exp.PercentileCont(this=column_tree(of), expression=share), where)


class BoolAnd(Aggregate):
    """Whether a condition holds in all rows where it is not null; of no such row null."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.LogicalAnd(this=column_tree(of)), where)


class BoolOr(Aggregate):
    """Whether a condition holds in one row or more; null where it is null in all."""

    def __init__(self, of: Of, *, where: Expression | None = None) -> None:
        super().__init__(exp.LogicalOr(this=column_tree(of)), where)


class OrderedAggregate(Aggregate):
    """An aggregate of the rows in an order of its own. Rows that are equal in it come in the
    order of the values, so that one answer is right."""

    def over(self, **window: object) -> NoReturn:
        """Raises `DefinitionError`: it has an order already."""
        raise DefinitionError(
            f"{self!r} has an order of its own, and is not for a window",
            at=callsite(),
            hint="Over a window there are first(...), last(...) and lag(...).",
        )


class First(OrderedAggregate):
    """The value of the first row by ``order_by``, also where it is null."""

    def __init__(self, of: Of, *, order_by: Order = (), where: Expression | None = None) -> None:
        super().__init__(exp.First(this=_ordered(of, _needed("First", order_by))), where)


class Last(OrderedAggregate):
    """The value of the last row by ``order_by``, also where it is null."""

    def __init__(self, of: Of, *, order_by: Order = (), where: Expression | None = None) -> None:
        ordered = _ordered(of, _needed("Last", order_by))
        for term in ordered.expressions:
            term.set("desc", not term.args.get("desc"))
            term.set("nulls_first", not term.args.get("nulls_first"))
        super().__init__(exp.First(this=ordered), where)


class ArrayAgg(OrderedAggregate):
    """The values as a list, nulls among them, by ``order_by``, else by themselves."""

    def __init__(self, of: Of, *, order_by: Order = (), where: Expression | None = None) -> None:
        super().__init__(exp.ArrayAgg(this=_ordered(of, order_terms(order_by))), where)


class StringAgg(OrderedAggregate):
    """The texts that are not null as one, by ``order_by``, else by themselves."""

    def __init__(
        self,
        of: Of,
        separator: str = ",",
        *,
        order_by: Order = (),
        where: Expression | None = None,
    ) -> None:
        ordered = _ordered(of, order_terms(order_by))
        super().__init__(exp.GroupConcat(this=ordered, separator=literal(separator)), where)


def _ordered(of: Of, terms: list[exp.Expr]) -> exp.Order:
    value = column_tree(of)
    ties = exp.Ordered(this=value.copy(), desc=False, nulls_first=False)
    return exp.Order(this=value, expressions=[*terms, ties])


def _needed(name: str, order_by: Order) -> list[exp.Expr]:
    if not (terms := order_terms(order_by)):
        raise DefinitionError(
            f"{name} needs an order: which row comes first is not said",
            at=callsite(),
            hint=f'Such as {name}("price", order_by="at").',
        )
    return terms
