"""FULL JOINs as LEFT JOINs and what is left of the right side, for dialects that lack them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.selecting import CLAUSES, put
from vibepiper_transform.dialects.trees import quoted
from vibepiper_transform.dialects.typing import as_kind, kind, own_nodes
from vibepiper_transform.dialects.unsupported import UnsupportedSql

__all__ = ["full_joins_by_union", "unequal_full_joins_by_union"]


def full_joins_by_union(query: exp.Query, dialect: str) -> exp.Query:
    """A FULL JOIN as the LEFT JOIN, and beside it the right's rows that have no match."""
    return _joined_by_union(query, dialect, lambda join: join.side == "FULL")


def unequal_full_joins_by_union(query: exp.Query, dialect: str) -> exp.Query:
    """The same of those alone whose condition has no equality between the two sides."""
    return _joined_by_union(query, dialect, _is_unequal_full)


def _is_unequal_full(join: exp.Join) -> bool:
    """Whether it is a FULL JOIN by other tests than equality. Its columns know their tables."""
    if join.side != "FULL" or join.args.get("using"):
        return False
    right = {join.this.alias_or_name}
    on = join.args.get("on")
    terms = [] if on is None else list(on.flatten()) if isinstance(on, exp.And) else [on]
    return not any(_is_tie(term.unnest(), right) for term in terms)


def _is_tie(term: exp.Expr, right: set[str]) -> bool:
    """Whether it equates what is of the right side with what is of the left."""
    if not isinstance(term, exp.EQ):
        return False
    one, two = (
        {c.table for c in side.find_all(exp.Column)} for side in (term.this, term.expression)
    )
    return (one == right and bool(two) and not two & right) or (
        two == right and bool(one) and not one & right
    )


def _joined_by_union(
    query: exp.Query, dialect: str, is_meant: Callable[[exp.Join], bool]
) -> exp.Query:
    for select in list(query.find_all(exp.Select)):
        joins = select.args.get("joins") or []
        if not is_native(select) and any(map(is_meant, joins)):
            if len(joins) > 1 or not _only_joins(select):
                joined = _join_apart(select, dialect)
                joined.set("this", _full(cast("exp.Select", joined.this)))
            else:
                query = put(query, select, _full(select))
    return query


def _only_joins(select: exp.Select) -> bool:
    plain = not any(select.args.get(clause) for clause in (*CLAUSES, "where"))
    odd = (exp.AggFunc, exp.Window)
    return plain and not any(isinstance(node, odd) for node in own_nodes(select))


def _join_apart(select: exp.Select, dialect: str) -> exp.Subquery:
    """Puts the join of a query that does more into one of its own."""
    (join, *others), on = select.args["joins"], select.args["joins"][0].args.get("on")
    used = [node for node in own_nodes(select) if isinstance(node, exp.Column)]
    above = [node for node in used if not _is_within(node, on)]
    tables = (select.args["from_"].this, join.this)
    nested = [n for n in own_nodes(select) if isinstance(n, exp.Query) and n not in tables]
    stars = any(isinstance(node.this, exp.Star) or not node.table for node in above)
    if others or stars or nested:
        raise UnsupportedSql(
            "full join in a query that does more",
            dialect,
            "it becomes a LEFT JOIN and a UNION ALL",
            "Put the join alone into a WITH, and the rest around it.",
            node=join,
        )
    names: dict[tuple[str, str], exp.Column] = {}
    for node in above:
        names.setdefault((node.table, node.name), node)
    given = {place: f"c{number}" for number, place in enumerate(names)}
    chosen = [exp.alias_(names[place].copy(), quoted(name)) for place, name in given.items()]
    chosen = chosen or [exp.alias_(exp.Literal.number(1), quoted("c0"))]
    alone = exp.select(*chosen, copy=False)
    alone.set("from_", select.args["from_"])
    alone.set("joins", [join])
    joined = exp.Subquery(this=alone, alias=exp.TableAlias(this=quoted("vp_joined")))
    select.set("from_", exp.From(this=joined))
    select.set("joins", None)
    for node in above:
        _rename(node, given[node.table, node.name])
    return joined


def _is_within(node: exp.Expr, of: exp.Expr | None) -> bool:
    return of is not None and any(each is of for each in (node, *_ancestors(node)))


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _rename(node: exp.Column, name: str) -> None:
    """An output that was named after its column keeps the name."""
    shown = node.name
    is_output = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
    made = as_kind(exp.Column(this=quoted(name), table=quoted("vp_joined")), kind(node))
    made.type = node.type
    node.replace(exp.alias_(made, quoted(shown), copy=False) if is_output else made)


def _full(select: exp.Select) -> exp.Query:
    join = select.args["joins"][0]
    left, right = select.args["from_"].this, join.this
    left_join = select.copy()
    left_join.args["joins"][0].set("side", "LEFT")
    rest = select.copy()
    with_ = rest.args.get("with_")
    left_join.set("with_", None)
    rest.set("with_", None)
    rest.set("joins", None)
    rest.set("from_", exp.From(this=right.copy()))
    on = join.args.get("on") or exp.true()
    matches = exp.select(exp.Literal.number(1)).from_(left.copy()).where(on.copy())
    rest.set("where", exp.Where(this=exp.Not(this=exp.Exists(this=matches))))
    names = {left.alias_or_name}
    rest.set("expressions", [_null_of(e, names) for e in rest.expressions])
    union = exp.Union(this=left_join, expression=rest, distinct=False)
    union.set("with_", with_)
    return union


def _null_of(output: exp.Expr, tables: set[str]) -> exp.Expr:
    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table in tables:
            return as_kind(exp.Null(), kind(node))
        return node

    name = output.alias_or_name
    done = output.unalias().transform(replaced)
    return exp.alias_(done, quoted(name), copy=False)
