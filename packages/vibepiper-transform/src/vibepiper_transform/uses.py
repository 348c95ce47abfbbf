"""Where the user's code names columns: kept in the tree while a function is traced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlglot import exp
from vibepiper.errors import Location

from vibepiper_transform.callsite import callsite

__all__ = ["keeping_places", "place_of", "set_place", "with_place"]

_PLACE = "vibepiper_place"
_keeping: ContextVar[bool] = ContextVar("vibepiper_keeping_places", default=False)


@contextmanager
def keeping_places() -> Iterator[None]:
    """Within it, relations keep where each of their columns was named."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def with_place(tree: exp.Expr) -> exp.Expr:
    """``tree``; inside `keeping_places` its columns know the line of code that is being run."""
    if _keeping.get() and (at := callsite()) is not None:
        for column in tree.find_all(exp.Column):
            if place_of(column) is None:
                set_place(column, at)
    return tree


def set_place(node: exp.Expr, at: Location) -> None:
    """Keeps with a node where the user wrote it; copies of the node have it too."""
    # Trees are copied often: a plain tuple costs least.
    node.meta[_PLACE] = tuple(getattr(at, name) for name in Location.__slots__)


def place_of(node: exp.Expr) -> Location | None:
    """Where the user wrote a node, if that was kept."""
    at = node.meta.get(_PLACE)
    return None if at is None else Location(*at)
