"""Clauses that DuckDB alone has, or takes in more forms, in those that every engine has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.trees import case, integer, is_constant
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["keys_of_all", "needs_columns", "plain_clauses"]

_WRITE = "Write the number itself, or {{ a parameter }}."


def needs_columns(query: exp.Query) -> bool:
    """Whether it has a clause that is lowered by the columns of what it reads."""
    for node in query.find_all(exp.Select, exp.SetOperation):
        if node.args.get("by_name") or node.args.get("qualify") or _means_all(node):
            return True
    return False


def plain_clauses(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed: ``GROUP BY ALL`` and ``ORDER BY ALL`` name what they mean, a
    HAVING and a GROUP BY of no keys have an aggregate, and a LIMIT is a number. Raises
    `UnsupportedSql` for a limit that is none where there have to be numbers."""
    for node in list(query.find_all(exp.Query)):
        if isinstance(node, exp.Select):
            if is_native(node):
                continue
            _group(node)
        _order_by_all(node)
        _limit(node, dialect)
    return query


def keys_of_all(select: exp.Select) -> list[exp.Expr]:
    """What ``GROUP BY ALL`` groups by: all that is no aggregate, and names a column."""
    values = (node.unalias() for node in select.expressions)
    return [value for value in values if not _is_aggregate(value) and _names_column(value)]


def _means_all(query: exp.Expr) -> bool:
    group, order = query.args.get("group"), query.args.get("order")
    return bool(group and group.args.get("all")) or bool(order and _all_of(order))


def _all_of(order: exp.Expr) -> exp.Expr | None:
    terms = order.expressions
    return terms[0] if len(terms) == 1 and _is_all(terms[0].this) else None


def _is_all(node: exp.Expr) -> bool:
    return isinstance(node, exp.Var) and node.name.upper() == "ALL"


def _group(select: exp.Select) -> None:
    group = select.args.get("group")
    if group is not None and group.args.get("all"):
        group = _of_all(select)
    if group is not None:
        _constant_keys(group, select)
    whole = group is not None and _is_of_nothing(group)
    if whole:
        select.set("group", None)
    if (whole or (group is None and select.args.get("having"))) and select.expressions:
        _aggregated(select)


def _constant_keys(group: exp.Expr, select: exp.Select) -> None:
    """Keys that are constants as the places of their columns: engines take a number for a place
    itself, and PostgreSQL no other constant."""
    shown = [node.unalias() for node in select.expressions]
    for key in group.expressions:
        if not isinstance(key, exp.Tuple) and not _is_place(key) and is_constant(key):
            place = next((n for n, value in enumerate(shown, 1) if value == key), None)
            if place is not None:
                key.replace(integer(place))


def _is_place(key: exp.Expr) -> bool:
    return isinstance(key, exp.Literal) and key.is_int


def _of_all(select: exp.Select) -> exp.Expr | None:
    """The keys that ``GROUP BY ALL`` means. Without any there is no group where there is no
    aggregate."""
    keys = [value.copy() for value in keys_of_all(select)]
    if not keys and not any(map(_is_aggregate, select.expressions)):
        select.set("group", None)
        return None
    group = exp.Group(expressions=keys or [exp.Tuple()])
    select.set("group", group)
    return group


def _rounded(number: exp.Literal) -> exp.Expr:
    """A fraction, or a text that is a number, as the whole number that it is read as."""
    try:
        return integer(int(Decimal(number.name).quantize(Decimal(1), ROUND_HALF_UP)))
    except InvalidOperation:
        return number


def _is_of_nothing(group: exp.Expr) -> bool:
    """Whether it is ``GROUP BY ()``, which is one group, of no rows also."""
    keys = group.expressions
    return [*group.args.keys()] == ["expressions"] and all(
        isinstance(key, exp.Tuple) and not key.expressions for key in keys
    )


def _names_column(node: exp.Expr) -> bool:
    """Whether it is computed from a column of its own SELECT, in a query within it also."""
    inner = {each.alias_or_name for each in node.find_all(exp.Table, exp.Subquery)}
    return any(column.table not in inner for column in node.find_all(exp.Column))


def _is_aggregate(node: exp.Expr) -> bool:
    return any(_aggregates(node))


def _aggregates(node: exp.Expr) -> Iterator[exp.Expr]:
    """The aggregates of its own SELECT that are no window's."""
    for found in node.find_all(exp.AggFunc):
        around = found.parent
        while isinstance(around, exp.Filter | exp.WithinGroup | exp.IgnoreNulls):
            around = around.parent
        is_window = isinstance(around, exp.Window) and around.arg_key != "partition_by"
        if not is_window and found.find_ancestor(exp.Query) is node.find_ancestor(exp.Query):
            yield found


def _aggregated(select: exp.Select) -> None:
    """Puts an aggregate among the columns, where there is none, so that all rows are one group."""
    if any(map(_is_aggregate, select.expressions)):
        return
    first = select.expressions[0]
    value, name = first.unalias(), first.alias_or_name
    some = exp.GTE(this=exp.Count(this=exp.Star()), expression=integer(0))
    made = as_kind(case((some, value)), kind(value))
    first.replace(exp.alias_(made, name, quoted=True, copy=False) if name else made)


def _order_by_all(query: exp.Expr) -> None:
    order = query.args.get("order")
    term = None if order is None else _all_of(order)
    if order is None or term is None or not isinstance(query, exp.Query):
        return
    terms = []
    for name in query.named_selects:
        made = term.copy()
        made.set("this", exp.column(name, quoted=True))
        terms.append(made)
    order.set("expressions", terms)


def _limit(query: exp.Expr, dialect: str) -> None:
    fetched = query.args.get("limit")
    if isinstance(fetched, exp.Fetch) and not _is_special(fetched.args.get("limit_options")):
        query.set("limit", exp.Limit(expression=fetched.args.get("count") or integer(1)))
    for clause in ("limit", "offset"):
        node = query.args.get(clause)
        if isinstance(node, exp.Limit | exp.Offset):
            number = node.expression
            if isinstance(number, exp.Null) or _is_all(number):
                query.set(clause, None)
            elif isinstance(number, exp.Literal) and not number.is_int:
                node.set("expression", _rounded(number))
            elif dialect == "mysql" and not isinstance(number, exp.Literal):
                why = "it takes numbers alone"
                raise refuse(f"a computed {clause}", dialect, why, _WRITE, node=number)
    if dialect == "mysql" and query.args.get("offset") and not query.args.get("limit"):
        query.set("limit", exp.Limit(expression=integer(2**63 - 1)))


def _is_special(options: exp.Expr | None) -> bool:
    """Whether it is a share of the rows, or takes those that are equal to the last."""
    return options is not None and any(options.args.get(name) for name in ("percent", "with_ties"))
