"""Functions that an engine has and DuckDB has not: their types are known where they are cast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from sqlglot import exp
from vibepiper.errors import DataError, Location

from vibepiper_transform.dialects.native import is_mixed, without_marks
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.kinds import Kinds

__all__ = ["UNKNOWN", "UntypedColumn", "check_typed", "function_name", "kinds_beside_foreign"]

UNKNOWN = ""
"""The type of what only the engine knows."""

_ABSENT = re.compile(r"(?:Scalar|Aggregate|Window)? ?Function with name \"?(\w+)\"? does not exist")
_CONDITIONS = (exp.Where, exp.Having, exp.And, exp.Or, exp.Not, exp.Join)
_AROUND = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)


def kinds_beside_foreign(query: exp.Query, bind: Callable[[exp.Query], Kinds]) -> Kinds:
    """The types of a query's columns as ``bind`` has them, with nulls in the place of functions
    that DuckDB has not, and of values of several types. Columns that are made of one which nothing
    casts are `UNKNOWN`. Raises what ``bind`` raises for anything else."""
    tree, placed = query.copy(), list[exp.Expr]()
    for node in list(filter(is_mixed, tree.walk())):
        placed += [_whole(node).replace(_null(node))]
    without_marks(tree)
    while True:
        try:
            kinds = bind(tree)
            break
        except DataError as error:
            if not (found := _replaced(tree, str(error))):
                raise
            placed += found
    open_ends = [null for null in placed if _is_open(null)]
    unknown = _unknown(tree, open_ends, len(kinds))
    return {n: UNKNOWN if at in unknown else k for at, (n, k) in enumerate(kinds.items())}


class UntypedColumn(DataError):
    """A ``column`` has a type that only the engine knows."""

    def __init__(self, column: str, *, at: Location | None = None) -> None:
        super().__init__(
            f"the type of '{column}' is not known: only the engine that it runs in can tell",
            at=at,
            hint="Say it: CAST(.. AS ..).",
        )
        self.column = column


def check_typed(kinds: Kinds, find: Callable[[str], Location | None] | None = None) -> None:
    """Raises `UntypedColumn` for one whose type is not known: its engine tells none. ``find``
    tells where a column is written."""
    for name, kind in kinds.items():
        if kind == UNKNOWN:
            raise UntypedColumn(name, at=None if find is None else find(name))


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
    return [_whole(call).replace(_null(call)) for call in calls]


def _null(call: exp.Expr) -> exp.Expr:
    """A null that is no literal, by which nothing may be ordered; a condition's is a boolean."""
    value = exp.false() if _is_condition(call) else exp.Null()
    return exp.Case(ifs=[exp.If(this=exp.false(), true=value)])


def _is_condition(node: exp.Expr) -> bool:
    if isinstance(node.parent, exp.If):
        return node.arg_key == "this"
    return isinstance(node, exp.Predicate) or isinstance(node.parent, _CONDITIONS)


def _is_open(null: exp.Expr) -> bool:
    """Whether its type is not known, and nothing casts it."""
    is_null = isinstance(null.args["ifs"][0].args["true"], exp.Null)
    return is_null and null.find_ancestor(exp.Cast) is None


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
