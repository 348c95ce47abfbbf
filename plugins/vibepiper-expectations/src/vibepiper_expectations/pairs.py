"""Checks of several columns together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, ClassVar

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.families import EVERY, NUMBERS, SCALARS, Value, families_of
from vibepiper_expectations.kinds import RowExpectation, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = [
    "AnyColumnNotNull",
    "ColumnPairInSet",
    "ColumnsDistinctInRow",
    "ColumnsSumTo",
    "ColumnsUniqueTogether",
    "RowsComplete",
]


class _OfColumns(RowExpectation):
    """Takes ``columns``, of which there must be at least ``least``."""

    columns: Iterable[str]
    least: ClassVar[int] = 2

    def verify(self) -> None:
        super().verify()
        names = names_of(self, "columns", self.columns, least=self.least)
        object.__setattr__(self, "columns", names)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns)


@expectation
class ColumnsUniqueTogether(_OfColumns):
    """No combination of values of the columns occurs twice; rows with a null among them aside.
    Every row of a repeated combination fails."""

    columns: Iterable[str]

    @property
    def expected(self) -> str:
        return "no combination twice"

    def failures(self, columns: Columns) -> Failures:
        return columns.repeated(columns.several(self.column_names, SCALARS, self.label))


@expectation
class ColumnsDistinctInRow(_OfColumns):
    """Within each row no two of the columns are equal; rows with a null among them aside."""

    columns: Iterable[str]

    @property
    def expected(self) -> str:
        return "different values in a row"

    def failures(self, columns: Columns) -> Failures:
        return columns.equal_in_row(
            columns.several(self.column_names, SCALARS, self.label), self.label
        )


@expectation
class ColumnPairInSet(RowExpectation):
    """The values of two columns together are one of ``pairs``; rows with a null aside."""

    left: str
    right: str
    pairs: Iterable[tuple[Value, Value]]

    def verify(self) -> None:
        super().verify()
        pairs = tuple(tuple(pair) for pair in self.pairs)
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise self.wrong(f"the pairs are {pairs!r}, expected pairs of values")
        for side in zip(*pairs, strict=True):
            if not families_of(side):
                raise self.wrong(f"no column can hold {side!r} together")
        object.__setattr__(self, "pairs", pairs)

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.left, self.right)

    @property
    def expected(self) -> str:
        return f"one of {len(tuple(self.pairs))} pairs"

    def failures(self, columns: Columns) -> Failures:
        lefts, rights = zip(*self.pairs, strict=True)
        left = columns.get(self.left, families_of(lefts), self.label)
        right = columns.get(self.right, families_of(rights), self.label)
        return columns.outside_pairs(left, right, tuple(self.pairs))


@expectation
class ColumnsSumTo(RowExpectation):
    """Within each row the columns add up to ``total``, a number or another column, give or take
    ``tolerance``; rows with a null among them aside. NaN fails."""

    columns: Iterable[str]
    total: float | str
    _: KW_ONLY
    tolerance: float = 0.0

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "columns", names_of(self, "columns", self.columns, least=1))
        if isinstance(self.total, bool) or not isinstance(self.total, int | float | str):
            raise self.wrong(f"the total is {self.total!r}, expected a number or a column")
        if isinstance(self.tolerance, bool) or not isinstance(self.tolerance, int | float):
            raise self.wrong(f"the tolerance is {self.tolerance!r}, expected a number")
        if not self.tolerance >= 0:
            raise self.wrong(f"the tolerance is {self.tolerance}, expected 0 or more")

    @property
    def column_names(self) -> tuple[str, ...]:
        total = (self.total,) if isinstance(self.total, str) else ()
        return (*self.columns, *total)

    @property
    def expected(self) -> str:
        return f"{' + '.join(self.columns)} = {self.total}"

    def failures(self, columns: Columns) -> Failures:
        parts = columns.several(tuple(self.columns), NUMBERS, self.label)
        total = self.total
        whole = columns.get(total, NUMBERS, self.label) if isinstance(total, str) else total
        return columns.not_adding_up(parts, whole, self.tolerance)


@expectation
class RowsComplete(_OfColumns):
    """No row has a null in any of ``columns``; in any column at all, unless they are named. Every
    row is examined."""

    columns: Iterable[str] = ()

    least = 0

    @property
    def expected(self) -> str:
        return "no null in a row"

    def failures(self, columns: Columns) -> Failures:
        names = self.column_names or tuple(columns.schema.names)
        return columns.with_any_null(columns.several(names, EVERY, self.label))


@expectation
class AnyColumnNotNull(_OfColumns):
    """In every row at least one of ``columns`` is not null. Every row is examined."""

    columns: Iterable[str]

    @property
    def expected(self) -> str:
        return "a value in one of them"

    def failures(self, columns: Columns) -> Failures:
        return columns.with_only_nulls(columns.several(self.column_names, EVERY, self.label))
