"""Groups and their aggregates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.aggregates import Aggregate
from vibepiper_transform.callsite import callsite
from vibepiper_transform.names import check_names
from vibepiper_transform.pivots import PivotedRelation
from vibepiper_transform.unfinished import Unfinished

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["GroupedRelation"]


@dataclass(frozen=True)
class GroupedRelation(Unfinished):
    """A relation's rows in groups; `aggregate` makes one row of each. ``sets`` is what GROUP BY
    says of the keys where it is not all of them at once, ``level`` the name of the column that
    tells one set of keys from another."""

    relation: Relation
    keys: Mapping[str, exp.Expr]
    sets: exp.Expr | None = None
    level: str | None = None

    def aggregate(self, **aggregates: Aggregate) -> Relation:
        """The keys and the aggregates, by their names. Nulls of a key are one group."""
        check_aggregates(aggregates)
        return self.with_columns({name: made.function for name, made in aggregates.items()})

    def pivot(
        self, column: str, values: Sequence[object] | Mapping[str, object]
    ) -> PivotedRelation:
        """Groups whose aggregates are made for each of ``values`` of ``column`` apart, and become
        columns. The values are named, for a relation's columns are known before it runs; a
        mapping names the columns otherwise than by their values."""
        return PivotedRelation(self, column, values)

    def with_columns(self, columns: Mapping[str, exp.Expr]) -> Relation:
        """The keys, the level and expressions of aggregates, by their names."""
        level = {} if self.level is None else {self.level: self._level()}
        check_names([*self.keys, *level, *columns])
        checked = {name: self.relation.checked(tree) for name, tree in columns.items()}
        shown = {**self.keys, **level, **checked}
        kinds = {n: self.relation.kind_of(tree) for n, tree in {**self.keys, **checked}.items()}
        opened = self.relation.opened()
        query = opened.selecting(shown)
        terms = [self.sets] if self.sets is not None else self.keys.values()
        query = query.group_by(*map(opened.place, terms), copy=False)
        return self.relation.replace(query, {name: kinds.get(name, "BIGINT") for name in shown})

    def _level(self) -> exp.Expr:
        keys = [tree.copy() for tree in self.keys.values()]
        return exp.cast(exp.Grouping(expressions=keys), "BIGINT")


def check_aggregates(aggregates: Mapping[str, object]) -> None:
    for name, aggregate in aggregates.items():
        if not isinstance(aggregate, Aggregate):
            raise DefinitionError(
                f"'{name}' is no aggregate: {aggregate!r}",
                at=callsite(),
                hint='Such as Sum("x") or Count(); compute with them afterwards, in select.',
            )
