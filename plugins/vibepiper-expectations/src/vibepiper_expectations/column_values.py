"""Checks of the values of one column."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from vibepiper.errors import DefinitionError

from vibepiper_expectations.arguments import members_of
from vibepiper_expectations.bounds import bounds_text, check_bounds, check_counts
from vibepiper_expectations.families import (
    EVERY,
    ORDERED,
    Family,
    Value,
    families_of,
    value_type,
)
from vibepiper_expectations.kinds import ColumnValueExpectation
from vibepiper_expectations.patterns import check_pattern

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column
    from vibepiper_expectations.failures import Failures

__all__ = [
    "ColumnValuesBetween",
    "ColumnValuesInSet",
    "ColumnValuesLengthsBetween",
    "ColumnValuesMatchRegex",
    "ColumnValuesNotNull",
    "ColumnValuesUnique",
]

STRINGS: frozenset[Family] = frozenset(("string",))


@dataclass(frozen=True)
class ColumnValuesNotNull(ColumnValueExpectation):
    """No value is null. NaN is not null. Every row is examined."""

    @property
    def accepts(self) -> frozenset[Family]:
        return EVERY

    @property
    def expected(self) -> str:
        return "no null"

    def failing(self, column: Column) -> Failures:
        return column.missing()


@dataclass(frozen=True)
class ColumnValuesUnique(ColumnValueExpectation):
    """No value occurs twice; nulls aside. Every row of a repeated value fails.

    NaN equals NaN. The examples are repeated values and how often each occurs.
    """

    @property
    def expected(self) -> str:
        return "no value twice"

    def failing(self, column: Column) -> Failures:
        return column.repeated()


@dataclass(frozen=True)
class ColumnValuesBetween(ColumnValueExpectation):
    """Every value lies between ``min`` and ``max``, which are included unless strict; None is
    no bound. NaN always fails.

    Numbers bound columns of numbers, dates columns of dates, and datetimes columns of
    timestamps: with a time zone if they have one.
    """

    min: Value | None = None
    max: Value | None = None
    _: KW_ONLY
    strict_min: bool = False
    strict_max: bool = False

    def verify(self) -> None:
        super().verify()
        check_bounds(self, self.min, self.max, strict=self.strict_min or self.strict_max)
        if not self.accepts:
            raise self.wrong(f"{_types(self._bounds)} cannot bound a column")

    @property
    def accepts(self) -> frozenset[Family]:
        return families_of(self._bounds) & ORDERED

    @property
    def expected(self) -> str:
        return bounds_text(self.min, self.max, strict=(self.strict_min, self.strict_max))

    def failing(self, column: Column) -> Failures:
        return column.outside(
            self.min, self.max, strict_low=self.strict_min, strict_high=self.strict_max
        )

    @property
    def _bounds(self) -> tuple[Value, ...]:
        return tuple(bound for bound in (self.min, self.max) if bound is not None)


@dataclass(frozen=True)
class ColumnValuesInSet(ColumnValueExpectation):
    """Every value is one of ``values``, which are all of one kind; an Enum's members stand for
    their values."""

    values: Collection[Value]

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "values", members_of(self, self.values))

    @property
    def accepts(self) -> frozenset[Family]:
        return families_of(self.values)

    @property
    def expected(self) -> str:
        shown = ", ".join(repr(value) for value in list(self.values)[:10])
        return f"one of {shown}{', ...' if len(self.values) > 10 else ''}"

    def failing(self, column: Column) -> Failures:
        return column.not_in(self.values)


@dataclass(frozen=True)
class ColumnValuesMatchRegex(ColumnValueExpectation):
    r"""``pattern`` is found somewhere in every value; anchor it with ``^`` and ``$``.

    ``.`` matches newlines too; ``\w``, ``\d`` and ``\s`` are ASCII. A pattern that DuckDB and
    Postgres would read differently is refused.
    """

    pattern: str

    def verify(self) -> None:
        super().verify()
        if not isinstance(self.pattern, str):
            raise self.wrong(f"the pattern is {self.pattern!r}, expected a string")
        try:
            check_pattern(self.pattern)
        except DefinitionError as error:
            raise self.wrong(error.message, error.hint) from error

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return f"a match of {self.pattern}"

    def failing(self, column: Column) -> Failures:
        return column.not_matching(self.pattern)


@dataclass(frozen=True)
class ColumnValuesLengthsBetween(ColumnValueExpectation):
    """Every text has from ``min`` to ``max`` characters (Unicode code points); None is no
    bound."""

    min: int | None = None
    max: int | None = None

    def verify(self) -> None:
        super().verify()
        check_counts(self, self.min, self.max)

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} characters"

    def failing(self, column: Column) -> Failures:
        return column.length_outside(self.min, self.max)


def _types(values: Iterable[Value]) -> str:
    return " and ".join(sorted({value_type(value) for value in values}))
