"""Making one row of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import column, name_of
from vibepiper_transform.operand import Operand, alone, column_tree, refuse_windows

if TYPE_CHECKING:
    from vibepiper_transform.aggregates import Aggregate
    from vibepiper_transform.grouping import GroupedRelation
    from vibepiper_transform.relation import Relation

__all__ = ["Aggregation"]


class Aggregation(LazyQuery):
    """What makes groups of a relation's rows."""

    def groupby(self, *keys: str | Operand, **named: str | Operand) -> GroupedRelation:
        """Groups of rows whose keys are equal; call ``aggregate`` on it."""
        return self._grouped(self._keys(keys, named))

    def rollup(
        self, *keys: str | Operand, level: str | None = None, **named: str | Operand
    ) -> GroupedRelation:
        """Groups by all keys, by all but the last, and so on to one group of all rows. A key
        that a row is not grouped by is null in it.

        ``level`` names a column that tells such a null from one of the data: a bit for each key,
        the first key's being the highest, which is 1 where the row is not grouped by that key.
        So 0 is the finest level.
        """
        return self._by_sets(exp.Rollup, self._keys(keys, named), level)

    def cube(
        self, *keys: str | Operand, level: str | None = None, **named: str | Operand
    ) -> GroupedRelation:
        """Groups by every choice of the keys, from all to none; ``level`` as in `rollup`."""
        return self._by_sets(exp.Cube, self._keys(keys, named), level)

    def grouping_sets(self, *sets: Iterable[str], level: str | None = None) -> GroupedRelation:
        """Groups by each of several sets of columns, () being one group of all rows: the rows of
        all of them, where a column that is not in a row's set is null. ``level`` as in `rollup`,
        the keys being in the order in which they are first named."""
        chosen = [(one,) if isinstance(one, str) else tuple(one) for one in sets]
        if len({frozenset(one) for one in chosen}) < len(chosen):
            raise DefinitionError("a grouping set is named twice", at=callsite())
        names = dict.fromkeys(name for one in chosen for name in one)
        keys = self._keys(tuple(names), {})
        tuples = [exp.Tuple(expressions=[column(name) for name in one]) for one in chosen]
        _need_keys(keys, "grouping sets")
        return self._grouped(keys, exp.GroupingSets(expressions=tuples), level)

    def aggregate(self, **aggregates: Aggregate) -> Relation:
        """One row for the whole relation."""
        return self.groupby().aggregate(**aggregates)

    def _keys(
        self, keys: Iterable[str | Operand], named: Mapping[str, str | Operand]
    ) -> dict[str, exp.Expr]:
        found = {name_of(key): self.checked(column_tree(key)) for key in keys}
        found |= {name: self.checked(alone(column_tree(key))) for name, key in named.items()}
        for tree in found.values():
            refuse_windows(tree, "a group's key")
        return found

    def _by_sets(
        self, kind: type[exp.Expr], keys: dict[str, exp.Expr], level: str | None
    ) -> GroupedRelation:
        _need_keys(keys, f"a {kind.__name__.lower()}")
        _refuse_same(keys, kind.__name__.lower())
        sets = kind(expressions=[tree.copy() for tree in keys.values()])
        return self._grouped(keys, sets, level)

    def _grouped(
        self, keys: dict[str, exp.Expr], sets: exp.Expr | None = None, level: str | None = None
    ) -> GroupedRelation:
        from vibepiper_transform.grouping import GroupedRelation

        return GroupedRelation(cast("Relation", self), keys, sets, level)


def _refuse_same(keys: Mapping[str, exp.Expr], what: str) -> None:
    """A level without a key that another still has would have the rows of the level above again."""
    seen: dict[str, str] = {}
    for name, tree in keys.items():
        other = seen.setdefault(tree.sql("duckdb"), name)
        if other != name:
            raise DefinitionError(
                f"the keys '{other}' and '{name}' of a {what} are the same",
                at=callsite(),
                hint=f"Leave one out, and add it after: .mutate({name}=col('{other}')).",
            )


def _need_keys(keys: Mapping[str, exp.Expr], what: str) -> None:
    if not keys:
        raise DefinitionError(f"{what} need at least one key", at=callsite())
