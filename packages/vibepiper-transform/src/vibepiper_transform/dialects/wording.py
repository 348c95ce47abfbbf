"""What sqlglot would write otherwise than the engine has it, also of what stays as it was."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from vibepiper_transform.dialects.rules import Rule
from vibepiper_transform.dialects.trees import call, integer, whole

__all__ = ["worded"]


def worded(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed, in words of the engine."""
    rules = _WORDS.get(dialect, {})
    for node in list(query.find_all(*rules)):
        node.replace(rules[type(node)](node))
    return query


def _regexp(node: exp.Expr) -> exp.Expr:
    """MariaDB has no REGEXP_LIKE, and MySQL both."""
    place = call("REGEXP_INSTR", node.this, node.expression)
    return exp.paren(exp.GT(this=place, expression=integer(0)), copy=False)


def _log(node: exp.Expr) -> exp.Expr:
    """To the base of 10 of a double, to others of a decimal."""
    if node.expression is None:
        return node
    if whole(node.this) == 10:
        return call("LOG", node.expression)
    return call("LOG", *(exp.cast(each.copy(), "DECIMAL") for each in (node.this, node.expression)))


_WORDS: Mapping[str, Mapping[type[exp.Expr], Rule]] = {
    "mysql": {exp.RegexpLike: _regexp},
    "postgresql": {exp.Hex: lambda node: call("TO_HEX", node.this), exp.Log: _log},
}
