"""Results of PostgreSQL in the types that DuckDB tells."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import PARTS
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["OTHER_TYPES", "cast_of", "may_differ", "typed_nulls", "typed_results"]

OTHER_TYPES: tuple[type[exp.Expr], ...] = (
    exp.ArraySize, exp.Ascii, exp.Avg, exp.Ceil, exp.DateDiff, exp.Div, exp.Extract, exp.Floor,
    exp.Grouping, exp.IntDiv, exp.Length, exp.Log, exp.Mod, exp.Ntile, exp.Nullif, exp.Pow,
    exp.Round, exp.Sign, exp.Sqrt, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.StrPosition,
    exp.Sub, exp.Trunc, exp.Variance, exp.VariancePop, *PARTS,
)  # fmt: skip
"""What is an integer, a decimal or a double there of another width than in DuckDB."""
_KINDS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE")


def typed_results(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed, whose columns have the types that it is told to have."""
    for select in results_of(query):
        for node in [] if is_native(select) else list(select.expressions):
            value = node.this if isinstance(node, exp.Alias) else node
            if (made := cast_of(value, kind(value))) is None:
                continue
            as_kind(made, kind(value))
            name = node.alias_or_name
            node.replace(exp.alias_(made, name, quoted=True) if name else made)
    return query


def typed_nulls(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed. PostgreSQL takes what two branches of a set operation have
    no value of for texts, whatever a third has: a NULL is of the type of the others."""
    for operation in query.find_all(exp.SetOperation):
        branches = [*results_of(operation)]
        for values in zip(*(branch.selects for branch in branches), strict=False):
            nulls = [value for each in values if isinstance(value := each.unalias(), exp.Null)]
            others = [
                known
                for each in values
                if not isinstance(each.unalias(), exp.Null) and (known := kind(each))
            ]
            for null in nulls if others else ():
                null.replace(as_kind(exp.cast(exp.Null(), others[0]), others[0]))
    return query


def cast_of(value: exp.Expr, known: str | None) -> exp.Cast | None:
    """``value`` cast to the type that it is ``known`` to have, where PostgreSQL may give it
    another."""
    if known not in _KINDS or not may_differ(value):
        return None
    return exp.Cast(this=value.copy(), to=exp.DataType.build(known, dialect="duckdb"))


def may_differ(value: exp.Expr) -> bool:
    """Whether something in it has another type there."""
    return not isinstance(value, exp.Cast) and value.find(exp.Anonymous, *OTHER_TYPES) is not None
