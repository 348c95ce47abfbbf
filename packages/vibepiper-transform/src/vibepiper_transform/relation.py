"""The lazy relation: a SQL syntax tree over named sources, run by a backend when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from vibepiper_transform.aggregation import Aggregation
from vibepiper_transform.display import Display
from vibepiper_transform.joining import Joining
from vibepiper_transform.projection import Projection
from vibepiper_transform.recipes import Recipes
from vibepiper_transform.reshaping import Reshaping
from vibepiper_transform.set_operations import SetOperations

__all__ = ["Relation"]

P = ParamSpec("P")
T = TypeVar("T")


class Relation(Display, Projection, Joining, SetOperations, Aggregation, Reshaping, Recipes):
    """Rows that are not fetched until they are read: by `to_reader`, by `to_table`, or by
    whatever takes Arrow streams. Immutable; every method gives a new relation.

    A column that does not exist, and an expression whose types do not fit, are refused at once,
    with the nearest name and the line of code that asked for it. Two columns may not differ only
    in case.
    """

    def pipe(
        self, function: Callable[Concatenate[Relation, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(self, ...)``: a transformation of one's own, in a chain."""
        return function(self, *args, **kwargs)
