"""EXISTS as IN, for engines that would look for each row anew."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["exists_as_in"]

_MORE = ("group", "having", "limit", "offset", "qualify", "distinct", "with_")


def exists_as_in(node: exp.Expr) -> exp.Expr:
    """``EXISTS (SELECT .. FROM r WHERE l.a = r.b AND ..)`` as ``l.a IN (SELECT r.b FROM r ..)``,
    where nothing but equalities ties it to the query around. What EXISTS denies is false, where
    IN may be null: that is mended where it matters."""
    select = node.this
    if not isinstance(select, exp.Select) or any(select.args.get(c) for c in _MORE):
        return node
    inner = {source.alias_or_name for source in _sources(select)}
    terms = _terms(select.args.get("where"))
    ties = [pair for term in terms if (pair := _tie(term, inner)) is not None]
    rest = [term for term in terms if _tie(term, inner) is None]
    if not ties or not all(_within(e, inner) for e in (*rest, *_conditions(select))):
        return node
    found = exp.select(*(two.copy() for _, two in ties))
    for clause in ("from_", "joins"):
        found.set(clause, select.args.get(clause))
    present = [exp.Not(this=exp.Is(this=two.copy(), expression=exp.Null())) for _, two in ties]
    found = found.where(*(term.copy() for term in rest), *present)
    outer = [one.copy() for one, _ in ties]
    sought = outer[0] if len(outer) == 1 else exp.Tuple(expressions=outer)
    made = exp.In(this=sought, query=exp.Subquery(this=found))
    return made if _filters(node) else exp.Coalesce(this=made, expressions=[exp.false()])


def _sources(select: exp.Select) -> list[exp.Expr]:
    return [select.args["from_"].this, *(join.this for join in select.args.get("joins") or [])]


def _conditions(select: exp.Select) -> list[exp.Expr]:
    return [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]


def _terms(where: exp.Where | None) -> list[exp.Expr]:
    if where is None:
        return []
    whole = where.this.unnest()
    return [t.unnest() for t in whole.flatten()] if isinstance(whole, exp.And) else [whole]


def _tie(term: exp.Expr, inner: set[str]) -> tuple[exp.Expr, exp.Expr] | None:
    """The outer and the inner side of an equality."""
    if not isinstance(term, exp.EQ):
        return None
    for one, two in ((term.this, term.expression), (term.expression, term.this)):
        if _within(two, inner) and _tables(two) and not _tables(one) & inner and _tables(one):
            return one, two
    return None


def _within(tree: exp.Expr, inner: set[str]) -> bool:
    return _tables(tree) <= inner and tree.find(exp.Query) is None


def _tables(tree: exp.Expr) -> set[str]:
    return {column.table for column in tree.find_all(exp.Column)}


def _filters(node: exp.Expr) -> bool:
    """Whether only its being true matters."""
    parent = node.parent
    while isinstance(parent, exp.And | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Where)
