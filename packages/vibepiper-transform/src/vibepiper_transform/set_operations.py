"""Unions, intersections and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.kinds import Kinds, check_comparable, common_kind
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.names import alias

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["SetOperations"]


class SetOperations(LazyQuery):
    """What takes relations of the same columns, which are matched by name."""

    def union(self, *others: object, distinct: bool = False) -> Self:
        """Its rows and those of others; ``distinct`` keeps each different row once."""
        return self._combined(exp.Union, "a union", others, distinct)

    def intersect(self, *others: object, distinct: bool = True) -> Self:
        """The rows that all have, each different row once, where null is equal to null; without
        ``distinct`` as often as all have it."""
        return self._combined(exp.Intersect, "an intersection", others, distinct)

    def except_(self, *others: object, distinct: bool = True) -> Self:
        """Its rows that none of the others has, each different row once, where null is equal to
        null; without ``distinct`` as often as it has it more often than they."""
        return self._combined(exp.Except, "a difference", others, distinct)

    def _combined(
        self, kind: type[exp.SetOperation], what: str, others: tuple[object, ...], distinct: bool
    ) -> Self:
        from vibepiper_transform.constructors import as_relation

        found = self
        for data in others:
            other = as_relation(data)
            kinds = found._common(other, what)
            left, right = (
                exp.select("*").from_(_named(side.body(), name))
                for side, name in ((found, "l"), (other.select(*self.columns), "r"))
            )
            tree = kind(this=left, expression=right, distinct=distinct)
            found = found.replace(tree, kinds, {**found._sources, **other._sources})
        return found

    def _common(self, other: Relation, what: str) -> Kinds:
        if set(self.columns) != set(other.columns):
            raise DefinitionError(
                f"{what} needs the same columns: {', '.join(self.columns)} "
                f"against {', '.join(other.columns)}",
                at=callsite(),
                hint="Select or rename first.",
            )
        for name, kind in self.kinds.items():
            check_comparable(name, kind, other.kinds[name])
        return {name: common_kind(kind, other.kinds[name]) for name, kind in self.kinds.items()}


def _named(body: exp.Expr, name: str) -> exp.Expr:
    body.set("alias", alias(name))
    return body
