"""`expect`: the checks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from vibepiper.errors import suggest

from vibepiper_expectations import column_values, tables

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
    row_count_between = tables.RowCountBetween
    column_mean_between = tables.ColumnMeanBetween
    column_pair_comparison = tables.ColumnPairComparison

    if not TYPE_CHECKING:  # so that a type checker reports a wrong name itself

        def __getattr__(self, name: str) -> NoReturn:
            known = [known for known in vars(type(self)) if not known.startswith("_")]
            raise AttributeError(f"there is no check 'expect.{name}'. {suggest(name, known)}")


expect = _Expectations()
