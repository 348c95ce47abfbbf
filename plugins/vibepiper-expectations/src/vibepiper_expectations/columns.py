"""The data under check, as checks see it."""

from __future__ import annotations

from vibepiper_expectations.column import Column
from vibepiper_expectations.row_predicates import RowPredicates
from vibepiper_expectations.table_measures import TableMeasures

__all__ = ["Column", "Columns"]


class Columns(RowPredicates, TableMeasures):
    """The columns of one asset's data: found by name, in predicates on rows, and measured."""
