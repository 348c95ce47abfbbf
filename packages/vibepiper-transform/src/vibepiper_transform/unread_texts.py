"""Texts that are constants, where an operator or a function takes another value: DuckDB reads them
as one when it comes to a row, and then may not be able to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.bound_types import fault_of_constant
from vibepiper_transform.dialects.native import copy_to_write

__all__ = ["unread_text"]

KindOf: TypeAlias = "Callable[[exp.Expr], str | None]"

_TAKE = (exp.Binary, exp.Func, exp.Interval)
_ANY_TEXT = frozenset({
    exp.Concat, exp.ConcatWs, exp.Contains, exp.DPipe, exp.Dot, exp.EndsWith, exp.Glob,
    exp.GroupConcat, exp.ILike, exp.Length, exp.Like, exp.Lower, exp.MD5, exp.PropertyEQ,
    exp.Replace, exp.Split, exp.StartsWith, exp.StrPosition, exp.Struct, exp.Trim, exp.Upper,
})  # fmt: skip
"""What takes every text, and is not asked for."""
_CONSTANT = (exp.Boolean, exp.Literal, exp.Null)


def unread_text(text: exp.Literal, kind_of: KindOf) -> Iterator[tuple[exp.Expr, str]]:
    """The text, if it is one, and what DuckDB says of it where it stands. ``kind_of`` gives the
    type of a column, and may that of other expressions; None where it is not known."""
    taker = text.parent if text.is_string else None
    while isinstance(taker, exp.Paren):
        taker = taker.parent
    if not isinstance(taker, _TAKE) or type(taker) in _ANY_TEXT or isinstance(taker, exp.Cast):
        return
    columns: list[str] = []

    def in_its_place(part: exp.Expr) -> exp.Expr | None:
        """A column in the place of what has a known type."""
        if isinstance(part, exp.Query | exp.Star | exp.Placeholder):
            raise _UnknownError
        if isinstance(part.unnest(), _CONSTANT) or not isinstance(part, exp.Condition):
            return None
        if (kind := kind_of(part)) is not None:
            columns.append(kind)
            return exp.column(f"c{len(columns) - 1}", quoted=True)
        if isinstance(part, exp.Column):
            raise _UnknownError
        return None

    try:
        tree = copy_to_write(taker, "duckdb", in_its_place)
    except (_UnknownError, DefinitionError):
        return
    if (fault := fault_of_constant(tree.sql("duckdb"), tuple(columns), text.name)) is not None:
        yield text, fault


class _UnknownError(Exception):
    """Something is in it whose type is not known."""
