"""`observe`: what an asset's columns measure at each run, kept with what its checks find."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args

from sqlglot import exp
from vibepiper import with_checks

from vibepiper_expectations.families import EVERY, NUMBERS, SCALARS
from vibepiper_expectations.kinds import TableExpectation, Verdict
from vibepiper_expectations.measures import Measure

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column, Columns

__all__ = ["ObservedColumn", "ObservedRowCount", "observe"]

F = TypeVar("F")
Observation: TypeAlias = Literal["null_share", "distinct_share", "mean", "min", "max"]


def observe(*columns: str) -> Callable[[F], F]:
    """Keeps, with the results of an asset's checks at every run, how many rows it has, and of
    each of the ``columns`` the share of nulls (0 to 1), the share of different values among those
    that are not null, and the mean, the least and the greatest: of numbers, of the lengths of
    texts, of booleans as 0 and 1; of all else none. Whatever they are, they pass.

    ``vibepiper quality`` shows how they change, and finds what is unusual.
    """
    checks = tuple(_observed(columns))
    return lambda target: with_checks(target, *checks)


def _observed(columns: tuple[str, ...]) -> Iterator[TableExpectation]:
    yield ObservedRowCount(severity="warn")
    for column in columns:
        for what in get_args(Observation):
            yield ObservedColumn(column, what, severity="warn")


@dataclass(frozen=True)
class _Observed(TableExpectation):
    @property
    def expected(self) -> str:
        return "any"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        value = values[0]
        if not isinstance(value, int | float | Decimal) or not math.isfinite(value):
            return Verdict(True, "no number")
        return Verdict(True, f"{float(value):.15g}", float(value))


@dataclass(frozen=True)
class ObservedRowCount(_Observed):
    """How many rows there are."""

    shows_values = False

    @property
    def label(self) -> str:
        return "observed_row_count()"

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    def measure(self, columns: Columns) -> Measure:
        return columns.row_count()


@dataclass(frozen=True)
class ObservedColumn(_Observed):
    """One number of one column."""

    column: str
    what: Observation

    @property
    def label(self) -> str:
        return f"observed_{self.what}({self.column})"

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, EVERY, self.label)
        if self.what == "null_share":
            return column.null_share()
        if self.what == "distinct_share":
            return _distinct_share(column)
        if column.family in NUMBERS and self.what != "mean":
            return column.extreme(f"{self.what.upper()}(x)")
        function = {"mean": "AVG", "min": "MIN", "max": "MAX"}[self.what]
        number = _number(column)
        return _nothing() if number is None else column.measure(f"{function}({number})")


def _number(column: Column) -> str | None:
    """What stands for a value, as a template."""
    if column.family in NUMBERS:
        return "CAST(x AS DOUBLE)"
    if column.family == "string":
        return "CAST(LENGTH(x) AS DOUBLE)"
    if column.family == "boolean":
        return "CAST(CASE WHEN x THEN 1 WHEN NOT x THEN 0 END AS DOUBLE)"
    return None


def _distinct_share(column: Column) -> Measure:
    if column.family not in SCALARS:
        return _nothing()
    return column.measure("CAST(COUNT(DISTINCT x) AS DOUBLE) / NULLIF(COUNT(x), 0)")


def _nothing() -> Measure:
    return Measure((exp.Max(this=exp.null()),))
