"""Checks of a whole table, and of columns against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from vibepiper.errors import suggest

from vibepiper_expectations.bounds import between, bounds_text, check_counts
from vibepiper_expectations.families import ORDERED, SCALARS, Comparison
from vibepiper_expectations.kinds import RowExpectation, TableExpectation, Verdict

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures
    from vibepiper_expectations.measures import Measure

__all__ = ["ColumnPairComparison", "RowCountBetween"]


@dataclass(frozen=True)
class RowCountBetween(TableExpectation):
    """The table has from ``min`` to ``max`` rows; None is no bound."""

    shows_values = False
    min: int | None = None
    max: int | None = None

    def verify(self) -> None:
        super().verify()
        check_counts(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} rows"

    def measure(self, columns: Columns) -> Measure:
        return columns.row_count()

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


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
        super().verify()
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
        columns.check_comparable(left, right, self.label)
        return left.differs(self.comparison, right)
