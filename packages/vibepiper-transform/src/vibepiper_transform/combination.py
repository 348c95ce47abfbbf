"""Combining a relation with others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import subquery
from vibepiper_transform.sql_types import check_comparable

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["Combination"]


class Combination(LazyQuery):
    """What takes a relation and others."""

    def union(self, *others: object, distinct: bool = False) -> Self:
        """Its rows and those of others that have the same columns, matched by name; ``distinct``
        keeps each different row once."""
        from vibepiper_transform.constructors import as_relation

        tree: exp.Query = self._tree.copy()
        sources = dict(self._sources)
        for data in others:
            other = as_relation(data)
            self._check_same_columns(other)
            aligned = other.select(*self.columns)
            left, right = exp.select("*").from_(subquery(tree, "l")), aligned._tree
            tree = left.union(exp.select("*").from_(subquery(right, "r")), distinct=distinct)
            sources |= other._sources
        return self.replace(tree, self.columns, sources)

    def _check_same_columns(self, other: Relation) -> None:
        if set(self.columns) != set(other.columns):
            raise DefinitionError(
                f"a union needs the same columns: {', '.join(self.columns)} "
                f"against {', '.join(other.columns)}",
                at=callsite(),
                hint="Select or rename first.",
            )
        for name in self.columns:
            check_comparable(name, self.schema.field(name).type, other.schema.field(name).type)
