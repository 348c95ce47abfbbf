"""Checks of rows against the rows before them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.expectation import RowExpectation, expectation
from vibepiper_expectations.families import ORDERED, SCALARS

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["ColumnValuesDecreasing", "ColumnValuesIncreasing"]


@dataclass(frozen=True)
class _Monotonic(RowExpectation):
    column: str
    _: KW_ONLY
    strictly: bool = True
    group_by: str | Iterable[str] = ()
    order_by: str | Iterable[str] = ()

    breaks: ClassVar[str]
    breaks_strictly: ClassVar[str]

    def verify(self) -> None:
        super().verify()
        for name in ("group_by", "order_by"):
            object.__setattr__(self, name, names_of(self, name, getattr(self, name)))

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    def failures(self, columns: Columns) -> Failures:
        column = columns.get(self.column, ORDERED, self.label)
        group = columns.several(tuple(self.group_by), SCALARS, self.label)
        order = columns.several(tuple(self.order_by), SCALARS, self.label)
        before = columns.previous(column, group, order, self.label)
        return column.where(self.breaks_strictly if self.strictly else self.breaks, before=before)


@expectation
class ColumnValuesIncreasing(_Monotonic):
    """Every value is greater than the one before (or equal, where not ``strictly``): in the order
    of ``order_by``, else in that of the stored rows; within each group of ``group_by``. Nulls are
    passed over."""

    breaks = "before > x"
    breaks_strictly = "before >= x"

    @property
    def expected(self) -> str:
        return "more than the one before" if self.strictly else "no less than the one before"


@expectation
class ColumnValuesDecreasing(_Monotonic):
    """Every value is less than the one before (or equal, where not ``strictly``): in the order
    of ``order_by``, else in that of the stored rows; within each group of ``group_by``. Nulls are
    passed over."""

    breaks = "before < x"
    breaks_strictly = "before <= x"

    @property
    def expected(self) -> str:
        return "less than the one before" if self.strictly else "no more than the one before"
