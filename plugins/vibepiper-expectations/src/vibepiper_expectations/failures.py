"""The rows that break a rule: how to count them, and how to fetch a few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column

__all__ = ["Failures", "RepeatedValues", "RowsWhere", "count_rows"]


class Failures(Protocol):
    """What a row check is, as SQL over the table under check."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns whose values decide."""
        ...

    def examined(self) -> exp.Expr:
        """An aggregate: how many rows the check looked at."""
        ...

    def count(self) -> exp.Expr:
        """An aggregate: how many rows failed; or, where that takes `recount`, a number that is
        0 just when none did."""
        ...

    @property
    def recount(self) -> Callable[[exp.Table], exp.Query] | None:
        """Makes the query for how many rows failed, where one aggregate cannot tell."""
        ...

    def examples(self, table: exp.Table, identity: Sequence[Column], limit: int) -> exp.Query:
        """Up to ``limit`` failures, always the same ones for the same data."""
        ...


@dataclass(frozen=True)
class RowsWhere:
    """The rows on which ``condition`` is true; an example is the row's identity and values.

    Rows where one of ``columns`` is null were not examined, unless ``nulls`` says so.
    """

    condition: exp.Expr
    columns: tuple[Column, ...]
    nulls: bool = False

    def examined(self) -> exp.Expr:
        if self.nulls:
            return count_rows()
        if len(self.columns) == 1:
            return exp.Count(this=self.columns[0].sql)
        return exp.CountIf(this=exp.and_(*(exp.not_(c.is_null()) for c in self.columns)))

    def count(self) -> exp.Expr:
        return exp.CountIf(this=self.condition.copy())

    @property
    def recount(self) -> None:
        return None

    def examples(self, table: exp.Table, identity: Sequence[Column], limit: int) -> exp.Query:
        shown = {column.name: column for column in (*identity, *self.columns)}.values()
        order = [_ascending(column.sql) for column in shown if column.is_scalar]
        rows = exp.select(*(column.sql for column in shown)).from_(table).where(self.condition)
        return (rows.order_by(*order) if order else rows).limit(limit)


@dataclass(frozen=True)
class RepeatedValues:
    """The rows whose value of ``column`` occurs more than once; an example is such a value and
    how often it occurs, the most frequent first."""

    column: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        return (self.column,)

    def examined(self) -> exp.Expr:
        return exp.Count(this=self.column.sql)

    def count(self) -> exp.Expr:
        distinct = exp.Count(this=exp.Distinct(expressions=[self.column.sql]))
        return exp.Sub(this=self.examined(), expression=distinct)

    @property
    def recount(self) -> Callable[[exp.Table], exp.Query]:
        return self._rows

    def _rows(self, table: exp.Table) -> exp.Query:
        groups = self._groups(table, "value", "n").subquery("repeated")
        total = exp.cast(exp.Sum(this=exp.column("n", quoted=True)), "bigint")
        return exp.select(exp.alias_(total, "failed", quoted=True)).from_(groups)

    def examples(self, table: exp.Table, identity: Sequence[Column], limit: int) -> exp.Query:
        groups = self._groups(table, self.column.name, "count(*)")
        most_first = exp.Ordered(this=count_rows(), desc=True, nulls_first=False)
        return groups.order_by(most_first, _ascending(self.column.sql)).limit(limit)

    def _groups(self, table: exp.Table, value: str, count: str) -> exp.Select:
        column = self.column.sql
        return (
            exp.select(exp.alias_(column, value, quoted=True))
            .select(exp.alias_(count_rows(), count, quoted=True))
            .from_(table)
            .where(exp.not_(self.column.is_null()))
            .group_by(column)
            .having(exp.GT(this=count_rows(), expression=exp.Literal.number(1)))
        )


def count_rows() -> exp.Expr:
    """``COUNT(*)``."""
    return exp.Count(this=exp.Star())


def _ascending(column: exp.Expr) -> exp.Ordered:
    return exp.Ordered(this=column, desc=False, nulls_first=False)
