"""Checks of groups of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args

from vibepiper.errors import suggest

from vibepiper_expectations.arguments import names_of
from vibepiper_expectations.bounds import bounds_text, check_bounds, check_counts
from vibepiper_expectations.families import NUMBERS, SCALARS
from vibepiper_expectations.kinds import RowExpectation, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures

__all__ = ["GroupMeasureBetween", "GroupRowCountBetween"]

Statistic = Literal["sum", "mean", "min", "max", "distinct"]
_TEMPLATES: dict[Statistic, str] = {
    "sum": "CAST(SUM(x) AS DOUBLE)",
    "mean": "CAST(AVG(x) AS DOUBLE)",
    "min": "MIN(x)",
    "max": "MAX(x)",
    "distinct": "COUNT(DISTINCT x)",
}


@expectation
class GroupRowCountBetween(RowExpectation):
    """Every group of rows equal in ``by`` has from ``min`` to ``max`` rows; None is no bound.
    ``rows`` in the result are groups. Nulls are equal to each other here."""

    by: str | Iterable[str]
    min: int | None = None
    max: int | None = None

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "by", names_of(self, "by", self.by, least=1))
        check_counts(self, self.min, self.max)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.by)

    @property
    def expected(self) -> str:
        return f"{bounds_text(self.min, self.max)} rows a group"

    def failures(self, columns: Columns) -> Failures:
        keys = columns.several(self.column_names, SCALARS, self.label)
        return columns.groups(keys, "COUNT(*)", self.min, self.max)


@expectation
class GroupMeasureBetween(RowExpectation):
    """In every group of rows equal in ``by`` the ``statistic`` of a column of numbers, nulls
    aside, lies between ``min`` and ``max``: its sum, mean, min, max, or its number of distinct
    values. ``rows`` in the result are groups. A group without values fails, unless distinct values
    are counted; so does NaN."""

    by: str | Iterable[str]
    column: str
    statistic: Statistic
    min: float | None = None
    max: float | None = None

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "by", names_of(self, "by", self.by, least=1))
        check_bounds(self, self.min, self.max)
        known = get_args(Statistic)
        if self.statistic not in known:
            raise self.wrong(
                f"{self.statistic!r} is no statistic", suggest(str(self.statistic), known)
            )

    @property
    def column_names(self) -> tuple[str, ...]:
        return (*self.by, self.column)

    @property
    def expected(self) -> str:
        return f"a {self.statistic} of {bounds_text(self.min, self.max)} in a group"

    def failures(self, columns: Columns) -> Failures:
        keys = columns.several(tuple(self.by), SCALARS, self.label)
        families = SCALARS if self.statistic == "distinct" else NUMBERS
        column = columns.get(self.column, families, self.label)
        template = _TEMPLATES[self.statistic]
        return columns.groups(keys, template, self.min, self.max, column)
