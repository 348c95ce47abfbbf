"""Whole SELECTs said otherwise: for dialects that lack a clause."""

from __future__ import annotations

from itertools import chain

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import quoted
from vibepiper_transform.dialects.typing import as_kind, kind, own_nodes
from vibepiper_transform.dialects.unsupported import UnsupportedSql

__all__ = ["CLAUSES", "asof_by_windows", "grouping_sets_by_union", "put"]

CLAUSES = ("group", "having", "qualify", "distinct", "order", "limit", "offset", "windows")


def grouping_sets_by_union(query: exp.Query, dialect: str) -> exp.Query:
    """Each set of keys as a SELECT of its own, UNION ALL; GROUPING() is what it is there."""
    for select in list(query.find_all(exp.Select)):
        if not is_native(select) and (sets := _sets(select)) is not None:
            _refuse_windows(select, dialect)
            union = _union([_grouped(select, keys, sets) for keys in sets])
            query = put(query, select, _ordered_as(select, union, dialect))
    return query


def _sets(select: exp.Select) -> list[list[exp.Expr]] | None:
    """The sets of keys that GROUP BY means, the keys of all of them first; None where it is a
    plain one."""
    group = select.args.get("group")
    if group is None:
        return None
    special = ("grouping_sets", "rollup", "cube")
    parts = [part for name in special for part in group.args.get(name) or ()]
    parts += [
        e for e in group.expressions if isinstance(e, exp.GroupingSets | exp.Rollup | exp.Cube)
    ]
    if not parts:
        return None
    plain = [e for e in group.expressions if e not in parts]
    sets: list[list[exp.Expr]] = [plain]
    for part in parts:
        sets = [[*before, *more] for before in sets for more in _sets_of(part)]
    return sets


def _sets_of(part: exp.Expr) -> list[list[exp.Expr]]:
    keys = [_members(e) for e in part.expressions]
    if isinstance(part, exp.Rollup):
        return [list(chain.from_iterable(keys[:size])) for size in range(len(keys), -1, -1)]
    if isinstance(part, exp.Cube):
        masks = range(2 ** len(keys) - 1, -1, -1)
        return [
            [e for place, k in enumerate(keys) if mask >> place & 1 for e in k] for mask in masks
        ]
    found: list[list[exp.Expr]] = []
    for member in part.expressions:
        nested = isinstance(member, exp.GroupingSets | exp.Rollup | exp.Cube)
        found += _sets_of(member) if nested else [_members(member)]
    return found


def _members(key: exp.Expr) -> list[exp.Expr]:
    if isinstance(key, exp.Tuple):
        return list(key.expressions)
    return [key.this if isinstance(key, exp.Paren) else key]


def _grouped(select: exp.Select, keys: list[exp.Expr], sets: list[list[exp.Expr]]) -> exp.Select:
    """The SELECT for one set: keys of other sets are null in it."""
    missing = [key for other in sets for key in other if key not in keys]
    found = select.copy()
    for clause in ("order", "limit", "offset", "with_"):
        found.set(clause, None)
    found.set("group", exp.Group(expressions=[key.copy() for key in keys]) if keys else None)
    outputs = [_without(e, keys, missing) for e in found.expressions]
    found.set("expressions", outputs)
    if (having := found.args.get("having")) is not None:
        found.set("having", exp.Having(this=_without(having.this, keys, missing)))
    if not keys and not any(e.find(exp.AggFunc) for e in outputs) and not having:
        found.set(
            "having",
            exp.Having(
                this=exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(-1))
            ),
        )
    return found


def _without(tree: exp.Expr, keys: list[exp.Expr], missing: list[exp.Expr]) -> exp.Expr:
    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Grouping):
            bits = ["0" if e in keys else "1" for e in node.expressions]
            return as_kind(exp.Literal.number(int("".join(bits), 2)), "BIGINT")
        if node in missing and node.find_ancestor(exp.AggFunc, exp.Filter) is None:
            return as_kind(exp.Null(), kind(node))
        return node

    name = tree.alias if isinstance(tree, exp.Alias) else tree.output_name
    done = tree.copy().transform(replaced)
    if name and done.alias_or_name != name:
        return exp.alias_(done, quoted(name), copy=False)
    return done


def _union(selects: list[exp.Select]) -> exp.Query:
    found: exp.Query = selects[0]
    for select in selects[1:]:
        found = exp.Union(this=found, expression=select, distinct=False)
    return found


def _ordered_as(select: exp.Select, union: exp.Query, dialect: str) -> exp.Query:
    """The union with the clauses that stood after the groups."""
    clauses = {c: select.args.get(c) for c in ("order", "limit", "offset", "with_")}
    if all(value is None for value in clauses.values()):
        return union
    outputs = {e.unalias().sql(): e.alias_or_name for e in select.expressions}
    whole = exp.select(*(exp.column(n, quoted=True) for n in outputs.values())).from_(
        union.subquery(quoted("vp_groups"), copy=False), copy=False
    )
    if (order := clauses["order"]) is not None:
        order = order.copy()
        for term in order.expressions:
            name = outputs.get(term.this.sql())
            known = term.this.name if isinstance(term.this, exp.Column) else None
            name = name or (known if known in outputs.values() else None)
            if name is None:
                raise UnsupportedSql(
                    "order of grouping sets by what is not selected",
                    dialect,
                    "the sets become a UNION ALL",
                    "Select what it is ordered by, or order around it.",
                    node=term,
                )
            term.set("this", exp.column(name, quoted=True))
        whole.set("order", order)
    for clause in ("limit", "offset", "with_"):
        whole.set(clause, clauses[clause])
    return whole


def _refuse_windows(select: exp.Select, dialect: str) -> None:
    odd = next((node for node in own_nodes(select) if isinstance(node, exp.Window)), None)
    odd = odd or select.args.get("distinct")
    if odd is not None:
        raise UnsupportedSql(
            "windows or DISTINCT over grouping sets",
            dialect,
            "the sets become a UNION ALL",
            "Put the groups into a query of their own, and the windows around it.",
            node=odd,
        )


def asof_by_windows(query: exp.Query, dialect: str) -> exp.Query:
    """An ASOF join as a join with the rows that hold until the next of their keys."""
    for join in list(query.find_all(exp.Join)):
        if join.method == "ASOF" and not is_native(join):
            _last_before(join, dialect)
    return query


def _last_before(join: exp.Join, dialect: str) -> None:
    right = join.this.alias_or_name
    equal, nearest = _asof_terms(join, right, dialect)
    mine = nearest.expression if nearest.expression.table == right else nearest.this
    forward = isinstance(nearest, exp.LTE | exp.LT) == (mine is nearest.expression)
    order = exp.Ordered(this=mine.copy(), desc=forward, nulls_first=False)
    keys = [t.expression if t.expression.table == right else t.this for t in equal]
    following = exp.Window(
        this=exp.Lead(this=mine.copy()),
        partition_by=[key.copy() for key in keys],
        order=exp.Order(expressions=[order]),
    )
    rows = exp.select(f'"{right}".*', exp.alias_(following, quoted("vp_next"))).from_(join.this)
    rows = rows.where(exp.Not(this=exp.Is(this=mine.copy(), expression=exp.Null())))
    until = exp.column("vp_next", right, quoted=True)
    other = nearest.this if mine is nearest.expression else nearest.expression
    beyond = type(nearest)(
        this=until if mine is nearest.this else other.copy(),
        expression=other.copy() if mine is nearest.this else until.copy(),
    )
    last = exp.or_(exp.Is(this=until.copy(), expression=exp.Null()), exp.Not(this=beyond))
    join.set("this", rows.subquery(quoted(right), copy=False))
    join.set("on", exp.and_(*(t.copy() for t in equal), nearest.copy(), last))
    join.set("method", None)


def _asof_terms(join: exp.Join, right: str, dialect: str) -> tuple[list[exp.EQ], exp.Expr]:
    terms = (
        list(join.args["on"].flatten())
        if isinstance(join.args["on"], exp.And)
        else [join.args["on"]]
    )
    terms = [t.unnest() for t in terms]
    equal = [t for t in terms if isinstance(t, exp.EQ)]
    nearest = [t for t in terms if isinstance(t, exp.GTE | exp.GT | exp.LTE | exp.LT)]
    sides = [(side.this, side.expression) for side in (*equal, *nearest)]
    plain = all(isinstance(s, exp.Column) for pair in sides for s in pair)
    if len(nearest) != 1 or len(equal) + 1 != len(terms) or not plain:
        raise UnsupportedSql(
            "as-of join on expressions",
            dialect,
            "it becomes a join with windows",
            "Join on columns: equal keys, and one comparison.",
            node=join.args["on"],
        )
    return equal, nearest[0]


def put(query: exp.Query, old: exp.Expr, new: exp.Query) -> exp.Query:
    """``query`` with a part of it replaced, which may be all of it. A set operation in the place
    of a SELECT that is a branch of another is put into one of its own."""
    if old is query:
        return new
    if isinstance(old.parent, exp.SetOperation) and not isinstance(new, exp.Select):
        new = exp.select("*").from_(new.subquery(quoted("vp_part"), copy=False), copy=False)
    old.replace(new)
    return query
