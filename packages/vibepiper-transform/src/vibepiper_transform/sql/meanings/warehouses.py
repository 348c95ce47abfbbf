"""Snowflake and BigQuery: what the dialects have in common, as no server was to be had to prove
more on."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.sql.meanings.common import RULES, SAME, SHAPES, extreme_or_null
from vibepiper_transform.sql.meanings.rule import Differs, Meaning
from vibepiper_transform.sql.meanings.trees import text_of, to_kind
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands

__all__ = ["WAREHOUSE"]


def _cast(node: exp.Expr, of: Operands) -> exp.Expr:
    """Between numbers, and to texts of whole numbers and dates."""
    assert isinstance(node, exp.Cast)
    target, value = node.to, node.this
    if target.is_type(*exp.DataType.TEXT_TYPES) and not target.expressions:
        return text_of(value, of, "true", "false")
    is_number = target.is_type(*exp.DataType.INTEGER_TYPES) or target.is_type("DOUBLE")
    if is_number and (of.is_whole(value) or of.is_float(value)):
        return node
    if target.is_type("DATE") and (isinstance(value, exp.Literal) or _is_time(value, of)):
        return node
    if target.is_type("TIMESTAMP", "DATETIME", "TIMESTAMPNTZ") and _is_time(value, of):
        return to_kind(value, "TIMESTAMP")
    kind = (of.kind(value) or "value of an unknown type").lower()
    raise Differs(f"cast of a {kind} to {target.sql()}", "nobody proved what it is elsewhere")


def _is_time(value: exp.Expr, of: Operands) -> bool:
    return of.kind(value) in ("DATE", "TIMESTAMP")


def _dpipe(node: exp.Expr, of: Operands) -> exp.Expr:
    one, two = (text_of(each, of, "true", "false") for each in (node.this, node.expression))
    return exp.DPipe(this=one, expression=two, safe=True)


def _divide(node: exp.Expr, of: Operands) -> exp.Expr:
    """A fraction."""
    return exp.Div(this=node.this, expression=node.expression, typed=False, safe=True)


WAREHOUSE = Meaning(
    rules={
        **RULES,
        exp.Cast: _cast,
        exp.DPipe: _dpipe,
        exp.Div: _divide,
        exp.Greatest: extreme_or_null,
        exp.Least: extreme_or_null,
    },
    meets=Meets(),
    same=SHAPES | SAME | {exp.Length, exp.LogicalAnd, exp.LogicalOr, exp.Pow},
)
