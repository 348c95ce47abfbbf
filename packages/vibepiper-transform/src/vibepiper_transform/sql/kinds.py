"""Which expressions are whole numbers, and how wide: for what depends on it in a dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from vibepiper_transform.sql.scope import Both, Origin, Output

__all__ = ["SUM_OF_SMALL", "integer_bits"]

SUM_OF_SMALL = 65
"""What PostgreSQL makes 64 bits, and DuckDB 128: a sum of integers of at most 32."""

_WIDTHS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_ALWAYS = (exp.Count, exp.CountIf, exp.Length, exp.IntDiv, exp.RowNumber, exp.Rank, exp.DenseRank)
_OF_BOTH = (exp.Add, exp.Sub, exp.Mul, exp.Mod)
_OF_ONE = (exp.Paren, exp.Neg, exp.Min, exp.Max, exp.Abs, exp.Window, exp.Filter)
_OF_ALL = (exp.Coalesce, exp.Greatest, exp.Least)


def integer_bits(node: Origin, known: Mapping[int, Output]) -> int:
    """The bits of an integer; 0 for what is none or is not known. ``known`` says what columns are,
    by their ids."""
    if node is None or isinstance(node, str):
        return _WIDTHS.get((node or "").removeprefix("U"), 0)
    if isinstance(node, Both):
        return _widest([node.one, node.two], known)
    if isinstance(node, exp.Column):
        found = known.get(id(node))
        return 0 if found is None else integer_bits(found.origin, known)
    if isinstance(node, exp.Literal):
        return 32 if not node.is_string and node.this.isdigit() else 0
    if isinstance(node, exp.Cast):
        return _WIDTHS.get(node.to.this.value, 0)
    if isinstance(node, exp.Sum):
        value = node.this
        several = isinstance(value, exp.Distinct) and len(value.expressions) == 1
        bits = integer_bits(value.expressions[0] if several else value, known)
        return 0 if not bits else SUM_OF_SMALL if bits <= 32 else 128
    return 64 if isinstance(node, _ALWAYS) else _widest(_parts(node), known)


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """What an expression is as wide as."""
    if isinstance(node, exp.Case):
        found = [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]
        return [each for each in found if each is not None and not isinstance(each, exp.Null)]
    if isinstance(node, exp.If):
        found = [node.args["true"], node.args.get("false")]
        return [each for each in found if each is not None and not isinstance(each, exp.Null)]
    if isinstance(node, _OF_BOTH) or (isinstance(node, exp.Div) and node.args.get("typed")):
        return [node.this, node.expression]
    if isinstance(node, _OF_ALL):
        return [node.this, *node.expressions]
    return [node.this] if isinstance(node, _OF_ONE) else []


def _widest(nodes: Iterable[Origin], known: Mapping[int, Output]) -> int:
    bits = [integer_bits(node, known) for node in nodes]
    return max(bits) if bits and all(bits) else 0
