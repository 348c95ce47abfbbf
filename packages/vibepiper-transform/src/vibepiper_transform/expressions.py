"""Expressions over the columns of a relation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.sql_types import sql_type

__all__ = [
    "Expression",
    "Ordering",
    "coalesce",
    "col",
    "column_tree",
    "concat",
    "lit",
    "make_date",
    "order_terms",
    "tree_of",
    "when",
]

Nulls = Literal["first", "last"]
DATE_PARTS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


class Expression:
    """A value of each row. Built from `col` and `lit` with Python's operators; ``&``, ``|`` and
    ``~`` are and, or and not (mind the parentheses). Null is contagious, as in SQL; dividing by
    zero gives null on every engine."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tree: exp.Expr) -> None:
        self.tree = tree

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
        above = exp.cast(exp.paren(self.tree), "DOUBLE")
        below = exp.Nullif(this=exp.paren(tree_of(other)), expression=exp.Literal.number(0))
        return Expression(exp.Div(this=above, expression=below, typed=False, safe=False))

    def __rtruediv__(self, other: object) -> Expression:
        return lit(other) / self

    def __mod__(self, other: object) -> Expression:
        below = exp.Nullif(this=exp.paren(tree_of(other)), expression=exp.Literal.number(0))
        return Expression(exp.Mod(this=exp.paren(self.tree), expression=below))

    def __neg__(self) -> Expression:
        return Expression(exp.Neg(this=exp.paren(self.tree)))

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._binary(exp.EQ, other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._binary(exp.NEQ, other)

    def __lt__(self, other: object) -> Expression:
        return self._binary(exp.LT, other)

    def __le__(self, other: object) -> Expression:
        return self._binary(exp.LTE, other)

    def __gt__(self, other: object) -> Expression:
        return self._binary(exp.GT, other)

    def __ge__(self, other: object) -> Expression:
        return self._binary(exp.GTE, other)

    def __and__(self, other: object) -> Expression:
        return self._binary(exp.And, other)

    def __or__(self, other: object) -> Expression:
        return self._binary(exp.Or, other)

    def __invert__(self) -> Expression:
        return Expression(exp.Not(this=exp.paren(self.tree)))

    def is_null(self) -> Expression:
        return Expression(exp.Is(this=exp.paren(self.tree), expression=exp.Null()))

    def is_not_null(self) -> Expression:
        return ~self.is_null()

    def is_in(self, values: Iterable[object]) -> Expression:
        """Whether it equals one of ``values``; of none, false."""
        trees = [literal(value) for value in values]
        if not trees:
            return lit(False)
        return Expression(exp.In(this=exp.paren(self.tree), expressions=trees))

    def between(self, low: object, high: object) -> Expression:
        """Both ends included."""
        return Expression(
            exp.Between(this=exp.paren(self.tree), low=tree_of(low), high=tree_of(high))
        )

    def cast(self, kind: pa.DataType) -> Expression:
        """As an Arrow type; a value that does not fit is an error when the relation runs."""
        return Expression(exp.cast(exp.paren(self.tree), sql_type(kind)))

    def fill_null(self, value: object) -> Expression:
        return coalesce(self, value)

    def lower(self) -> Expression:
        return Expression(exp.Lower(this=self.tree))

    def upper(self) -> Expression:
        return Expression(exp.Upper(this=self.tree))

    def length(self) -> Expression:
        """How many characters."""
        return Expression(exp.Length(this=self.tree))

    def like(self, pattern: str) -> Expression:
        """Whether the whole text fits; ``%`` any characters, ``_`` any one."""
        return Expression(
            exp.Like(this=exp.paren(self.tree), expression=exp.Literal.string(pattern))
        )

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


class When:
    """`when` ... ``.then`` ... ``.otherwise``."""

    def __init__(self, case: exp.Case, condition: exp.Expr) -> None:
        self._case = case
        self._condition = condition

    def then(self, value: object) -> Case:
        return Case(self._case.when(self._condition, tree_of(value), copy=True))


class Case(Expression):
    """Null where no condition holds and there is no ``otherwise``."""

    tree: exp.Case

    def when(self, condition: Expression) -> When:
        return When(self.tree, condition.tree)

    def otherwise(self, value: object) -> Expression:
        return Expression(self.tree.else_(tree_of(value), copy=True))


def col(name: str) -> Expression:
    """A column by its name."""
    return Expression(exp.column(name, quoted=True))


def lit(value: object) -> Expression:
    """A constant."""
    return value if isinstance(value, Expression) else Expression(literal(value))


def when(condition: Expression) -> When:
    """A choice: ``when(col("x") > 0).then("up").otherwise("down")``."""
    return When(exp.Case(), condition.tree)


def coalesce(*values: object) -> Expression:
    """The first that is not null. Strings are constants; name columns with `col`."""
    first, *rest = (tree_of(value) for value in values)
    return Expression(exp.Coalesce(this=first, expressions=rest))


def concat(*values: object) -> Expression:
    """Texts joined; null when one of them is."""
    first, *rest = (tree_of(value) for value in values)
    for tree in rest:
        first = exp.DPipe(this=first, expression=tree)
    return Expression(first)


def make_date(year: str | Expression, month: str | Expression, day: str | Expression) -> Expression:
    """A date of three integers, each a column's name or an expression."""
    parts = (exp.cast(column_tree(part), "INT") for part in (year, month, day))
    return Expression(exp.Anonymous(this="MAKE_DATE", expressions=list(parts)))


def tree_of(value: object) -> exp.Expr:
    """The tree of an operand: an expression's own, else a constant's."""
    return value.tree.copy() if isinstance(value, Expression) else literal(value)


def column_tree(value: str | Expression) -> exp.Expr:
    """The tree of a column's name or an expression."""
    return _by_value((col(value) if isinstance(value, str) else value).tree)


def _by_value(tree: exp.Expr) -> exp.Expr:
    """A whole number is cast, for alone in GROUP BY or ORDER BY it would count columns."""
    alone = tree.this if isinstance(tree, exp.Neg) else tree
    return exp.cast(tree.copy(), "BIGINT") if alone.is_int else tree.copy()


def order_terms(
    by: str | Expression | Ordering | Iterable[str | Expression | Ordering],
) -> list[exp.Expr]:
    """ORDER BY terms; ascending with nulls last unless told."""
    many = [by] if isinstance(by, (str, Expression, Ordering)) else list(by)
    return [_ordering(term).tree for term in many]


def _ordering(term: str | Expression | Ordering) -> Ordering:
    if isinstance(term, Ordering):
        return term
    return (col(term) if isinstance(term, str) else term).asc()


def _nested(tree: exp.Expr) -> exp.Expr:
    return exp.paren(tree) if isinstance(tree, (exp.Binary, exp.Not, exp.Between, exp.In)) else tree


def _check_part(part: str) -> None:
    if part not in DATE_PARTS:
        raise DefinitionError(
            f"'{part}' is no part of a date", at=callsite(), hint=suggest(part, DATE_PARTS)
        )
