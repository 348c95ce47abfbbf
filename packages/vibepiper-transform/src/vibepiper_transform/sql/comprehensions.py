"""List comprehensions as the functions of lists that they stand for."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["by_functions"]


def by_functions(node: exp.Comprehension) -> exp.Expr:
    """``[f(x) FOR x IN l IF c(x)]`` as ``list_transform(list_filter(l, c), f)``, whose lambdas
    have names of their own."""
    name, values = node.expression, node.args["iterator"]
    if (condition := node.args.get("condition")) is not None:
        values = exp.ArrayFilter(this=values, expression=_function(condition, name))
    return exp.Transform(this=values, expression=_function(node.this, name))


def _function(body: exp.Expr, name: exp.Expr) -> exp.Lambda:
    made = exp.paren(body, copy=False)
    for column in list(made.find_all(exp.Column)):
        first = column.parts[0]
        if first.name.lower() == name.name.lower():
            fields = column.parts[1:]
            value: exp.Expr = first.copy()
            for field in fields:
                value = exp.Dot(this=value, expression=field.copy())
            column.replace(value)
    return exp.Lambda(this=made.this, expressions=[name.copy()])
