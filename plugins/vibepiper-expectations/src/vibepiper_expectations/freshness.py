"""Checks of how old the data is."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from vibepiper_expectations.families import TIMES
from vibepiper_expectations.kinds import TableExpectation, Verdict, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.measures import Measure

__all__ = ["ColumnFreshWithin"]


@expectation
class ColumnFreshWithin(TableExpectation):
    """The newest value of a column of dates or timestamps (of UTC, where they have no zone) is at
    most ``age`` old when it is checked. A date is as old as its end. No values are not fresh."""

    column: str
    age: datetime.timedelta

    def verify(self) -> None:
        super().verify()
        if not isinstance(self.age, datetime.timedelta) or self.age <= datetime.timedelta(0):
            raise self.wrong(f"the age is {self.age!r}, expected a timedelta above 0")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"at most {self.age} old"

    def measure(self, columns: Columns) -> Measure:
        return columns.get(self.column, TIMES, self.label).extreme("MAX(x)")

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        if values[0] is None:
            return Verdict(False, "no values")
        age = max(datetime.datetime.now(datetime.UTC) - _moment(values[0]), datetime.timedelta(0))
        whole = datetime.timedelta(seconds=round(age.total_seconds()))
        return Verdict(age <= self.age, f"{values[0]}, {whole} old", age.total_seconds())


def _moment(value: datetime.date) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
    ends = value + datetime.timedelta(days=1)
    return datetime.datetime(ends.year, ends.month, ends.day, tzinfo=datetime.UTC)
