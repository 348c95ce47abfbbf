"""Checks against the published data of other assets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from vibepiper.errors import suggest

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.families import SCALARS, Comparison
from vibepiper_expectations.kinds import (
    RowExpectation,
    TableExpectation,
    Verdict,
    expectation,
)

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures
    from vibepiper_expectations.measures import Measure

__all__ = ["ColumnValuesInReference", "RowCountComparesTo", "TableEquals"]


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


@dataclass(frozen=True)
class _Referring(TableExpectation):
    @property
    def column_names(self) -> tuple[str, ...]:
        return ()


@expectation
class RowCountComparesTo(_Referring):
    """``rows comparison rows of another asset`` holds, that number times ``factor``: with ``"="``
    both have as many rows, with ``"<="`` and a factor of 2 this one at most twice as many."""

    shows_values = False
    comparison: Comparison
    asset: str
    factor: float = 1.0

    def verify(self) -> None:
        super().verify()
        if self.comparison not in get_args(Comparison):
            raise self.wrong(
                f"{self.comparison!r} is no comparison", suggest("", get_args(Comparison))
            )
        if isinstance(self.factor, bool) or not isinstance(self.factor, int | float):
            raise self.wrong(f"the factor is {self.factor!r}, expected a number")
        if self.when is not None:
            raise self.wrong("rows of another asset are counted all: leave out when")

    @property
    def assets(self) -> tuple[str, ...]:
        return (self.asset,)

    @property
    def expected(self) -> str:
        times = "" if self.factor == 1 else f" times {self.factor}"
        return f"{self.comparison} the rows of {self.asset}{times}"

    def measure(self, columns: Columns) -> Measure:
        return columns.rows_beside(self.asset)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        rows, others = int(values[0]), int(values[1]) * self.factor
        holds = {
            "<": rows < others,
            "<=": rows <= others,
            "=": rows == others,
            "!=": rows != others,
            ">=": rows >= others,
            ">": rows > others,
        }
        return Verdict(holds[self.comparison], f"{rows:,} against {values[1]:,}", float(rows))


@expectation
class TableEquals(_Referring):
    """The table has the rows of another asset, each as often, in any order: in the columns named,
    else in all of its own. Nulls are equal to each other."""

    shows_values = False
    asset: str
    columns: Iterable[str] = ()

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns))
        if self.when is not None:
            raise self.wrong("all rows are compared: leave out when")

    @property
    def assets(self) -> tuple[str, ...]:
        return (self.asset,)

    @property
    def expected(self) -> str:
        return f"the rows of {self.asset}"

    def measure(self, columns: Columns) -> Measure:
        names = tuple(self.columns) or tuple(columns.schema.names)
        shared = columns.several(names, SCALARS, self.label)
        for column in shared:
            columns.other_column(column, self.asset, column.name, self.label)
        return columns.differences(self.asset, shared)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return Verdict(values[0] == 0, f"{values[0]:,} rows of one only", float(values[0]))
