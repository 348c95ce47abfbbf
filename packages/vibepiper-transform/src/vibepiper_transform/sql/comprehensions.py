"""List comprehensions as the functions of lists that they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

__all__ = ["by_functions"]


def by_functions(node: exp.Comprehension) -> exp.Expr:
    """``[f(x) FOR x IN l IF c(x)]`` as ``list_transform(list_filter(l, c), f)``, whose lambdas
    have names of their own. The place of ``FOR x, place IN l`` is that in the whole list."""
    values, condition, place = (node.args.get(n) for n in ("iterator", "condition", "position"))
    names = [node.expression] if place is None else [node.expression, place]
    if condition is None:
        return exp.Transform(this=values, expression=_function(node.this, names))
    if place is None:
        kept = exp.ArrayFilter(this=values, expression=_function(condition, names))
        return exp.Transform(this=kept, expression=_function(node.this, names))
    both = _function(_struct(kept=condition, made=node.this), names)
    tested = exp.Transform(this=values, expression=both)
    return exp.Transform(
        this=exp.ArrayFilter(this=tested, expression=_member("kept")), expression=_member("made")
    )


def _struct(**members: exp.Expr) -> exp.Expr:
    pairs = ((exp.to_identifier(name), value) for name, value in members.items())
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=name, expression=value) for name, value in pairs]
    )


def _member(name: str) -> exp.Lambda:
    each = exp.to_identifier("each")
    member = exp.Dot(this=each, expression=exp.to_identifier(name))
    return exp.Lambda(this=member, expressions=[each.copy()])


def _function(body: exp.Expr, names: Sequence[exp.Expr]) -> exp.Lambda:
    made = exp.paren(body, copy=False)
    lower = {name.name.lower() for name in names}
    for column in list(made.find_all(exp.Column)):
        first = column.parts[0]
        if first.name.lower() in lower:
            fields = column.parts[1:]
            value: exp.Expr = first.copy()
            for field in fields:
                value = exp.Dot(this=value, expression=field.copy())
            column.replace(value)
    return exp.Lambda(this=made.this, expressions=[name.copy() for name in names])
