"""Checks of rows against the rows before them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.families import NUMBERS, ORDERED, SCALARS, TIMES
from vibepiper_expectations.kinds import RowExpectation, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = [
    "ColumnGapsAtMost",
    "ColumnValuesDecreasing",
    "ColumnValuesIncreasing",
    "ColumnValuesSequential",
    "IntervalsNotOverlapping",
]


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


@dataclass(frozen=True)
class _InGroups(RowExpectation):
    """What sequences share: their groups."""

    _: KW_ONLY
    group_by: str | Iterable[str] = ()

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "group_by", names_of(self, "group_by", self.group_by))


@expectation
class ColumnValuesSequential(_InGroups):
    """Sorted, every integer or date is the one before and ``step`` (days, of dates): no gap, and
    none twice. Within each group of ``group_by``, each of which begins where it may. The failing
    row is the one after the gap."""

    column: str
    _: KW_ONLY
    step: int = 1

    def verify(self) -> None:
        super().verify()
        if isinstance(self.step, bool) or not isinstance(self.step, int) or self.step < 1:
            raise self.wrong(f"the step is {self.step!r}, expected a whole number above 0")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"{self.step} more than the one before"

    def failures(self, columns: Columns) -> Failures:
        column = columns.get(self.column, frozenset(("integer", "date")), self.label)
        group = columns.several(tuple(self.group_by), SCALARS, self.label)
        is_date = column.family == "date"
        step = columns.gap(column, datetime.timedelta(self.step) if is_date else self.step)
        return columns.after("x <> before + step", column, group, [column], self.label, step=step)


@expectation
class ColumnGapsAtMost(_InGroups):
    """Sorted, no value is more than ``most`` above the one before: a number, or of dates and
    timestamps a timedelta. Within each group of ``group_by``. The failing row is the one after
    the gap."""

    column: str
    most: float | datetime.timedelta

    def verify(self) -> None:
        super().verify()
        kinds = int | float | datetime.timedelta
        if isinstance(self.most, bool) or not isinstance(self.most, kinds):
            raise self.wrong(f"the gap is {self.most!r}, expected a number or a timedelta")
        most = self.most
        total = most.total_seconds() if isinstance(most, datetime.timedelta) else most
        if not total > 0:
            raise self.wrong(f"the gap is {self.most}, expected more than 0")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"at most {self.most} after the one before"

    def failures(self, columns: Columns) -> Failures:
        is_time = isinstance(self.most, datetime.timedelta)
        column = columns.get(self.column, TIMES if is_time else NUMBERS, self.label)
        group = columns.several(tuple(self.group_by), SCALARS, self.label)
        allowed = columns.gap(column, self.most)
        broken = "x > before + allowed"
        return columns.after(broken, column, group, [column], self.label, allowed=allowed)


@expectation
class IntervalsNotOverlapping(_InGroups):
    """The intervals from ``start`` up to but not including ``end`` do not overlap, within each
    group of ``group_by``, and none ends before it begins. With ``touching=False`` one must end
    before the next begins. Rows with a null in either are aside. The failing row is the later."""

    start: str
    end: str
    _: KW_ONLY
    touching: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.start, self.end)

    @property
    def expected(self) -> str:
        return f"no overlap of {self.start} to {self.end}"

    def failures(self, columns: Columns) -> Failures:
        start, end = columns.several(self.column_names, ORDERED, self.label)
        columns.check_comparable(start, end, self.label)
        group = columns.several(tuple(self.group_by), SCALARS, self.label)
        meets = "reached > begin" if self.touching else "reached >= begin"
        return columns.overlapping(start, end, group, f"{meets} OR x < begin")
