"""Functions of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from vibepiper_transform.literals import literal
from vibepiper_transform.operand import Operand, check_whole, tree_of

if TYPE_CHECKING:
    from vibepiper_transform.expressions import Expression

__all__ = ["NumberFunctions", "not_zero"]


class NumberFunctions(Operand):
    """What is asked of a number."""

    def abs(self) -> Expression:
        return self._of(exp.Abs(this=self._this()))

    def round(self, digits: int = 0) -> Expression:
        """Halves go away from zero."""
        check_whole("a number of digits", digits)
        return self._of(exp.Round(this=self._this(), decimals=literal(digits)))

    def floor(self) -> Expression:
        """The greatest whole number that is not above it."""
        return self._of(exp.Floor(this=self._this()))

    def ceil(self) -> Expression:
        """The least whole number that is not below it."""
        return self._of(exp.Ceil(this=self._this()))

    def sign(self) -> Expression:
        """-1, 0 or 1, as an integer."""
        return self._of(exp.cast(exp.Sign(this=self._this()), "BIGINT"))

    def sqrt(self) -> Expression:
        """The square root, as a DOUBLE; of a negative number null."""
        return self._of(exp.Sqrt(this=_where(self, exp.GTE)))

    def ln(self) -> Expression:
        """The natural logarithm, as a DOUBLE; of zero and below null."""
        return self._of(exp.Ln(this=_where(self, exp.GT)))

    def exp(self) -> Expression:
        """e to its power, as a DOUBLE."""
        return self._of(exp.Exp(this=_double(self)))

    def is_nan(self) -> Expression:
        return self._of(exp.IsNan(this=_double(self)))


def not_zero(value: object) -> exp.Expr:
    """A divisor, null where it is zero."""
    return exp.Nullif(this=tree_of(value), expression=exp.Literal.number(0))


def _double(operand: Operand) -> exp.Expr:
    return exp.cast(operand.tree.copy(), "DOUBLE")


def _where(operand: Operand, allowed: type[exp.Binary]) -> exp.Expr:
    """It as a DOUBLE, and null where it is not ``allowed`` beside zero: engines raise there."""
    test = allowed(this=_double(operand), expression=exp.Literal.number(0))
    return exp.Case().when(test, _double(operand), copy=False)
