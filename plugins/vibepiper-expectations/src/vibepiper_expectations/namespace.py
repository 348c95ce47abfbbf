"""`expect`: the checks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.errors import suggest

from vibepiper_expectations import (
    aggregates,
    column_values,
    distinct,
    distribution,
    formats,
    freshness,
    functions,
    groups,
    ordering,
    pairs,
    references,
    sql_checks,
    structure,
    tables,
    texts,
    values,
)

__all__ = ["expect", "names_of_checks"]


class _Expectations:
    """The checks there are. Each is called with a column and its arguments, and decorates an
    asset or the function below ``@asset``, in any order::

        @asset
        @expect.column_values_not_null("id")
        @expect.column_values_between("age", 0, 120, mostly=0.99, severity="warn")
        def customers() -> pa.Table: ...
    """

    # The columns themselves
    column_exists = structure.ColumnExists
    column_has_type = structure.ColumnHasType
    column_type_in = structure.ColumnTypeIn
    columns_are = structure.ColumnsAre
    columns_in_order = structure.ColumnsInOrder
    column_count_between = structure.ColumnCountBetween

    # Values of one column
    column_values_not_null = column_values.ColumnValuesNotNull
    column_values_null = values.ColumnValuesNull
    column_values_unique = column_values.ColumnValuesUnique
    column_values_between = column_values.ColumnValuesBetween
    column_values_in_set = column_values.ColumnValuesInSet
    column_values_not_in_set = values.ColumnValuesNotInSet
    column_values_finite = values.ColumnValuesFinite
    column_values_multiple_of = values.ColumnValuesMultipleOf
    column_values_not_in_future = values.ColumnValuesNotInFuture
    column_values_z_scores_below = values.ColumnValuesZScoresBelow

    # Texts
    column_values_lengths_between = column_values.ColumnValuesLengthsBetween
    column_values_match_regex = column_values.ColumnValuesMatchRegex
    column_values_not_match_regex = texts.ColumnValuesNotMatchRegex
    column_values_match_any_regex = texts.ColumnValuesMatchAnyRegex
    column_values_match_no_regex = texts.ColumnValuesMatchNoRegex
    column_values_match_like = texts.ColumnValuesMatchLike
    column_values_match_any_like = texts.ColumnValuesMatchAnyLike
    column_values_match_no_like = texts.ColumnValuesMatchNoLike
    column_values_start_with = texts.ColumnValuesStartWith
    column_values_end_with = texts.ColumnValuesEndWith
    column_values_contain = texts.ColumnValuesContain
    column_values_not_blank = texts.ColumnValuesNotBlank
    column_values_trimmed = texts.ColumnValuesTrimmed
    column_values_upper_case = texts.ColumnValuesUpperCase
    column_values_lower_case = texts.ColumnValuesLowerCase
    column_values_are_emails = formats.ColumnValuesAreEmails
    column_values_are_urls = formats.ColumnValuesAreUrls
    column_values_are_uuids = formats.ColumnValuesAreUuids
    column_values_are_ip_addresses = formats.ColumnValuesAreIpAddresses
    column_values_are_json = formats.ColumnValuesAreJson
    column_values_are_dates = formats.ColumnValuesAreDates

    # Rows
    column_pair_comparison = tables.ColumnPairComparison
    column_pair_in_set = pairs.ColumnPairInSet
    columns_unique_together = pairs.ColumnsUniqueTogether
    columns_distinct_in_row = pairs.ColumnsDistinctInRow
    columns_sum_to = pairs.ColumnsSumTo
    any_column_not_null = pairs.AnyColumnNotNull
    rows_complete = pairs.RowsComplete
    expression_true = sql_checks.ExpressionTrue
    rows_satisfy = functions.RowsSatisfy

    # Rows in an order, and in groups
    column_values_increasing = ordering.ColumnValuesIncreasing
    column_values_decreasing = ordering.ColumnValuesDecreasing
    column_values_sequential = ordering.ColumnValuesSequential
    column_gaps_at_most = ordering.ColumnGapsAtMost
    intervals_not_overlapping = ordering.IntervalsNotOverlapping
    group_row_count_between = groups.GroupRowCountBetween
    group_measure_between = groups.GroupMeasureBetween

    # One number of a column
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
    column_entropy_between = aggregates.ColumnEntropyBetween
    columns_correlation_between = aggregates.ColumnsCorrelationBetween
    column_fresh_within = freshness.ColumnFreshWithin

    # Which values a column has, and how often
    column_has_all_of = distinct.ColumnHasAllOf
    column_has_exactly = distinct.ColumnHasExactly
    column_most_common_in_set = distinct.ColumnMostCommonInSet
    column_chi_square_above = distribution.ColumnChiSquareAbove
    column_kl_divergence_below = distribution.ColumnKlDivergenceBelow
    column_kolmogorov_smirnov_above = distribution.ColumnKolmogorovSmirnovAbove

    # The table, and other assets
    row_count_between = tables.RowCountBetween
    row_count_compares_to = references.RowCountComparesTo
    table_equals = references.TableEquals
    table_satisfies = functions.TableSatisfies
    column_values_in_reference = references.ColumnValuesInReference
    sql_returns_no_rows = sql_checks.SqlReturnsNoRows
    sql_value_between = sql_checks.SqlValueBetween

    if not TYPE_CHECKING:  # so that a type checker reports a wrong name itself

        def __getattr__(self, name: str) -> object:
            from vibepiper_expectations.packs import pack

            if not name.startswith("_") and (found := pack(name)) is not None:
                return found
            hint = suggest(name, names_of_checks())
            raise AttributeError(f"there is no check 'expect.{name}'. {hint}")


def names_of_checks() -> list[str]:
    """The names of this package's own checks."""
    return [known for known in vars(_Expectations) if not known.startswith("_")]


expect = _Expectations()
