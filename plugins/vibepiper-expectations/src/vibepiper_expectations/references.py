"""Checks against the published data of other assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper_expectations.expectation import RowExpectation, expectation
from vibepiper_expectations.families import SCALARS

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["ColumnValuesInReference"]


@expectation
class ColumnValuesInReference(RowExpectation):
    """Every value occurs in a column of another asset: ``other``, or the one of the same name.
    That asset is upstream of the checked one."""

    column: str
    asset: str
    other: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def assets(self) -> tuple[str, ...]:
        return (self.asset,)

    @property
    def expected(self) -> str:
        return f"a value of {self.asset}.{self.other or self.column}"

    def failures(self, columns: Columns) -> Failures:
        column = columns.get(self.column, SCALARS, self.label)
        return columns.absent_from(column, self.asset, self.other or self.column, self.label)
