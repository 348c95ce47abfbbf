"""Expressions over the columns of a relation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.sql_types import sql_type

__all__ = [
    "Columns",
    "Expression",
    "Order",
    "Ordering",
    "Windowed",
    "col",
    "column_tree",
    "condition",
    "lit",
    "order_terms",
    "refuse_windows",
    "tree_of",
]

Nulls = Literal["first", "last"]
Columns: TypeAlias = "str | Expression | Iterable[str | Expression]"
Order: TypeAlias = "str | Expression | Ordering | Iterable[str | Expression | Ordering]"
DATE_PARTS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


class Expression:
    """A value of each row. Built from `col` and `lit` with Python's operators; ``&``, ``|`` and
    ``~`` are and, or and not (mind the parentheses). Null is contagious, as in SQL; dividing by
    zero gives null on every engine."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.tree.sql()}>"

    def __bool__(self) -> bool:
        raise DefinitionError(
            "an expression has no truth value in Python",
            at=callsite(),
            hint="Combine conditions with &, | and ~, each in parentheses.",
        )

    def __add__(self, other: object) -> Expression:
        return self._binary(exp.Add, other)

    def __radd__(self, other: object) -> Expression:
        return lit(other)._binary(exp.Add, self)

    def __sub__(self, other: object) -> Expression:
        return self._binary(exp.Sub, other)

    def __rsub__(self, other: object) -> Expression:
        return lit(other)._binary(exp.Sub, self)

    def __mul__(self, other: object) -> Expression:
        return self._binary(exp.Mul, other)

    def __rmul__(self, other: object) -> Expression:
        return lit(other)._binary(exp.Mul, self)

    def __truediv__(self, other: object) -> Expression:
        """Division with a fraction, as a DOUBLE."""
        above = exp.cast(self.tree.copy(), "DOUBLE")
        below = _not_zero(other)
        return Expression(exp.Div(this=above, expression=below, typed=False, safe=False))

    def __rtruediv__(self, other: object) -> Expression:
        return lit(other) / self

    def __mod__(self, other: object) -> Expression:
        """The remainder, with the sign of the dividend as in SQL (in Python: the divisor's)."""
        below = _not_zero(other)
        return Expression(exp.Mod(this=_nested(self.tree), expression=below))

    def __rmod__(self, other: object) -> Expression:
        return lit(other) % self

    def __neg__(self) -> Expression:
        return Expression(exp.Neg(this=_nested(self.tree)))

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._binary(exp.EQ, _not_null(other))

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._binary(exp.NEQ, _not_null(other))

    def __lt__(self, other: object) -> Expression:
        return self._binary(exp.LT, other)

    def __le__(self, other: object) -> Expression:
        return self._binary(exp.LTE, other)

    def __gt__(self, other: object) -> Expression:
        return self._binary(exp.GT, other)

    def __ge__(self, other: object) -> Expression:
        return self._binary(exp.GTE, other)

    def __and__(self, other: object) -> Expression:
        return self._binary(exp.And, condition(other))

    __rand__ = __and__

    def __or__(self, other: object) -> Expression:
        return self._binary(exp.Or, condition(other))

    __ror__ = __or__

    def __invert__(self) -> Expression:
        return Expression(exp.Not(this=_nested(self.tree)))

    def is_null(self) -> Expression:
        return Expression(exp.Is(this=_nested(self.tree), expression=exp.Null()))

    def is_not_null(self) -> Expression:
        return ~self.is_null()

    def is_in(self, values: Iterable[object]) -> Expression:
        """Whether it equals one of ``values``; of none, false."""
        if isinstance(values, str):
            raise DefinitionError(
                f"is_in takes several values, found the text {values!r}",
                at=callsite(),
                hint="Put it in a list.",
            )
        trees = [tree_of(_not_null(value)) for value in values]
        if not trees:
            return lit(False)
        return Expression(exp.In(this=_nested(self.tree), expressions=trees))

    def between(self, low: object, high: object) -> Expression:
        """Both ends included."""
        return Expression(
            exp.Between(
                this=_nested(self.tree), low=_nested(tree_of(low)), high=_nested(tree_of(high))
            )
        )

    def cast(self, kind: pa.DataType) -> Expression:
        """As an Arrow type; a value that does not fit is an error when the relation runs."""
        return Expression(exp.cast(self.tree.copy(), sql_type(kind)))

    def fill_null(self, value: object) -> Expression:
        return Expression(exp.Coalesce(this=self.tree.copy(), expressions=[tree_of(value)]))

    def lower(self) -> Expression:
        return Expression(exp.Lower(this=self.tree))

    def upper(self) -> Expression:
        return Expression(exp.Upper(this=self.tree))

    def length(self) -> Expression:
        """How many characters."""
        return Expression(exp.Length(this=self.tree))

    def like(self, pattern: str) -> Expression:
        """Whether the whole text fits; ``%`` any characters, ``_`` any one."""
        return Expression(exp.Like(this=_nested(self.tree), expression=exp.Literal.string(pattern)))

    def abs(self) -> Expression:
        return Expression(exp.Abs(this=self.tree))

    def round(self, digits: int = 0) -> Expression:
        return Expression(exp.Round(this=self.tree, decimals=literal(digits)))

    def date_part(self, part: str) -> Expression:
        """A part of a date or timestamp (in UTC) as an integer: ``"year"``, ``"hour"`` ..."""
        _check_part(part)
        extracted = exp.Extract(this=exp.var(part.upper()), expression=self.tree)
        return Expression(exp.cast(extracted, "BIGINT"))

    def date_trunc(self, part: str) -> Expression:
        """The first day of the year, month ... that a date or timestamp (in UTC) lies in."""
        _check_part(part)
        truncated = exp.TimestampTrunc(this=self.tree, unit=exp.var(part.upper()))
        return Expression(exp.cast(truncated, "DATE"))

    def asc(self, *, nulls: Nulls = "last") -> Ordering:
        return Ordering(self, descending=False, nulls=nulls)

    def desc(self, *, nulls: Nulls = "last") -> Ordering:
        return Ordering(self, descending=True, nulls=nulls)

    def _binary(self, kind: type[exp.Binary], other: object) -> Expression:
        return Expression(kind(this=_nested(self.tree), expression=_nested(tree_of(other))))


class Ordering:
    """An expression to order by, a direction, and where nulls go (last, unless told)."""

    def __init__(self, by: Expression, *, descending: bool, nulls: Nulls) -> None:
        if nulls not in ("first", "last"):
            raise DefinitionError(f"nulls go 'first' or 'last', found {nulls!r}", at=callsite())
        self.tree = exp.Ordered(
            this=_by_value(by.tree), desc=descending, nulls_first=nulls == "first"
        )


def col(name: str) -> Expression:
    """A column by its name."""
    return Expression(exp.column(name, quoted=True))


def lit(value: object) -> Expression:
    """A constant."""
    return value if isinstance(value, Expression) else Expression(literal(value))


class Windowed:
    """A function that needs a window: ``rank().over(partition_by=..., order_by=...)``."""

    def __init__(self, tree: exp.Expr) -> None:
        self.function = tree

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.function.sql()}>"

    def over(self, *, partition_by: Columns = (), order_by: Order = ()) -> Expression:
        """One value for each row. Ascending with nulls last unless told."""
        one = isinstance(partition_by, (str, Expression))
        parts = [partition_by] if one else list(partition_by)  # type: ignore[arg-type]
        terms = order_terms(order_by)
        window = exp.Window(
            this=self.function.copy(),
            partition_by=[column_tree(part) for part in parts],  # type: ignore[arg-type]
            order=exp.Order(expressions=terms) if terms else None,
        )
        for part in (window.this, *window.args["partition_by"], *terms):
            refuse_windows(part, "a window")
        return Expression(window)


def tree_of(value: object) -> exp.Expr:
    """The tree of an operand: an expression's own, else a constant's."""
    if isinstance(value, Windowed):
        raise DefinitionError(
            f"{value!r} has no value in a row",
            at=callsite(),
            hint="Give it a window with .over(...); to make one row of many, use aggregate.",
        )
    return value.tree.copy() if isinstance(value, Expression) else literal(value)


def column_tree(value: str | Expression) -> exp.Expr:
    """The tree of a column's name or an expression."""
    if not isinstance(value, (str, Expression, Windowed)):
        raise DefinitionError(
            f"expected a column's name or an expression, found {value!r}",
            at=callsite(),
            hint="A constant is written lit(...).",
        )
    return _by_value(col(value).tree if isinstance(value, str) else tree_of(value))


def condition(value: object) -> Expression:
    """``value``, which must be an expression, so that a name or a comparison that Python has
    already made is not taken for one."""
    if not isinstance(value, Expression):
        raise DefinitionError(
            f"expected a condition, found {value!r}",
            at=callsite(),
            hint='A condition is an expression, such as col("x") > 1.',
        )
    return value


def refuse_windows(tree: exp.Expr, place: str) -> None:
    """Refuses a window function inside ``place``, which SQL does not take there."""
    if tree.find(exp.Window):
        raise DefinitionError(
            f"{place} cannot hold a window function",
            at=callsite(),
            hint="Compute it with mutate first, then use the new column.",
        )


def _by_value(tree: exp.Expr) -> exp.Expr:
    """A whole number is cast, for alone in GROUP BY or ORDER BY it would count columns."""
    alone = tree.this if isinstance(tree, exp.Neg) else tree
    return exp.cast(tree.copy(), "BIGINT") if alone.is_int else tree.copy()


def order_terms(by: Order) -> list[exp.Expr]:
    """ORDER BY terms; ascending with nulls last unless told."""
    many = [by] if isinstance(by, (str, Expression, Ordering)) else list(by)
    return [_ordering(term).tree for term in many]


def _ordering(term: str | Expression | Ordering) -> Ordering:
    if isinstance(term, Ordering):
        return term
    return Expression(column_tree(term)).asc()


def _nested(tree: exp.Expr) -> exp.Expr:
    kinds = (exp.Binary, exp.Not, exp.Neg, exp.Between, exp.In)
    return exp.paren(tree) if isinstance(tree, kinds) else tree.copy()


def _not_zero(value: object) -> exp.Expr:
    return exp.Nullif(this=tree_of(value), expression=exp.Literal.number(0))


def _not_null(value: object) -> object:
    if value is None:
        raise DefinitionError(
            "nothing is equal to null, not even null", at=callsite(), hint="Use .is_null()."
        )
    return value


def _check_part(part: str) -> None:
    if part not in DATE_PARTS:
        raise DefinitionError(
            f"'{part}' is no part of a date", at=callsite(), hint=suggest(part, DATE_PARTS)
        )
