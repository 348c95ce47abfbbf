"""The lazy relation: a SQL syntax tree over named sources, run by a backend when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vibepiper_transform.combination import Combination
from vibepiper_transform.expressions import Expression, column_tree, refuse_windows
from vibepiper_transform.names import name_of
from vibepiper_transform.projection import Projection
from vibepiper_transform.selection import Selection

if TYPE_CHECKING:
    from vibepiper_transform.grouping import GroupedRelation
    from vibepiper_transform.joins import How, On

__all__ = ["Relation"]


class Relation(Projection, Selection, Combination):
    """Rows that are not fetched until they are read: by `to_reader`, by `to_table`, or by
    whatever takes Arrow streams. Immutable; every method gives a new relation.

    A column that does not exist is refused at once, with the nearest name and the line of code
    that asked for it. Two columns may not differ only in case.
    """

    def join(
        self, other: object, *, on: On, how: How = "inner", suffix: str = "_right"
    ) -> Relation:
        """See `vibepiper_transform.join`."""
        from vibepiper_transform.joins import join

        return join(self, other, on=on, how=how, suffix=suffix)

    def groupby(self, *keys: str | Expression, **named: str | Expression) -> GroupedRelation:
        """Groups of rows whose keys are equal; call ``aggregate`` on it."""
        from vibepiper_transform.grouping import GroupedRelation

        groups = {name_of(key): self.checked(column_tree(key)) for key in keys}
        groups |= {name: self.checked(column_tree(key)) for name, key in named.items()}
        for tree in groups.values():
            refuse_windows(tree, "a group's key")
        return GroupedRelation(self, groups)

    def aggregate(self, **aggregates: object) -> Relation:
        """One row for the whole relation."""
        return self.groupby().aggregate(**cast("Any", aggregates))
