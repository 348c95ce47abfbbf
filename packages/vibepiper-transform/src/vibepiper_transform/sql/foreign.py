"""Functions that an engine has and DuckDB has not: their types are known where they are cast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from sqlglot import exp
from vibepiper.errors import DataError

from vibepiper_transform.dialects.native import without_marks
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.kinds import Kinds

__all__ = ["UNKNOWN", "check_typed", "function_name", "kinds_beside_foreign"]

UNKNOWN = ""
"""The type of what only the engine knows."""

_ABSENT = re.compile(r"(?:Scalar|Aggregate|Window)? ?Function with name \"?(\w+)\"? does not exist")
_AROUND = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)


def kinds_beside_foreign(query: exp.Query, bind: Callable[[exp.Query], Kinds]) -> Kinds:
    """The types of a query's columns as ``bind`` has them, with nulls in the place of functions
    that DuckDB has not. Columns that are made of one which nothing casts are `UNKNOWN`. Raises
    what ``bind`` raises for anything else."""
    tree, placed = without_marks(query.copy()), list[exp.Expr]()
    while True:
        try:
            kinds = bind(tree)
            break
        except DataError as error:
            if not (found := _replaced(tree, str(error))):
                raise
            placed += found
    open_ends = [null for null in placed if null.find_ancestor(exp.Cast) is None]
    unknown = _unknown(tree, open_ends, len(kinds))
    return {n: UNKNOWN if at in unknown else k for at, (n, k) in enumerate(kinds.items())}


def check_typed(kinds: Kinds) -> None:
    """Raises `DataError` for a column whose type is not known: its engine tells none."""
    for name, kind in kinds.items():
        if kind == UNKNOWN:
            raise DataError(
                f"the type of '{name}' is not known: it is made of a function that DuckDB has not",
                hint="Say it: CAST(.. AS ..).",
            )


def function_name(node: exp.Expr) -> str:
    """As SQL has it, in lower case; a column's is its own."""
    known = isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous)
    return (cast("exp.Func", node).sql_name() if known else node.name).lower()


def _replaced(tree: exp.Query, message: str) -> list[exp.Expr]:
    """The nulls that take the place of the function that a message says is absent."""
    if (absent := _ABSENT.search(message)) is None:
        return []
    name = absent[1].lower()
    calls = [node for node in tree.find_all(exp.Func) if function_name(node) == name]
    if any(isinstance(call.parent, (exp.Table, exp.Lateral)) for call in calls):
        return []  # it gives a table, whose columns nothing tells
    return [_whole(call).replace(_null()) for call in calls]


def _null() -> exp.Expr:
    """A null that is no literal, by which nothing may be ordered."""
    return exp.Case(ifs=[exp.If(this=exp.false(), true=exp.Null())])


def _whole(call: exp.Expr) -> exp.Expr:
    """A call with its window and its filter."""
    while isinstance(call.parent, _AROUND) and call.parent.this is call:
        call = call.parent
    return call


def _unknown(tree: exp.Query, nulls: list[exp.Expr], count: int) -> set[int]:
    """The places of the columns whose types may rest on one of the nulls: all of them, where one is
    in a query within."""
    results = {id(select): select for select in results_of(tree)}
    found: set[int] = set()
    for null in nulls:
        select = results.get(id(null.parent_select))
        if select is None or len(select.expressions) != count:
            return set(range(count))
        found |= {at for at, each in enumerate(select.expressions) if _is_in(null, each)}
    return found


def _is_in(node: exp.Expr, root: exp.Expr) -> bool:
    return any(above is root for above in _above(node))


def _above(node: exp.Expr) -> Iterator[exp.Expr]:
    here: exp.Expr | None = node
    while here is not None:
        yield here
        here = here.parent
