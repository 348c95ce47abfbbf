"""The lazy relation: a SQL syntax tree over named sources, run by a backend when it is read."""

from __future__ import annotations

from vibepiper_transform.aggregation import Aggregation
from vibepiper_transform.joining import Joining
from vibepiper_transform.projection import Projection
from vibepiper_transform.selection import Selection
from vibepiper_transform.set_operations import SetOperations

__all__ = ["Relation"]


class Relation(Projection, Selection, Joining, SetOperations, Aggregation):
    """Rows that are not fetched until they are read: by `to_reader`, by `to_table`, or by
    whatever takes Arrow streams. Immutable; every method gives a new relation.

    A column that does not exist, and an expression whose types do not fit, are refused at once,
    with the nearest name and the line of code that asked for it. Two columns may not differ only
    in case.
    """
