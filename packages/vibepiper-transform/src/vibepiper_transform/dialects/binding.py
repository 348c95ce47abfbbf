"""What DuckDB would bind again and again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from vibepiper_transform.dialects.trees import integer

__all__ = ["bind_once"]

_DOUBLINGS = 5
_NAME = "vp_value"


def bind_once(nodes: Sequence[exp.Expr]) -> None:
    """NULLIF binds its first value twice, and so twice that for each that stands within another:
    that of the fifth, and of those within it, becomes the value of a lambda, which binds it once.
    ``nodes`` are those of a query, each before its parts."""
    found = [node for node in nodes if type(node) is exp.Nullif]
    if len(found) < _DOUBLINGS:
        return
    levels: dict[int, int] = {}
    for node in found:
        around = node.find_ancestor(exp.Nullif)
        levels[id(node)] = 1 + (0 if around is None else levels[id(around)])
    for node in found:
        if levels[id(node)] >= _DOUBLINGS:
            _by_lambda(node)


def _by_lambda(node: exp.Nullif) -> None:
    value, parent = node.this, node.parent
    assert parent is not None
    parent.set(node.arg_key or "", made := exp.Anonymous(this="LIST_EXTRACT"), node.index)
    node.set("this", exp.to_identifier(_NAME, quoted=True))
    body = exp.Lambda(this=node, expressions=[exp.to_identifier(_NAME, quoted=True)])
    values = exp.Transform(this=exp.Array(expressions=[value]), expression=body)
    made.set("expressions", [values, integer(1)])
