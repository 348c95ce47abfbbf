"""``x.upper()``, as DuckDB calls functions one after the other."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["called"]


def called(node: exp.Dot) -> exp.Expr:
    """``upper(x)``, which says the same of columns that can be looked for."""
    method = node.expression
    arguments = [_columns(node.this, _parameters(node)), *method.expressions]
    if isinstance(node.parent, exp.Bracket):
        # What is in the brackets was read, and is written, as of a value of an unknown type.
        return exp.Anonymous(this=method.name, expressions=arguments)
    return exp.func(method.name, *arguments, dialect="duckdb")


def _columns(node: exp.Expr, own: set[str]) -> exp.Expr:
    """What is called on, whose names are columns unless they are parameters of a lambda."""
    if isinstance(node, exp.Paren):
        return exp.Paren(this=_columns(node.this, own))
    names = _names(node)
    return exp.column(*reversed(names)) if names and names[0].name.lower() not in own else node


def _parameters(node: exp.Expr | None) -> set[str]:
    found: set[str] = set()
    while node is not None:
        if isinstance(node, exp.Lambda):
            found |= {each.name.lower() for each in node.expressions}
        node = node.parent
    return found


def _names(node: exp.Expr) -> list[exp.Identifier]:
    """Those that dots part; none where something else is between them."""
    if isinstance(node, exp.Identifier):
        return [node]
    if not isinstance(node, exp.Dot) or not isinstance(node.expression, exp.Identifier):
        return []
    before = _names(node.this)
    return [*before, node.expression] if before else []
