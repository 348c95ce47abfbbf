"""Checks of which values a column has, all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibepiper_expectations.families import Value, families_of
from vibepiper_expectations.kinds import TableExpectation, Verdict, expectation
from vibepiper_expectations.results import text_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.measures import Measure

from vibepiper_expectations.arguments import members_of

__all__ = ["ColumnHasAllOf", "ColumnHasExactly", "ColumnMostCommonInSet"]


class _Members(TableExpectation):
    column: str
    values: Collection[Value]

    def verify(self) -> None:
        super().verify()
        object.__setattr__(self, "values", members_of(self, self.values))

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def shown(self) -> str:
        """The values, as messages show them."""
        rest = ", ..." if len(self.values) > 10 else ""
        return ", ".join(text_of(value) for value in list(self.values)[:10]) + rest

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, families_of(self.values), self.label)
        return columns.counts_of(column, tuple(self.values))

    def missing(self, counts: tuple[Any, ...]) -> list[Value]:
        """The members that do not occur."""
        return [v for v, n in zip(self.values, counts[:-1], strict=True) if not n]


@expectation
class ColumnHasAllOf(_Members):
    """Every one of ``values`` occurs; others may."""

    column: str
    values: Collection[Value]

    @property
    def expected(self) -> str:
        return f"each of {self.shown}"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        missing = self.missing(values)
        found = f"no {', '.join(text_of(v) for v in missing)}" if missing else "all"
        return Verdict(not missing, found, float(len(missing)))


@expectation
class ColumnHasExactly(_Members):
    """Every one of ``values`` occurs, and no other; nulls aside."""

    column: str
    values: Collection[Value]

    @property
    def expected(self) -> str:
        return f"each of {self.shown}, and no other"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        missing = self.missing(values)
        others = int(values[-1] or 0) - sum(int(count or 0) for count in values[:-1])
        found = [f"no {', '.join(text_of(v) for v in missing)}"] if missing else []
        found += [f"{others:,} rows with others"] if others else []
        return Verdict(not found, "; ".join(found) or "these", float(len(missing) + others))


@expectation
class ColumnMostCommonInSet(_Members):
    """One of ``values`` is the most common value, or as common as any; nulls aside. No values
    fail."""

    column: str
    values: Collection[Value]

    @property
    def expected(self) -> str:
        return f"one of {self.shown} most often"

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, families_of(self.values), self.label)
        return columns.most_common(column, tuple(self.values))

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        most, own = values
        if most is None:
            return Verdict(False, "no values")
        return Verdict(own == most, f"{own or 0:,} times, another {most:,}", float(own or 0))
