"""The columns of the data under check, and of other assets, found by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from sqlglot import exp
from vibepiper.checks import CheckContext
from vibepiper.errors import DataError, suggest
from vibepiper_transform import Relation, from_arrow, read_footers

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.column import Column
from vibepiper_expectations.families import NUMBERS, SCALARS, Family
from vibepiper_expectations.templates import parse_condition

if TYPE_CHECKING:
    from vibepiper_transform import Footers

    from vibepiper_expectations.kinds import Expectation

__all__ = ["Lookup"]


class Lookup:
    """The columns of one asset's data, and which of them identify a row.

    Raises `DataError` for a name that is no column, key columns included.
    """

    def __init__(self, context: CheckContext, relation: Relation) -> None:
        self.asset = context.asset
        self.schema = relation.schema
        self.relation = relation
        self._context = context
        self._dialect = relation.backend.dialect
        self.key = tuple(self._find(name, "the asset's key") for name in context.key)

    @cached_property
    def footers(self) -> Footers | None:
        """What the data's files tell of it unread."""
        return read_footers(self.relation)

    def several(
        self, names: Sequence[str], families: Collection[Family], check: str
    ) -> tuple[Column, ...]:
        return tuple(self.get(name, families, check) for name in names)

    def never_null(self, column: BareColumn) -> bool:
        """Whether it is known, without a look, that there are no nulls."""
        known = None if self.footers is None else self.footers.columns.get(column.name)
        return known is not None and known.nulls == 0

    def previous(
        self,
        column: BareColumn,
        group_by: Sequence[BareColumn],
        order_by: Sequence[BareColumn],
        check: str,
    ) -> exp.Expr:
        """The last value of ``column`` that is not null in the rows before: of its group, in the
        order given, else in the order in which the data is stored, which a database has not."""
        self.require_order(order_by, check)
        order = [exp.Ordered(this=c.sql, desc=False, nulls_first=False) for c in order_by]
        partition = [c.sql for c in group_by]
        last: exp.Expr = exp.Lag(this=column.sql)
        if not self.never_null(column):
            if order:
                partition.append(exp.paren(column.is_null()))
            else:
                last = exp.IgnoreNulls(this=last)
        return exp.Window(
            this=last,
            partition_by=partition or None,
            order=exp.Order(expressions=order) if order else None,
        )

    def require_order(self, order_by: Sequence[BareColumn], check: str) -> None:
        if not order_by and self.dialect != "duckdb":
            raise DataError(
                f"asset '{self.asset}': {check} compares each row with the one before, and rows "
                f"of a {self.dialect} table have no order of their own",
                hint='Say which: order_by="created_at".',
            )

    @property
    def dialect(self) -> str:
        """That of the engine which holds the data, as sqlglot calls it."""
        return self._dialect

    def reference(self, name: str) -> Lookup:
        """The columns of another asset's published data."""
        data = self._context.read(name)
        relation = data if isinstance(data, Relation) else from_arrow(data)
        return Lookup(CheckContext(name, (), self._context.read), relation)

    def check_comparable(self, one: BareColumn, two: BareColumn, check: str) -> None:
        """Refuses columns that some engines would cast to each other and some would not."""
        if one.family != two.family and not NUMBERS.issuperset((one.family, two.family)):
            raise DataError(
                f"asset '{self.asset}': {check} cannot compare "
                f"{one.type} ('{one.name}') with {two.type} ('{two.name}')"
            )

    def condition(self, when: object, check: str) -> exp.Expr:
        """A condition on the data's columns, in SQL or as an expression."""
        tree = parse_condition(when) if isinstance(when, str) else cast("Any", when).tree.copy()
        for column in list(tree.find_all(exp.Column)):
            found = self._find(column.name, check)
            column.replace(found.sql) if column is not tree else None
        return tree

    def get(self, name: str, families: Collection[Family], check: str) -> Column:
        """The column ``name``, which must be of one of ``families`` for ``check``."""
        column = self._find(name, check)
        if column.family not in families:
            raise DataError(
                f"asset '{self.asset}': {check} needs {_either(families)}; "
                f"column '{name}' is {column.type}"
            )
        return column

    def identity(self, besides: Sequence[BareColumn], *, first: int = 4) -> tuple[Column, ...]:
        """The columns that say which row it is: the key's, else the row's first ones."""
        if self.key:
            return self.key
        shown = {column.name for column in besides}
        others = (Column(field.name, field.type, self._dialect) for field in self.schema)
        usable = [c for c in others if c.name not in shown and c.family in SCALARS]
        return tuple(usable[:first])

    def looked_at(self, check: Expectation) -> frozenset[str]:
        """The columns whose values a check may show: those it names, or any, if it is of SQL or
        code."""
        if not check.shows_values:
            return frozenset()
        return frozenset(check.column_names or self.schema.names)

    def named(self, name: str) -> Column:
        """The column of that name, which is there."""
        return Column(name, self.schema.field(name).type, self._dialect)

    @staticmethod
    def reference_name(asset: str) -> str:
        """What another asset's table is called in queries."""
        return f"reference_{asset.replace('/', '_')}"

    def other_column(
        self, column: BareColumn, asset: str, other: str, check: str
    ) -> tuple[str, Column]:
        """A column of another asset that ``column`` can be compared with, and the name of its
        table."""
        target = self.reference(asset).get(other, SCALARS, check)
        self.check_comparable(column, target, check)
        return self.reference_name(asset), target

    def _find(self, name: str, wanted_by: str) -> Column:
        if name not in self.schema.names:
            raise DataError(
                f"asset '{self.asset}': {wanted_by} names column '{name}', which the data lacks",
                hint=suggest(name, self.schema.names),
            )
        return Column(name, self.schema.field(name).type, self._dialect)


def _either(families: Collection[Family]) -> str:
    if frozenset(families) == NUMBERS:
        return "a column of numbers"
    return f"a column of type {' or '.join(sorted(families))}"
