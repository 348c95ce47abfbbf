"""What several columns of a row, together, break."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from vibepiper_expectations.bare_column import BareColumn, double
from vibepiper_expectations.failures import GroupsWhere, RepeatedValues, RowFunction, RowsWhere
from vibepiper_expectations.families import Value
from vibepiper_expectations.lookup import Lookup
from vibepiper_expectations.row_functions import truths
from vibepiper_expectations.templates import fill

if TYPE_CHECKING:
    from vibepiper_expectations.column import Column

__all__ = ["RowPredicates"]


class RowPredicates(Lookup):
    """Predicates on rows, and on groups of them."""

    def repeated(self, columns: tuple[BareColumn, ...]) -> RepeatedValues:
        return RepeatedValues(columns)

    def unless(self, condition: str, check: str) -> RowsWhere:
        """The rows for which a user's condition is false."""
        holds = exp.paren(self.condition(condition, check))
        names = dict.fromkeys(column.name for column in holds.find_all(exp.Column))
        shown = tuple(self.named(name) for name in names)
        examined = exp.not_(holds.copy().is_(exp.null()))
        return RowsWhere(exp.not_(holds), shown, nulls=True, when=examined)

    def function(
        self,
        columns: tuple[BareColumn, ...],
        function: Callable[[pa.RecordBatch], object],
        check: str,
    ) -> RowFunction:
        """The rows of which a user's function is not true."""

        def fails(batch: pa.RecordBatch) -> pa.BooleanArray:
            return truths(check, function, batch, inverted=True)

        return RowFunction(columns, fails)

    def equal_in_row(self, columns: Sequence[Column], check: str) -> RowsWhere:
        """The rows in which two of the columns are equal."""
        pairs = list(itertools.combinations(columns, 2))
        for one, other in pairs:
            self.check_comparable(one, other, check)
        equal = [exp.EQ(this=one.values, expression=other.values) for one, other in pairs]
        known = [exp.not_(column.is_null()) for column in columns]
        return RowsWhere(exp.and_(*known, exp.or_(*equal)), tuple(columns))

    def outside_pairs(
        self, left: Column, right: Column, pairs: Collection[tuple[Value, Value]]
    ) -> RowsWhere:
        """The rows whose two values are none of the pairs."""
        among = [
            exp.and_(
                exp.EQ(this=left.values, expression=left.literal(one)),
                exp.EQ(this=right.values, expression=right.literal(other)),
            )
            for one, other in pairs
        ]
        known = [exp.not_(left.is_null()), exp.not_(right.is_null())]
        return RowsWhere(exp.and_(*known, exp.not_(exp.or_(*among))), (left, right))

    def not_adding_up(
        self, parts: Sequence[Column], total: Column | float, tolerance: float
    ) -> RowsWhere:
        """The rows whose parts are further from the total than the tolerance."""
        columns = [*parts, *([] if isinstance(total, int | float) else [total])]
        inexact = any(column.family == "float" for column in columns) or not _whole(total)
        cast = "double" if inexact or not _whole(tolerance) else "decimal(38, 9)"
        added = exp.paren(_sum([exp.cast(part.sql, cast) for part in parts]))
        whole = exp.cast(total.sql, cast) if not isinstance(total, int | float) else _number(total)
        names = {"parts": added, "whole": whole, "tolerance": _number(tolerance)}
        # The negation lets NaN fail, which is greater than any number.
        broken = fill("NOT ABS(parts - whole) <= :tolerance", names)
        return RowsWhere(broken, tuple(columns))

    def with_any_null(self, columns: Sequence[BareColumn]) -> RowsWhere:
        nulls = [column.is_null() for column in columns]
        return RowsWhere(exp.or_(*nulls), tuple(columns), nulls=True)

    def with_only_nulls(self, columns: Sequence[BareColumn]) -> RowsWhere:
        nulls = [column.is_null() for column in columns]
        return RowsWhere(exp.and_(*nulls), tuple(columns), nulls=True)

    def absent_from(self, column: Column, asset: str, other: str, check: str) -> RowsWhere:
        """The rows whose value is nowhere in a column of another asset."""
        name, target = self.other_column(column, asset, other, check)
        values = exp.select(target.values).from_(exp.to_table(name))
        values = values.where(exp.not_(target.is_null()))
        found = exp.In(this=column.values, query=values.subquery())
        return RowsWhere(
            exp.and_(exp.not_(column.is_null()), exp.not_(found)),
            (column,),
            references={name: self.reference(asset).relation},
            apart="" if self.dialect == "duckdb" else name,
        )

    def after(
        self,
        template: str,
        column: Column,
        group_by: Sequence[BareColumn],
        order_by: Sequence[BareColumn],
        check: str,
        **values: Value | exp.Expr,
    ) -> RowsWhere:
        """The rows on which a template is true of a value ``x`` and of the one ``before`` it."""
        before = self.previous(column, group_by, order_by, check)
        return column.where(template, before=before, **values)

    def overlapping(
        self, start: Column, end: Column, group_by: Sequence[BareColumn], template: str
    ) -> RowsWhere:
        """The rows whose interval breaks a template of ``begin``, ``x`` (its end) and ``reached``,
        the greatest end of the intervals of its group that begin before it."""
        order = [exp.Ordered(this=c.sql, desc=False, nulls_first=False) for c in (start, end)]
        spec = exp.WindowSpec(
            kind="ROWS",
            start="UNBOUNDED",
            start_side="PRECEDING",
            end=exp.Literal.number(1),
            end_side="PRECEDING",
        )
        reached = exp.Window(
            this=exp.Max(this=end.sql),
            partition_by=[c.sql for c in group_by] or None,
            order=exp.Order(expressions=order),
            spec=spec,
        )
        broken = fill(template, {"begin": start.sql, "x": end.sql, "reached": reached})
        return RowsWhere(broken, (*group_by, start, end))

    def groups(
        self,
        keys: Sequence[BareColumn],
        template: str,
        low: float | None,
        high: float | None,
        *others: BareColumn,
    ) -> GroupsWhere:
        """The groups whose aggregate is beyond a bound, is of nothing, or is NaN."""
        tree = fill(template, {"x": others[0].values} if others else {})
        bounds = [
            kind(this=tree.copy(), expression=_number(bound))
            for kind, bound in ((exp.LT, low), (exp.GT, high))
            if bound is not None
        ]
        odd: list[exp.Expr] = [tree.copy().is_(exp.null())]
        if any(other.family == "float" for other in others):
            odd.append(exp.EQ(this=tree.copy(), expression=double("NaN")))
        shown = template.lower() if not others else f"of {others[0].name}"
        return GroupsWhere(exp.or_(*bounds, *odd), tuple(keys), others, {shown: tree})

    @staticmethod
    def gap(column: BareColumn, most: float | datetime.timedelta) -> exp.Expr:
        """What is added to a value of the column: a number, days, or a time."""
        if not isinstance(most, datetime.timedelta):
            return _number(most)
        if column.family == "date":
            return exp.Interval(this=exp.Literal.string(str(most.days)), unit=exp.Var(this="DAY"))
        seconds = exp.Literal.string(str(most.days * 86400 + most.seconds))
        return exp.Interval(this=seconds, unit=exp.Var(this="SECOND"))


def _whole(value: object) -> bool:
    return not isinstance(value, float) or value.is_integer()


def _number(value: float) -> exp.Expr:
    return double(repr(float(value))) if not _whole(value) else exp.Literal.number(int(value))


def _sum(parts: Sequence[exp.Expr]) -> exp.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = exp.Add(this=total, expression=part)
    return total
