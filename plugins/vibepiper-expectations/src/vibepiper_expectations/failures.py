"""What breaks a check, as SQL over the table under check: how to count it, how to fetch a few."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from sqlglot import exp

from vibepiper_expectations.scopes import Scope, rows_of
from vibepiper_expectations.templates import fill

if TYPE_CHECKING:
    from vibepiper_transform import Footers, Relation

    from vibepiper_expectations.bare_column import BareColumn

__all__ = [
    "Counted",
    "Failures",
    "GroupsWhere",
    "Proof",
    "RepeatedValues",
    "RowFunction",
    "RowsWhere",
    "count_rows",
]


@dataclass(frozen=True)
class Counted:
    """How many rows (or groups) were examined, and how many of them failed."""

    examined: int
    failed: int


Proof = Callable[["Footers"], "Counted | None"]
"""Reads a count off the footers of Parquet files; None where they do not tell."""


class Failures(Protocol):
    """The rows, or groups of them, that break a check."""

    @property
    def columns(self) -> tuple[BareColumn, ...]:
        """The columns whose values decide."""
        ...

    @property
    def scope(self) -> Scope:
        """What is examined."""
        ...

    @property
    def references(self) -> Mapping[str, Relation]:
        """Other tables that it reads, by the names it calls them."""
        ...

    def given(self, when: exp.Expr) -> Failures:
        """Those among the rows for which ``when`` is true."""
        ...

    def examined(self) -> exp.Expr:
        """An aggregate over the scope: how many were looked at."""
        ...

    def count(self) -> exp.Expr:
        """An aggregate over the scope: how many failed."""
        ...

    def examples(self, table: exp.Table, identity: Sequence[BareColumn]) -> exp.Select:
        """The failures, in an order that is the same for the same data."""
        ...

    def rows(self, table: exp.Table) -> exp.Expr:
        """A condition on the table's rows: true on those that fail, or are of what fails."""
        ...


@dataclass(frozen=True)
class RowsWhere:
    """The rows on which ``condition`` is true; an example is the row's identity and values.

    Rows where one of ``columns`` is null were not examined, unless ``nulls`` says so; with
    ``when``, only those for which it is true were. ``apart`` names what no other check shall share
    a query with.
    """

    condition: exp.Expr
    columns: tuple[BareColumn, ...]
    nulls: bool = False
    when: exp.Expr | None = None
    references: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    proof: Proof | None = None
    apart: str = ""

    def given(self, when: exp.Expr) -> RowsWhere:
        return replace(self, when=when)

    @property
    def scope(self) -> Scope:
        return Scope.of(self.condition, apart=self.apart)

    def examined(self) -> exp.Expr:
        known = [] if self.nulls else [exp.not_(c.is_null()) for c in self.columns]
        if self.when is None and not known:
            return count_rows()
        if self.when is None and len(self.columns) == 1:
            return exp.Count(this=self.columns[0].sql)
        when = [] if self.when is None else [self.when.copy()]
        return exp.CountIf(this=exp.and_(*when, *known))

    def count(self) -> exp.Expr:
        return exp.CountIf(this=self.failing())

    def failing(self) -> exp.Expr:
        """The condition of a row of the scope to fail."""
        if self.when is None:
            return self.condition.copy()
        return exp.and_(self.when.copy(), self.condition.copy())

    def examples(self, table: exp.Table, identity: Sequence[BareColumn]) -> exp.Select:
        shown = {column.name: column for column in (*identity, *self.columns)}.values()
        order = [_ascending(column.sql) for column in shown if column.is_scalar]
        columns = [column.sql for column in shown]
        return rows_of(self.scope, table, columns, where=self.failing(), order=order)

    def rows(self, table: exp.Table) -> exp.Expr:
        return self.failing()


@dataclass(frozen=True)
class GroupsWhere:
    """The groups of rows, equal in ``keys``, on which ``condition`` over their aggregates is true.
    An example is the group's keys and ``shown``."""

    condition: exp.Expr
    keys: tuple[BareColumn, ...]
    others: tuple[BareColumn, ...] = ()
    shown: Mapping[str, exp.Expr] = field(default_factory=dict, hash=False)
    when: exp.Expr | None = None
    references: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    proof: None = None

    def given(self, when: exp.Expr) -> GroupsWhere:
        return replace(self, when=when)

    @property
    def columns(self) -> tuple[BareColumn, ...]:
        return (*self.keys, *self.others)

    @property
    def scope(self) -> Scope:
        return Scope(groups=tuple(key.sql for key in self.keys), where=self.when)

    def examined(self) -> exp.Expr:
        return count_rows()

    def count(self) -> exp.Expr:
        return exp.CountIf(this=self.condition.copy())

    def examples(self, table: exp.Table, identity: Sequence[BareColumn]) -> exp.Select:
        shown = [exp.alias_(tree.copy(), name, quoted=True) for name, tree in self.shown.items()]
        keys = [key.sql for key in self.keys]
        order = [_ascending(key) for key in keys]
        return rows_of(self.scope, table, [*keys, *shown], where=self.condition, order=order)

    def rows(self, table: exp.Table) -> exp.Expr:
        keys = [key.sql for key in self.keys]
        found = rows_of(self.scope, table, keys, where=self.condition)
        return _are_among(self.keys, found, self.when)


@dataclass(frozen=True)
class RepeatedValues:
    """The rows whose values of ``columns`` occur together more than once; an example is such
    values and how often they occur, the most frequent first. Rows with a null among them were
    not examined. ``ordered``: it is known of the one column that it has no nulls and never
    descends, so that equal values are neighbours."""

    columns: tuple[BareColumn, ...]
    when: exp.Expr | None = None
    references: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    ordered: bool = False

    def given(self, when: exp.Expr) -> RepeatedValues:
        return replace(self, when=when)

    @property
    def where(self) -> exp.Expr:
        """Which rows are examined."""
        known = [exp.not_(column.is_null()) for column in self.columns]
        return exp.and_(*known) if self.when is None else exp.and_(self.when.copy(), *known)

    @property
    def scope(self) -> Scope:
        return Scope.of(self._neighbours()) if self.ordered else self._groups

    @property
    def _groups(self) -> Scope:
        return Scope(groups=tuple(column.sql for column in self.columns), where=self.where)

    def _neighbours(self) -> exp.Expr:
        names = {"x": self.columns[0].sql}
        return fill("LAG(x) OVER () = x OR LEAD(x) OVER () = x", names)

    def examined(self) -> exp.Expr:
        if self.ordered:
            return count_rows()
        return exp.Coalesce(this=_total(count_rows()), expressions=[exp.Literal.number(0)])

    def count(self) -> exp.Expr:
        if self.ordered:
            return exp.CountIf(this=self._neighbours())
        often = exp.GT(this=count_rows(), expression=exp.Literal.number(1))
        rows = exp.Case(ifs=[exp.If(this=often, true=count_rows())], default=exp.Literal.number(0))
        return exp.Coalesce(this=_total(rows), expressions=[exp.Literal.number(0)])

    def examples(self, table: exp.Table, identity: Sequence[BareColumn]) -> exp.Select:
        often = exp.GT(this=count_rows(), expression=exp.Literal.number(1))
        most_first = exp.Ordered(this=count_rows(), desc=True, nulls_first=False)
        columns = [column.sql for column in self.columns]
        order = [most_first, *(_ascending(column) for column in columns)]
        counted = exp.alias_(count_rows(), "count(*)", quoted=True)
        among: exp.Expr = table
        if self.ordered:
            among = rows_of(self.scope, table, columns, where=self._neighbours()).subquery("among")
        return rows_of(self._groups, among, [*columns, counted], where=often, order=order)

    def rows(self, table: exp.Table) -> exp.Expr:
        if self.ordered:
            return self._neighbours()
        often = exp.GT(this=count_rows(), expression=exp.Literal.number(1))
        columns = [column.sql for column in self.columns]
        found = rows_of(self._groups, table, columns, where=often)
        return _are_among(self.columns, found, self.when)


def count_rows() -> exp.Expr:
    """``COUNT(*)``."""
    return exp.Count(this=exp.Star())


def _are_among(columns: Sequence[BareColumn], query: exp.Select, when: exp.Expr | None) -> exp.Expr:
    values = [_unknown_to_statistics(column) for column in columns]
    value = values[0] if len(values) == 1 else exp.Tuple(expressions=values)
    found = exp.In(this=value, query=query.subquery())
    return found if when is None else exp.and_(when.copy(), found)


def _unknown_to_statistics(column: BareColumn) -> exp.Expr:
    """DuckDB skips what a Parquet file's statistics rule out, and these know no NaN."""
    if column.family != "float":
        return column.sql
    return exp.paren(exp.Add(this=column.sql, expression=exp.Literal.number(0)))


def _total(tree: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Sum(this=tree), "bigint")


def _ascending(column: exp.Expr) -> exp.Ordered:
    return exp.Ordered(this=column, desc=False, nulls_first=False)


@dataclass(frozen=True)
class RowFunction:
    """The rows of which a Python function says that they fail, told batch by batch. ``fails``
    gives a truth for each row of a batch of ``columns``; null where it was not examined."""

    columns: tuple[BareColumn, ...]
    fails: Callable[[pa.RecordBatch], pa.Array]
    when: exp.Expr | None = None

    @classmethod
    def of_values(cls, column: BareColumn, holds: Callable[[Any], bool]) -> RowFunction:
        """Asks ``holds`` of every value that is not null."""

        def fails(batch: pa.RecordBatch) -> pa.Array:
            values = batch.column(0).to_pylist()
            return pa.array([None if v is None else not holds(v) for v in values], pa.bool_())

        return cls((column,), fails)

    def given(self, when: exp.Expr) -> RowFunction:
        return replace(self, when=when)
