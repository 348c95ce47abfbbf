"""Expressions over the columns of a relation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.nested_functions import NestedFunctions
from vibepiper_transform.number_functions import NumberFunctions, not_zero
from vibepiper_transform.operand import condition, free, nested, tree_of
from vibepiper_transform.ordering import Nulls, Ordering
from vibepiper_transform.sql_types import sql_type
from vibepiper_transform.text_functions import TextFunctions
from vibepiper_transform.time_functions import TimeFunctions
from vibepiper_transform.unfinished import Unselected

__all__ = ["Expression", "Ordering", "col", "lit"]

Errors = Literal["raise", "null"]


class Expression(NumberFunctions, TextFunctions, TimeFunctions, NestedFunctions, Unselected):
    """A value of each row. Built from `col` and `lit` with Python's operators; ``&``, ``|`` and
    ``~`` are and, or and not (mind the parentheses). Null is contagious, as in SQL; dividing by
    zero gives null on every engine."""

    __hash__ = None  # type: ignore[assignment]

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
        above = exp.cast(free(self.tree), "DOUBLE", copy=False)
        below = not_zero(other)
        return Expression(exp.Div(this=above, expression=below, typed=False, safe=False))

    def __rtruediv__(self, other: object) -> Expression:
        return lit(other) / self

    def __mod__(self, other: object) -> Expression:
        """The remainder, with the sign of the dividend as in SQL (in Python: the divisor's)."""
        return Expression(exp.Mod(this=nested(self.tree), expression=not_zero(other)))

    def __rmod__(self, other: object) -> Expression:
        return lit(other) % self

    def __pow__(self, other: object) -> Expression:
        """As a DOUBLE."""
        power = exp.cast(tree_of(other), "DOUBLE", copy=False)
        base = exp.cast(free(self.tree), "DOUBLE", copy=False)
        return Expression(exp.Pow(this=base, expression=power))

    def __neg__(self) -> Expression:
        return Expression(exp.Neg(this=nested(self.tree)))

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
        return self._connected(exp.And, other)

    __rand__ = __and__

    def __or__(self, other: object) -> Expression:
        return self._connected(exp.Or, other)

    __ror__ = __or__

    def __invert__(self) -> Expression:
        return Expression(exp.Not(this=nested(self.tree)))

    def is_null(self) -> Expression:
        return Expression(exp.Is(this=nested(self.tree), expression=exp.Null()))

    def is_not_null(self) -> Expression:
        return ~self.is_null()

    def same_as(self, other: object) -> Expression:
        """Whether they are equal, where null is equal to null."""
        return self._binary(exp.NullSafeEQ, other)

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
        return Expression(exp.In(this=nested(self.tree), expressions=trees))

    def between(self, low: object, high: object) -> Expression:
        """Both ends included."""
        ends = {"low": nested(tree_of(low)), "high": nested(tree_of(high))}
        return Expression(exp.Between(this=nested(self.tree), **ends))

    def cast(self, kind: pa.DataType, *, errors: Errors = "raise") -> Expression:
        """As an Arrow type; a value that does not fit is an error when the relation runs, or
        with ``errors="null"`` null."""
        if errors not in get_args(Errors):
            problem = f"errors is 'raise' or 'null', found {errors!r}"
            raise DefinitionError(problem, at=callsite(), hint=suggest(errors, get_args(Errors)))
        made = exp.TryCast if errors == "null" else exp.Cast
        return Expression(made(this=self._this(), to=sql_type(kind)))

    def fill_null(self, value: object) -> Expression:
        return Expression(exp.Coalesce(this=self._this(), expressions=[tree_of(value)]))

    def null_if(self, value: object) -> Expression:
        """Null where it equals ``value``."""
        return Expression(exp.Nullif(this=self._this(), expression=tree_of(_not_null(value))))

    def asc(self, *, nulls: Nulls = "last") -> Ordering:
        return Ordering(self, descending=False, nulls=nulls)

    def desc(self, *, nulls: Nulls = "last") -> Ordering:
        return Ordering(self, descending=True, nulls=nulls)

    def _binary(self, kind: type[exp.Binary], other: object) -> Expression:
        return Expression(kind(this=nested(self.tree), expression=nested(tree_of(other))))

    def _connected(self, kind: type[exp.Binary], other: object) -> Expression:
        return Expression(kind(this=nested(self.tree), expression=nested(condition(other))))


def col(name: str) -> Expression:
    """A column by its name."""
    if not isinstance(name, str):
        raise DefinitionError(f"a column is named by a text, found {name!r}", at=callsite())
    return Expression(exp.column(name, quoted=True))


def lit(value: object) -> Expression:
    """A constant."""
    return value if isinstance(value, Expression) else Expression(literal(value))


def _not_null(value: object) -> object:
    if value is None:
        raise DefinitionError(
            "nothing is equal to null, not even null", at=callsite(), hint="Use .is_null()."
        )
    return value
