"""Checks of one number that is computed of a column: its mean, its spread, its quantiles."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vibepiper_expectations.bounds import between, bounds_text, check_bounds, check_counts
from vibepiper_expectations.families import (
    EVERY,
    NUMBERS,
    ORDERED,
    SCALARS,
    Family,
    Value,
    families_of,
)
from vibepiper_expectations.kinds import TableExpectation, Verdict, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column, Columns
    from vibepiper_expectations.measures import Measure

__all__ = [
    "ColumnDistinctCountBetween",
    "ColumnMaxBetween",
    "ColumnMeanBetween",
    "ColumnMeasureBetween",
    "ColumnMedianBetween",
    "ColumnMinBetween",
    "ColumnNullShareBetween",
    "ColumnQuantileBetween",
    "ColumnStdBetween",
    "ColumnSumBetween",
    "ColumnUniqueShareBetween",
    "ColumnVarianceBetween",
]


@dataclass(frozen=True)
class _Bounded(TableExpectation):
    column: str
    min: float | None = None
    max: float | None = None

    noun: ClassVar[str]
    families: ClassVar[frozenset[Family]] = NUMBERS

    def verify(self) -> None:
        super().verify()
        check_bounds(self, self.min, self.max)
        for bound in (self.min, self.max):
            if isinstance(bound, bool) or not isinstance(bound, int | float | None):
                raise self.wrong(f"{bound!r} cannot bound {self.noun}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"{self.noun} of {bounds_text(self.min, self.max)}"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


@dataclass(frozen=True)
class ColumnMeasureBetween(_Bounded):
    """What is measured of a column, nulls aside, lies between ``min`` and ``max``, both included;
    None is no bound. What is measured of no values fails, and so does NaN."""

    def measure(self, columns: Columns) -> Measure:
        return self.measured(columns.get(self.column, self.families, self.label))

    @abstractmethod
    def measured(self, column: Column) -> Measure:
        """What is measured of the column."""


@expectation
class ColumnMeanBetween(ColumnMeasureBetween):
    """The mean of a column of numbers, nulls aside, lies between ``min`` and ``max``, both
    included; None is no bound. The mean of no values fails, and so does one with a NaN in it."""

    noun = "a mean"

    def measured(self, column: Column) -> Measure:
        return column.measure("CAST(AVG(x) AS DOUBLE)")


@expectation
class ColumnStdBetween(ColumnMeasureBetween):
    """The standard deviation of a sample (n - 1), nulls aside; of fewer than two values fails."""

    noun = "a standard deviation"

    def measured(self, column: Column) -> Measure:
        return column.measure("STDDEV_SAMP(CAST(x AS DOUBLE))")


@expectation
class ColumnVarianceBetween(ColumnMeasureBetween):
    """The variance of a sample (n - 1), nulls aside; of fewer than two values fails."""

    noun = "a variance"

    def measured(self, column: Column) -> Measure:
        return column.measure("VAR_SAMP(CAST(x AS DOUBLE))")


@expectation
class ColumnSumBetween(ColumnMeasureBetween):
    """The sum of the values; of none fails."""

    noun = "a sum"

    def measured(self, column: Column) -> Measure:
        return column.measure("CAST(SUM(x) AS DOUBLE)")


@expectation
class ColumnQuantileBetween(TableExpectation):
    """The ``quantile`` (0 to 1) of the values, nulls aside, interpolated between the two next to
    it, lies between the bounds. With ``approximate``, DuckDB estimates it by a t-digest."""

    column: str
    quantile: float
    min: float | None = None
    max: float | None = None
    approximate: bool = False

    def verify(self) -> None:
        super().verify()
        if isinstance(self.quantile, bool) or not isinstance(self.quantile, int | float):
            raise self.wrong(f"the quantile is {self.quantile!r}, expected a number from 0 to 1")
        if not 0 <= self.quantile <= 1:
            raise self.wrong(f"the quantile is {self.quantile}, expected 0 to 1")
        check_bounds(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"a quantile of {bounds_text(self.min, self.max)}"

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, NUMBERS, self.label)
        return column.quantile(self.quantile, approximate=self.approximate)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


@expectation
class ColumnMedianBetween(ColumnMeasureBetween):
    """The median, nulls aside; of an even number of values the mean of the middle two."""

    noun = "a median"

    def measured(self, column: Column) -> Measure:
        return column.quantile(0.5)


@dataclass(frozen=True)
class _Extreme(TableExpectation):
    column: str
    min: Value | None = None
    max: Value | None = None

    def verify(self) -> None:
        super().verify()
        check_bounds(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def accepts(self) -> frozenset[Family]:
        """The families of column that the bounds can be of."""
        return families_of(b for b in (self.min, self.max) if b is not None) & ORDERED

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


@expectation
class ColumnMinBetween(_Extreme):
    """The least value lies between the bounds, which are of the column's kind: numbers, dates or
    datetimes. NaN is the greatest of all; the least of no values fails."""

    @property
    def expected(self) -> str:
        return f"a least value of {bounds_text(self.min, self.max)}"

    def measure(self, columns: Columns) -> Measure:
        return columns.get(self.column, self.accepts, self.label).extreme("MIN(x)")


@expectation
class ColumnMaxBetween(_Extreme):
    """The greatest value lies between the bounds, which are of the column's kind: numbers, dates
    or datetimes. NaN is the greatest of all, and fails; so does the greatest of no values."""

    @property
    def expected(self) -> str:
        return f"a greatest value of {bounds_text(self.min, self.max)}"

    def measure(self, columns: Columns) -> Measure:
        return columns.get(self.column, self.accepts, self.label).extreme("MAX(x)")


@expectation
class ColumnNullShareBetween(ColumnMeasureBetween):
    """The share of nulls among all rows, 0 to 1, lies between the bounds; of no rows fails."""

    noun = "a share of nulls"
    families = EVERY

    def measured(self, column: Column) -> Measure:
        return column.null_share()


@expectation
class ColumnUniqueShareBetween(ColumnMeasureBetween):
    """The number of distinct values by that of values, nulls aside, lies between the bounds."""

    noun = "a share of distinct values"
    families = SCALARS

    def measured(self, column: Column) -> Measure:
        return column.measure("CAST(COUNT(DISTINCT x) AS DOUBLE) / NULLIF(COUNT(x), 0)")


@expectation
class ColumnDistinctCountBetween(TableExpectation):
    """The number of distinct values, nulls aside, lies between ``min`` and ``max``. With
    ``approximate``, DuckDB estimates it (HyperLogLog, about 2 % off)."""

    column: str
    min: int | None = None
    max: int | None = None
    approximate: bool = False

    def verify(self) -> None:
        super().verify()
        check_counts(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} distinct values"

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, SCALARS, self.label)
        estimate = self.approximate and columns.dialect == "duckdb"
        return column.measure("APPROX_DISTINCT(x)" if estimate else "COUNT(DISTINCT x)")

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


@expectation
class ColumnsCorrelationBetween(TableExpectation):
    """Pearson's correlation of two columns of numbers, over the rows where neither is null, lies
    between ``min`` and ``max``. Of fewer than two rows, or of a constant, fails."""

    left: str
    right: str
    min: float | None = None
    max: float | None = None

    def verify(self) -> None:
        super().verify()
        check_bounds(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.left, self.right)

    @property
    def expected(self) -> str:
        return f"a correlation of {bounds_text(self.min, self.max)}"

    def measure(self, columns: Columns) -> Measure:
        left, right = columns.several(self.column_names, NUMBERS, self.label)
        return columns.correlation(left, right)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)


@expectation
class ColumnEntropyBetween(_Bounded):
    """Shannon's entropy of the values, nulls aside, in bits, lies between ``min`` and ``max``: 0
    where all are equal, the logarithm of how many there are where each occurs as often."""

    noun = "an entropy"
    families = SCALARS

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, self.families, self.label)
        total, logs = "SUM(COUNT(*))", "SUM(COUNT(*) * LN(COUNT(*)))"
        return columns.grouped(
            [column],
            f"(LN(CAST({total} AS DOUBLE)) - CAST({logs} AS DOUBLE) / CAST({total} AS DOUBLE))"
            " / LN(2)",
        )
