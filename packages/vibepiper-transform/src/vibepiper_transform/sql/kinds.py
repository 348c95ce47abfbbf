"""Which expressions are whole numbers: for what depends on it in a dialect."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.sql.scope import Output

__all__ = ["is_integer"]

_ALWAYS = (exp.Count, exp.CountIf, exp.Length, exp.IntDiv, exp.RowNumber, exp.Rank, exp.DenseRank)
_OF_BOTH = (exp.Add, exp.Sub, exp.Mul, exp.Mod)
_OF_ONE = (exp.Paren, exp.Neg, exp.Sum, exp.Min, exp.Max, exp.Abs, exp.Window, exp.Filter)
_OF_ALL = (exp.Coalesce, exp.Greatest, exp.Least)


def is_integer(node: pa.DataType | exp.Expr | None, known: Mapping[int, Output]) -> bool:
    """``known`` says what columns are, by their ids. What is not known is not."""
    if node is None or isinstance(node, pa.DataType):
        return node is not None and pa.types.is_integer(node)
    match node:
        case exp.Column():
            found = known.get(id(node))
            return found is not None and is_integer(found.origin, known)
        case exp.Literal():
            return not node.is_string and node.this.isdigit()
        case exp.Cast():
            return node.to.this in exp.DataType.INTEGER_TYPES
        case exp.Case():
            return all(is_integer(each, known) for each in _branches(node))
        case exp.Div():
            typed = bool(node.args.get("typed"))
            return typed and all(is_integer(each, known) for each in (node.this, node.expression))
    if isinstance(node, _OF_BOTH):
        return is_integer(node.this, known) and is_integer(node.expression, known)
    if isinstance(node, _OF_ALL):
        return all(is_integer(each, known) for each in (node.this, *node.expressions))
    return isinstance(node, _ALWAYS) or (isinstance(node, _OF_ONE) and is_integer(node.this, known))


def _branches(node: exp.Case) -> list[exp.Expr]:
    found = [branch.args["true"] for branch in node.args["ifs"]]
    other = node.args.get("default")
    return [each for each in (*found, other) if each is not None and not isinstance(each, exp.Null)]
