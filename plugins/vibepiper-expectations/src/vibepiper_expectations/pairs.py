"""Checks of several columns together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.expectation import RowExpectation, expectation
from vibepiper_expectations.families import SCALARS

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["ColumnsUniqueTogether"]


@expectation
class ColumnsUniqueTogether(RowExpectation):
    """No combination of values of the columns occurs twice; rows with a null among them aside.
    Every row of a repeated combination fails."""

    columns: Iterable[str]

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns, least=2))

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def expected(self) -> str:
        return "no combination twice"

    def failures(self, columns: Columns) -> Failures:
        return columns.repeated(columns.several(self.column_names, SCALARS, self.label))
