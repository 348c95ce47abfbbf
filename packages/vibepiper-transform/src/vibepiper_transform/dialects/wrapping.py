"""QUALIFY, DISTINCT ON and HAVING as a SELECT around the rest: for engines that lack them."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.selecting import put
from vibepiper_transform.dialects.trees import integer, quoted, whole
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["distinct_on_by_number", "having_around", "ordered_distinct_on", "qualified_around"]

_KEPT, _PLACE, _ROWS = "vp_kept", "vp_place", "vp_rows"
_AFTER = ("with_", "distinct", "order", "limit", "offset")


def qualified_around(query: exp.Query, dialect: str) -> exp.Query:
    """The condition of a QUALIFY becomes a column, by which a SELECT around it chooses."""
    for select in list(query.find_all(exp.Select)):
        clause = select.args.get("qualify")
        if clause is None or is_native(select) or not _is_named(select):
            continue
        if _is_on(select):
            hint = "Put the QUALIFY into a WITH, and the DISTINCT ON around it."
            raise refuse("QUALIFY beside DISTINCT ON", dialect, "it has neither", hint, node=clause)
        query = put(query, select, _around(select, clause.this, "qualify"))
    return query


def having_around(query: exp.Query) -> exp.Query:
    """The condition of a HAVING that computes with what its keys are made of becomes a column:
    MariaDB's names only keys, and columns of the SELECT."""
    for select in list(query.find_all(exp.Select)):
        clause = select.args.get("having")
        if clause is None or not _is_named(select):
            continue
        if any(_is_part_of_key(column, select) for column in clause.find_all(exp.Column)):
            query = put(query, select, _around(select, clause.this, "having"))
    return query


def _is_part_of_key(column: exp.Column, select: exp.Select) -> bool:
    group = select.args.get("group")
    keys = [] if group is None else group.expressions
    own = column.find_ancestor(exp.Query) is select
    return own and column.find_ancestor(exp.AggFunc) is None and column not in keys


def ordered_distinct_on(query: exp.Query) -> exp.Query:
    """`distinct_on_by_number` where the ORDER BY does not begin with the keys, as PostgreSQL's
    has to."""
    return distinct_on_by_number(query, but_for=_begins_with_keys)


def _begins_with_keys(select: exp.Select) -> bool:
    keys, order = select.args["distinct"].args["on"].expressions, select.args.get("order")
    terms = [] if order is None else order.expressions[: len(keys)]
    first = {_meant(term, select).this for term in terms}
    return first <= {_place(key, select) for key in keys}


def _place(key: exp.Expr, select: exp.Select) -> exp.Expr:
    """A key, or the column whose place it is."""
    number, columns = whole(key) or 0, select.selects
    return columns[number - 1].unalias() if 0 < number <= len(columns) else key.unnest()


def distinct_on_by_number(
    query: exp.Query, *, but_for: Callable[[exp.Select], bool] = lambda _: False
) -> exp.Query:
    """The rows of each key are numbered, and a SELECT around it chooses the first."""
    for select in list(query.find_all(exp.Select)):
        if not is_native(select) and _is_on(select) and _is_named(select) and not but_for(select):
            keys = select.args["distinct"].args["on"].expressions
            parts = [_place(key, select).copy() for key in keys]
            number = exp.Window(this=exp.RowNumber(), partition_by=parts)
            if (order := select.args.get("order")) is not None:
                terms = [_meant(term, select) for term in order.expressions]
                number.set("order", exp.Order(expressions=terms))
            first = exp.EQ(this=number, expression=integer(1))
            query = put(query, select, _around(select, first, "distinct"))
    return query


def _is_on(select: exp.Select) -> bool:
    distinct = select.args.get("distinct")
    return distinct is not None and bool(distinct.args.get("on"))


def _is_named(select: exp.Select) -> bool:
    """Whether each of its columns can be named from around it."""
    return bool(select.selects) and all(
        node.alias_or_name and not node.is_star for node in select.selects
    )


def _around(select: exp.Select, test: exp.Expr, clause: str) -> exp.Select:
    """``select`` without the clause, of whose rows those are chosen that pass."""
    inner = select.copy()
    outer = exp.Select()
    outer.meta.update(select.meta)  # native is what was
    for name in {*_AFTER} - {clause}:
        outer.set(name, inner.args.get(name))
    for name in (clause, *_AFTER):
        inner.set(name, None)
    outer.set("expressions", [_seen(node.alias_or_name, node) for node in inner.selects])
    inner.append("expressions", exp.alias_(test.copy(), _KEPT, quoted=True, copy=False))
    if (order := outer.args.get("order")) is not None:
        order.set("expressions", [_carried(term, inner) for term in order.expressions])
    outer.set("from_", exp.From(this=inner.subquery(quoted(_ROWS), copy=False)))
    outer.set("where", exp.Where(this=as_kind(_column(_KEPT), "BOOLEAN")))
    return outer


def _seen(name: str, node: exp.Expr) -> exp.Expr:
    return exp.alias_(as_kind(_column(name), kind(node)), name, quoted=True, copy=False)


def _column(name: str) -> exp.Expr:
    return exp.column(name, _ROWS, quoted=True)


def _carried(term: exp.Expr, inner: exp.Select) -> exp.Expr:
    """A term of the ORDER BY as a column of the inner SELECT, to which it is added if need be."""
    if whole(term.this) is not None:
        return term  # the place of a column
    value = _meant(term, inner).this
    found = (node.alias_or_name for node in inner.selects if node.unalias() == value)
    name = next(found, None)
    if name is None:
        name = f"{_PLACE}_{len(inner.selects)}"
        inner.append("expressions", exp.alias_(value, name, quoted=True))
    made = term.copy()
    made.set("this", as_kind(_column(name), kind(value)))
    return made


def _meant(term: exp.Expr, select: exp.Select) -> exp.Expr:
    """The term with what the names of the SELECT's own columns, or their places, stand for."""
    named = {node.alias: node.this for node in select.selects if isinstance(node, exp.Alias)}

    def replaced(node: exp.Expr) -> exp.Expr:
        is_name = isinstance(node, exp.Column) and not node.table
        return named[node.name].copy() if is_name and node.name in named else node

    made = term.copy().transform(replaced, copy=False)
    made.set("this", _place(made.this, select).copy())
    return made
