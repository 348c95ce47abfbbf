"""`expect`: the checks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from vibepiper.errors import suggest

from vibepiper_expectations import (
    aggregates,
    column_values,
    ordering,
    pairs,
    references,
    tables,
)

__all__ = ["expect"]


class _Expectations:
    """The checks there are. Each is called with a column and its arguments, and decorates an
    asset or the function below ``@asset``, in any order::

        @asset
        @expect.column_values_not_null("id")
        @expect.column_values_between("age", 0, 120, mostly=0.99, severity="warn")
        def customers() -> pa.Table: ...
    """

    column_values_not_null = column_values.ColumnValuesNotNull
    column_values_unique = column_values.ColumnValuesUnique
    column_values_between = column_values.ColumnValuesBetween
    column_values_in_set = column_values.ColumnValuesInSet
    column_values_match_regex = column_values.ColumnValuesMatchRegex
    column_values_lengths_between = column_values.ColumnValuesLengthsBetween
    column_values_in_reference = references.ColumnValuesInReference
    column_values_increasing = ordering.ColumnValuesIncreasing
    column_values_decreasing = ordering.ColumnValuesDecreasing
    columns_unique_together = pairs.ColumnsUniqueTogether
    column_pair_comparison = tables.ColumnPairComparison
    column_mean_between = aggregates.ColumnMeanBetween
    column_median_between = aggregates.ColumnMedianBetween
    column_quantile_between = aggregates.ColumnQuantileBetween
    column_std_between = aggregates.ColumnStdBetween
    column_variance_between = aggregates.ColumnVarianceBetween
    column_sum_between = aggregates.ColumnSumBetween
    column_min_between = aggregates.ColumnMinBetween
    column_max_between = aggregates.ColumnMaxBetween
    column_null_share_between = aggregates.ColumnNullShareBetween
    column_unique_share_between = aggregates.ColumnUniqueShareBetween
    column_distinct_count_between = aggregates.ColumnDistinctCountBetween
    row_count_between = tables.RowCountBetween

    if not TYPE_CHECKING:  # so that a type checker reports a wrong name itself

        def __getattr__(self, name: str) -> NoReturn:
            known = [known for known in vars(type(self)) if not known.startswith("_")]
            raise AttributeError(f"there is no check 'expect.{name}'. {suggest(name, known)}")


expect = _Expectations()
