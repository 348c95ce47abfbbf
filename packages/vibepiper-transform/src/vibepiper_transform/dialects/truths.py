"""Booleans that meet numbers, as the numbers that they are in DuckDB: other engines convert none,
or only some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.dialects.columns import Columns, types_read
from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.dialects.typing import as_kind, kind
from vibepiper_transform.families import family_of

__all__ = ["may_mix_truths", "truths_as_numbers"]

_PAIRS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_UNITED = (exp.Array, exp.Between, exp.Coalesce, exp.Greatest, exp.Least)
_TABLES = (exp.SetOperation, exp.Values)
_MEETING = (
    *_PAIRS, *_UNITED, *_TABLES, exp.Case, exp.If, exp.In, exp.Lag, exp.Lead, exp.Nullif,
)  # fmt: skip
_NARROW = ("TINYINT", "SMALLINT")


def may_mix_truths(query: exp.Query, columns: Columns) -> bool:
    """Whether something meets in the query while there are booleans in it, which only types tell:
    a column, a constant, or a condition that is a value."""
    if query.find(*_MEETING) is None:
        return False
    if any(isinstance(node, exp.Boolean) or _is_value(node) for node in query.walk()):
        return True
    return any(map(pa.types.is_boolean, types_read(query, columns)))


def _is_value(node: exp.Expr) -> bool:
    """Whether it is a condition that something takes as a value."""
    if not isinstance(node, exp.Predicate | exp.Connector | exp.Not):
        return False
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return isinstance(parent, (*_MEETING, exp.Alias, exp.Select)) and node.arg_key != "on"


def truths_as_numbers(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed."""
    for node in list(query.find_all(*_MEETING)):
        if is_native(node):
            continue
        if isinstance(node, exp.Lag | exp.Lead):
            _default_as_first(node)
        elif isinstance(node, exp.Nullif):
            _null_where_equal(node)
        else:
            for met in _meetings(node):
                _meet(met)
    return query


def _meetings(node: exp.Expr) -> Iterator[Sequence[exp.Expr]]:
    """Lists of values that have to be of one type."""
    if isinstance(node, exp.SetOperation):
        columns = zip_longest(*(select.selects for select in results_of(node)))
        yield from ([each.unalias() for each in column if each is not None] for column in columns)
    elif isinstance(node, exp.Values):
        yield from zip(*(_cells(row) for row in node.expressions), strict=False)
    elif isinstance(node, exp.Case):
        yield _given(
            *(branch.args.get("true") for branch in node.args["ifs"]), node.args.get("default")
        )
        if node.this is not None:
            yield [node.this, *(branch.this for branch in node.args["ifs"])]
    elif isinstance(node, exp.If):
        yield _given(node.args.get("true"), node.args.get("false"))
    elif isinstance(node, exp.In) and (query := node.args.get("query")) is not None:
        places = zip(*(select.selects for select in results_of(query)), strict=False)
        for one, found in zip(_cells(node.this), places, strict=False):
            yield [one, *(each.unalias() for each in found)]
    else:
        yield list(node.iter_expressions())


def _cells(row: exp.Expr) -> list[exp.Expr]:
    return row.expressions if isinstance(row, exp.Tuple) else [row]


def _given(*values: object) -> list[exp.Expr]:
    return [value for value in values if isinstance(value, exp.Expr)]


def _meet(values: Iterable[exp.Expr]) -> None:
    numbers = [found for each in values if family_of(found := kind(each) or "") == "number"]
    for value in values if numbers else ():
        if kind(value) == "BOOLEAN":
            _put(value, numbers)


def _put(value: exp.Expr, numbers: Sequence[str]) -> None:
    """Puts the number in the place of the boolean, of a type that is no wider than theirs."""
    parent, key, index = value.parent, value.arg_key, value.index
    assert parent is not None
    assert key is not None
    name = value.output_name if isinstance(parent, exp.Select) else ""
    made: exp.Expr = as_kind(exp.Cast(this=value, to=exp.DataType.build("INT")), "INTEGER")
    if set(numbers) <= {*_NARROW}:
        made = as_kind(exp.Cast(this=made, to=exp.DataType.build("SMALLINT")), "SMALLINT")
    parent.set(key, exp.alias_(made, name, quoted=True, copy=False) if name else made, index)


def _default_as_first(node: exp.Expr) -> None:
    """It has the type of its first value."""
    default, first = node.args.get("default"), kind(node.this)
    if default is None:
        return
    found = kind(default)
    if found == "BOOLEAN" and family_of(first or "") == "number":
        _put(default, [first or ""])
    elif first == "BOOLEAN" and family_of(found or "") == "number":
        node.set(
            "default", as_kind(exp.Cast(this=default, to=exp.DataType.build("BOOLEAN")), first)
        )


def _null_where_equal(node: exp.Expr) -> None:
    """A boolean stays one."""
    sides = [node.this, node.expression]
    if {kind(sides[0]) == "BOOLEAN", kind(sides[1]) == "BOOLEAN"} != {True, False}:
        return
    if not any(family_of(kind(side) or "") == "number" for side in sides):
        return
    equal = exp.EQ(this=node.this.copy(), expression=node.expression)
    _meet([equal.this, equal.expression])
    made = exp.Case(ifs=[exp.If(this=equal, true=exp.Null())], default=node.this)
    node.replace(as_kind(made, kind(node)))
