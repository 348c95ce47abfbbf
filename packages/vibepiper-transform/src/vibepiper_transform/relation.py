"""The lazy relation: a SQL syntax tree over named sources, run by a backend when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from vibepiper.errors import DefinitionError, nearest

from vibepiper_transform.aggregation import Aggregation
from vibepiper_transform.callsite import callsite
from vibepiper_transform.display import Display
from vibepiper_transform.joining import Joining
from vibepiper_transform.projection import Projection
from vibepiper_transform.recipes import Recipes
from vibepiper_transform.reshaping import Reshaping
from vibepiper_transform.set_operations import SetOperations

if TYPE_CHECKING:
    from vibepiper_transform.explanation import Explanation
    from vibepiper_transform.hints import Hint

__all__ = ["Relation"]

P = ParamSpec("P")
T = TypeVar("T")


class NoSuchMember(DefinitionError, AttributeError):
    """A method that a relation has not, and that `hasattr` may ask for."""


class Relation(Display, Projection, Joining, SetOperations, Aggregation, Reshaping, Recipes):
    """Rows that are not fetched until they are read: by `to_reader`, by `to_table`, or by
    whatever takes Arrow streams. Immutable; every method gives a new relation.

    A column that does not exist, and an expression whose types do not fit, are refused at once,
    with the nearest name and the line of code that asked for it. Two columns may not differ only
    in case.
    """

    if not TYPE_CHECKING:  # so that a type checker reports a wrong name itself
        __iter__ = None

        def __getattr__(self, name: str) -> object:
            if hasattr(type(self), name):
                return object.__getattribute__(self, name)  # it raised AttributeError itself
            near = nearest(name, [known for known in dir(type(self)) if known[0] != "_"])
            meant = f"Did you mean '{near}'? " if near else ""
            raise NoSuchMember(
                f"a relation has no '{name}'",
                at=callsite(),
                hint=f"{meant}A column is written col({name!r}).",
            )

        def __getitem__(self, key: object) -> object:
            raise DefinitionError(
                f"a relation has no items, such as [{key!r}]",
                at=callsite(),
                hint='A column is written col("x"); .select("x", "y") keeps some of them.',
            )

    def pipe(
        self, function: Callable[Concatenate[Relation, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(self, ...)``: a transformation of one's own, in a chain."""
        return function(self, *args, **kwargs)

    def hint(self, hint: Hint) -> Relation:
        """The same rows, computed as it is told.

        - ``materialize``: once, into a temporary table of this process, however often and by how
          many queries they are read.
        - ``no_pushdown``: here; its databases only hand out their tables' columns.
        - ``broadcast``: by themselves, and then sent to the database of what they are joined
          with, if that holds all else and takes tables; else here.
        """
        from vibepiper_transform.hints import hinted

        return hinted(self, hint)

    def explain(self, *, engine: bool = False, analyze: bool = False) -> Explanation:
        """Where its parts run, as what SQL, and what moves between them. ``engine`` adds the
        engines' own plans and how many rows they expect; ``analyze`` what they measured: it runs
        the parts. Nothing is run otherwise."""
        from vibepiper_transform.explanation import explain

        return explain(self, engine=engine, analyze=analyze)
