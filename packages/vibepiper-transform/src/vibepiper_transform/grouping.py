"""Groups and their aggregates."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.aggregates import Aggregate, Avg
from vibepiper_transform.callsite import callsite
from vibepiper_transform.names import check_names
from vibepiper_transform.relation import Relation

__all__ = ["GroupedRelation"]


class GroupedRelation:
    """A relation's rows in groups; `aggregate` makes one row of each."""

    def __init__(self, relation: Relation, groups: Mapping[str, exp.Expr]) -> None:
        self._relation = relation
        self._groups = dict(groups)

    def aggregate(self, **aggregates: Aggregate) -> Relation:
        """The keys and the aggregates, by their names. Nulls of a key are one group."""
        for name, aggregate in aggregates.items():
            if not isinstance(aggregate, Aggregate):
                raise DefinitionError(
                    f"'{name}' is no aggregate: {aggregate!r}",
                    at=callsite(),
                    hint="There are: Sum, Count, CountDistinct, Avg, Min, Max.",
                )
        check_names([*self._groups, *aggregates])
        columns = [
            *(exp.alias_(tree.copy(), name, quoted=True) for name, tree in self._groups.items()),
            *(exp.alias_(self._tree(a), name, quoted=True) for name, a in aggregates.items()),
        ]
        query = exp.select(*columns).from_(self._relation.body())
        if self._groups:
            query = query.group_by(*(tree.copy() for tree in self._groups.values()))
        return Relation(query, self._relation.sources, [*self._groups, *aggregates])

    def _tree(self, aggregate: Aggregate) -> exp.Expr:
        tree = self._relation.checked(aggregate.function)
        return exp.cast(tree, "DOUBLE") if isinstance(aggregate, Avg) else tree
