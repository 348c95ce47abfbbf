"""More checks of the values of one column: what they must not be, and what numbers must be."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from vibepiper_expectations.column_values import ColumnValuesInSet
from vibepiper_expectations.families import EVERY, NUMBERS, Family, Value
from vibepiper_expectations.kinds import ColumnValueExpectation, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column
    from vibepiper_expectations.failures import Failures

__all__ = [
    "ColumnValuesFinite",
    "ColumnValuesMultipleOf",
    "ColumnValuesNotInFuture",
    "ColumnValuesNotInSet",
    "ColumnValuesNull",
    "ColumnValuesZScoresBelow",
]


@expectation
class ColumnValuesNull(ColumnValueExpectation):
    """Every value is null."""

    @property
    def accepts(self) -> frozenset[Family]:
        return EVERY

    @property
    def expected(self) -> str:
        return "null"

    def failing(self, column: Column) -> Failures:
        return column.present()


@expectation
class ColumnValuesNotInSet(ColumnValuesInSet):
    """No value is one of ``values``, which are all of one kind. NaN is none of them."""

    values: Collection[Value]

    @property
    def expected(self) -> str:
        return f"not {super().expected}"

    def failing(self, column: Column) -> Failures:
        return column.among(self.values)


@expectation
class ColumnValuesFinite(ColumnValueExpectation):
    """Every number is finite: neither NaN nor an infinity."""

    @property
    def accepts(self) -> frozenset[Family]:
        return NUMBERS

    @property
    def expected(self) -> str:
        return "a finite number"

    def failing(self, column: Column) -> Failures:
        return column.not_finite()


@expectation
class ColumnValuesMultipleOf(ColumnValueExpectation):
    """Every integer is a multiple of ``divisor``."""

    divisor: int

    @property
    def accepts(self) -> frozenset[Family]:
        return frozenset(("integer",))

    def verify(self) -> None:
        super().verify()
        if isinstance(self.divisor, bool) or not isinstance(self.divisor, int) or self.divisor < 1:
            raise self.wrong(f"the divisor is {self.divisor!r}, expected a whole number above 0")

    @property
    def expected(self) -> str:
        return f"a multiple of {self.divisor}"

    def failing(self, column: Column) -> Failures:
        return column.where("x % :divisor <> 0", divisor=self.divisor)


@expectation
class ColumnValuesNotInFuture(ColumnValueExpectation):
    """Every date or timestamp is of the moment of the check (UTC) or before it."""

    @property
    def accepts(self) -> frozenset[Family]:
        return frozenset(("date", "timestamp", "timestamp with time zone"))

    @property
    def expected(self) -> str:
        return "no later than the check"

    def failing(self, column: Column) -> Failures:
        now = datetime.datetime.now(datetime.UTC)
        moments: dict[Family, Value] = {
            "date": now.date(),
            "timestamp": now.replace(tzinfo=None),
            "timestamp with time zone": now,
        }
        return column.where("x > :now", now=moments[column.family])


@expectation
class ColumnValuesZScoresBelow(ColumnValueExpectation):
    """Every number lies within ``threshold`` standard deviations (of the sample) of the mean.
    With ``double_sided=False`` only numbers above the mean can fail. Where all are equal, or one
    is NaN, none fails."""

    threshold: float
    _: KW_ONLY
    double_sided: bool = True

    @property
    def accepts(self) -> frozenset[Family]:
        return NUMBERS

    def verify(self) -> None:
        super().verify()
        if isinstance(self.threshold, bool) or not isinstance(self.threshold, int | float):
            raise self.wrong(f"the threshold is {self.threshold!r}, expected a number")
        if not self.threshold > 0:
            raise self.wrong(f"the threshold is {self.threshold}, expected more than 0")

    @property
    def expected(self) -> str:
        return f"within {self.threshold} standard deviations"

    def failing(self, column: Column) -> Failures:
        return column.beyond_deviations(self.threshold, double_sided=self.double_sided)
