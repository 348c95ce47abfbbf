"""Aggregates that become a column for each value of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.aggregates import Aggregate
from vibepiper_transform.callsite import callsite
from vibepiper_transform.names import column
from vibepiper_transform.operand import tree_of
from vibepiper_transform.unfinished import Unfinished

if TYPE_CHECKING:
    from vibepiper_transform.grouping import GroupedRelation
    from vibepiper_transform.relation import Relation

__all__ = ["PivotedRelation"]


@dataclass(frozen=True)
class PivotedRelation(Unfinished):
    """Groups, and the values of a column of which `aggregate` makes columns."""

    groups: GroupedRelation
    column: str
    values: Sequence[object] | Mapping[str, object]

    def __post_init__(self) -> None:
        self.groups.relation.check(self.column)
        if not isinstance(self.values, (list, tuple, Mapping)) or not self.values:
            raise DefinitionError(
                f"a pivot needs the values that become columns, found {self.values!r}",
                at=callsite(),
                hint='A list, such as ["north", "south"].',
            )

    def aggregate(self, **aggregates: Aggregate) -> Relation:
        """The keys, and a column for each value: of one aggregate under the value's name, of
        several under ``value_name``."""
        from vibepiper_transform.grouping import check_aggregates

        check_aggregates(aggregates)
        columns: dict[str, exp.Expr] = {}
        for value_name, value in self._named().items():
            for name, made in aggregates.items():
                shown = value_name if len(aggregates) == 1 else f"{value_name}_{name}"
                columns[shown] = _only(made.function, self._is(value))
        if len(columns) < len(self._named()) * len(aggregates):
            raise DefinitionError("two columns of the pivot have one name", at=callsite())
        return self.groups.with_columns(columns)

    def _named(self) -> dict[str, object]:
        if isinstance(self.values, Mapping):
            return dict(self.values)
        named = {str(value): value for value in self.values}
        if len(named) < len(self.values):
            raise DefinitionError("two values of the pivot have one name", at=callsite())
        return named

    def _is(self, value: object) -> exp.Expr:
        key = column(self.column)
        if value is None:
            return exp.Is(this=key, expression=exp.Null())
        return self.groups.relation.checked(exp.EQ(this=key, expression=tree_of(value)))


def _only(aggregate: exp.Expr, condition: exp.Expr) -> exp.Expr:
    """An aggregate of the rows for which a condition holds, beside that which it has."""
    if isinstance(aggregate, exp.Filter):
        condition = exp.and_(aggregate.expression.this.copy(), condition)
        aggregate = aggregate.this
    return exp.Filter(this=aggregate.copy(), expression=exp.Where(this=condition))
