"""Checks of a whole table, and of columns against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from vibepiper.errors import DataError, suggest

from vibepiper_expectations.bounds import bounds_text, check_bounds, check_counts
from vibepiper_expectations.expectation import RowExpectation, TableExpectation
from vibepiper_expectations.families import NUMBERS, ORDERED, SCALARS, Comparison

if TYPE_CHECKING:
    from sqlglot import exp

    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["ColumnMeanBetween", "ColumnPairComparison", "RowCountBetween"]


@dataclass(frozen=True)
class RowCountBetween(TableExpectation):
    """The table has from ``min`` to ``max`` rows; None is no bound."""

    min: int | None = None
    max: int | None = None

    def verify(self) -> None:
        check_counts(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} rows"

    def measure(self, columns: Columns) -> exp.Expr:
        return columns.count()

    def holds(self, value: float | None) -> bool:
        return value is not None and _within(value, self.min, self.max)


@dataclass(frozen=True)
class ColumnMeanBetween(TableExpectation):
    """The mean of a column of numbers, nulls aside, lies between ``min`` and ``max``, both
    included; None is no bound. The mean of no values fails, and so does one with a NaN in it."""

    column: str
    min: float | None = None
    max: float | None = None

    def verify(self) -> None:
        check_bounds(self, self.min, self.max)
        for bound in (self.min, self.max):
            if isinstance(bound, bool) or not isinstance(bound, int | float | None):
                raise self.wrong(f"{bound!r} cannot bound a mean")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"a mean of {bounds_text(self.min, self.max)}"

    def measure(self, columns: Columns) -> exp.Expr:
        return columns.get(self.column, NUMBERS, self.label).mean()

    def holds(self, value: float | None) -> bool:
        return value is not None and _within(value, self.min, self.max)


@dataclass(frozen=True)
class ColumnPairComparison(RowExpectation):
    """In every row ``left comparison right`` holds: ``("start", "<=", "end")``.

    Rows where either is null are not examined; NaN fails any comparison. The columns are both
    of numbers, or of one family; text, and what else has no order, compares with = and != only.
    """

    left: str
    comparison: Comparison
    right: str

    def verify(self) -> None:
        if self.comparison not in get_args(Comparison):
            raise self.wrong(
                f"{self.comparison!r} is no comparison", suggest("", get_args(Comparison))
            )
        if self.left == self.right:
            raise self.wrong(f"'{self.left}' is compared with itself")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.left, self.right)

    @property
    def expected(self) -> str:
        return f"{self.left} {self.comparison} {self.right}"

    def failures(self, columns: Columns) -> Failures:
        accepts = SCALARS if self.comparison in ("=", "!=") else ORDERED
        left, right = (columns.get(name, accepts, self.label) for name in self.column_names)
        if left.family != right.family and not NUMBERS.issuperset((left.family, right.family)):
            raise DataError(
                f"asset '{columns.asset}': {self.label} cannot compare "
                f"{left.type} ('{left.name}') with {right.type} ('{right.name}')"
            )
        return left.differs(self.comparison, right)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high) and value == value
