"""Where the user's code names columns: kept in the tree while a function is traced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlglot import exp
from vibepiper.errors import Location

from vibepiper_transform.callsite import callsite

__all__ = ["keep_place", "keeping_places", "place_near", "place_of", "with_place"]

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
    """``tree``; inside `keeping_places` its columns know the line of code that is being run, or it
    does itself, if it has none."""
    if _keeping.get() and (at := callsite()) is not None:
        columns: list[exp.Expr] = [*tree.find_all(exp.Column)]
        for node in columns or [tree]:
            if place_of(node) is None:
                keep_place(node, lambda: at)
    return tree


def keep_place(node: exp.Expr, find: Callable[[], Location]) -> None:
    """Inside `keeping_places`, keeps with a node where the user wrote it, which is found out when
    somebody asks; copies of the node have it too."""
    if _keeping.get():
        node.meta[_PLACE] = find


def place_of(node: exp.Expr) -> Location | None:
    """Where the user wrote a node, if that was kept."""
    find = None if node._meta is None else node._meta.get(_PLACE)
    return None if find is None else find()


def place_near(node: exp.Expr) -> Location | None:
    """Where the user wrote a part of a node, or else what is nearest around it."""
    around: exp.Expr | None = node
    while around is not None:
        if (at := next(filter(None, map(place_of, around.walk())), None)) is not None:
            return at
        around = around.parent
    return None
