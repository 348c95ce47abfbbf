"""Pieces of trees that meanings are made of."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.trees import whole
from vibepiper_transform.sql.meanings.rule import Differs
from vibepiper_transform.sql.operands import Operands

__all__ = ["above_zero", "changed", "duckdb_call", "number", "start_of", "text_of", "to_kind"]


def to_kind(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=node, to=exp.DataType.build(kind))


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def duckdb_call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function that DuckDB has and sqlglot does not know."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def changed(node: exp.Expr, **arguments: object) -> exp.Expr:
    """Another of its type, in which some arguments are others. A rule leaves its node as it is."""
    kept = {n: list(v) if isinstance(v, list) else v for n, v in node.args.items()}
    return type(node)(**{**kept, **arguments})


def above_zero(node: exp.Expr, value: exp.Expr, of: Operands, *, equal: bool = False) -> exp.Expr:
    """``node``, and null where ``value`` is below zero, or is zero."""
    beside = exp.GTE if equal else exp.GT
    test = beside(this=exp.paren(of.copied(value), copy=False), expression=number(0))
    return exp.Case(ifs=[exp.If(this=test, true=node)])


def text_of(node: exp.Expr, of: Operands, yes: str, no: str) -> exp.Expr:
    """What becomes of it among texts: ``yes`` and ``no`` are the booleans."""
    kind = of.kind(node)
    if kind == "VARCHAR" or of.is_null(node):
        return node
    if kind == "BOOLEAN":
        texts = (exp.Literal.string(yes), exp.Literal.string(no))
        denied = exp.Not(this=exp.paren(of.copied(node), copy=False))
        ifs = [exp.If(this=node, true=texts[0]), exp.If(this=denied, true=texts[1])]
        return exp.Case(ifs=ifs)
    if of.is_whole(node) or kind == "DATE":
        return to_kind(node, "TEXT")
    raise Differs(
        f"text of a {kind or 'value of an unknown type'}",
        "engines write its texts differently",
        "Cast it to an integer or a date first.",
    )


def start_of(node: exp.Substring) -> int:
    """Where a substring begins, and it is from 1 on; its length is not below zero."""
    start, length = whole(node.args["start"]), node.args.get("length")
    if start is None or start < 1 or (length is not None and (whole(length) or 0) < 0):
        raise Differs(
            "substring from a place that is no constant of 1 or more",
            "0 and below, and lengths below 0, mean another thing in each engine",
            "Write the place as a number from 1 on, and the length as one from 0 on.",
        )
    return start
