"""Results of PostgreSQL in the types that DuckDB tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.dialects.columns import Columns, types_read
from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import PARTS
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["OTHER_TYPES", "cast_of", "has_decimals", "may_differ", "typed_nulls", "typed_results"]

OTHER_TYPES: tuple[type[exp.Expr], ...] = (
    exp.ArraySize, exp.Ascii, exp.Avg, exp.Ceil, exp.DateDiff, exp.Div, exp.Extract, exp.Floor,
    exp.Grouping, exp.IntDiv, exp.Length, exp.Log, exp.Mod, exp.Ntile, exp.Nullif, exp.Pow,
    exp.Round, exp.Sign, exp.Sqrt, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.StrPosition,
    exp.Sub, exp.Trunc, exp.Variance, exp.VariancePop, *PARTS,
)  # fmt: skip
"""What is an integer, a decimal or a double there of another width than in DuckDB."""
_KINDS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE")


def has_decimals(query: exp.Query, columns: Columns) -> bool:
    """Whether something is computed in the query while there are decimals in it, in a table or as
    constants."""
    values = [value for select in results_of(query) for value in select.selects]
    plain = all(isinstance(value.unalias(), exp.Column | exp.Star) for value in values)
    if plain and query.find(exp.SetOperation, exp.Subquery, exp.CTE) is None:
        return False
    if any(map(_is_decimal_constant, query.find_all(exp.Literal))):
        return True
    return any(map(pa.types.is_decimal, types_read(query, columns)))


def _is_decimal_constant(node: exp.Literal) -> bool:
    return not (node.is_string or node.is_int or "e" in node.name.lower())


def typed_results(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed, whose columns have the types that it is told to have."""
    branches = [*results_of(query)]
    common = _decimals_of(branches)
    tables = {cte.alias for cte in query.find_all(exp.CTE)}
    for select in branches:
        for place, node in [] if is_native(select) else [*enumerate(select.expressions)]:
            value = node.this if isinstance(node, exp.Alias) else node
            made = cast_of(value, kind(value))
            if place in common and not _is_as_told(value, select, tables, common[place]):
                made = exp.Cast(this=value.copy(), to=exp.DataType.build(common[place]))
            if made is None:
                continue
            as_kind(made, kind(value))
            name = node.alias_or_name
            node.replace(exp.alias_(made, name, quoted=True) if name else made)
    return query


def _decimals_of(branches: Sequence[exp.Select]) -> dict[int, str]:
    """The types of the columns that are decimals, by their places: PostgreSQL knows of no value
    that is computed how many digits it has."""
    from vibepiper_transform.kinds import NULLS, common_kind

    found: dict[int, str] = {}
    for place, values in enumerate(zip(*(each.selects for each in branches), strict=False)):
        kinds = [known for value in values if (known := kind(value)) not in (None, *NULLS)]
        if any(known.startswith("DECIMAL(") for known in kinds):
            found[place] = reduce(common_kind, kinds)
    return {place: known for place, known in found.items() if known.startswith("DECIMAL(")}


def _is_as_told(value: exp.Expr, select: exp.Select, queries: Collection[str], known: str) -> bool:
    """Whether it is a column of a table, or a cast, of the type."""
    if kind(value) != known or isinstance(value, exp.Cast):
        return kind(value) == known or isinstance(value, exp.Null)
    sources = [select.args.get("from_"), *(select.args.get("joins") or ())]
    names = {
        each.this.alias_or_name
        for each in sources
        if each is not None and isinstance(each.this, exp.Table) and each.this.name not in queries
    }
    return isinstance(value, exp.Column) and value.table in names


def typed_nulls(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed. PostgreSQL takes what two branches of a set operation have
    no value of for texts, whatever a third has, and it and MySQL a NULL of a query within: each is
    of the type of the others."""
    from vibepiper_transform.kinds import NULLS

    for operation in query.find_all(exp.SetOperation):
        branches = [*results_of(operation)]
        for values in zip(*(branch.selects for branch in branches), strict=False):
            nulls = [value for each in values if _is_null(value := each.unalias())]
            others = [known for each in values if (known := kind(each)) and known not in NULLS]
            for null in nulls if others else ():
                made = as_kind(exp.cast(exp.Null(), others[0]), others[0])
                if isinstance(null.parent, exp.Select):
                    made = exp.alias_(made, null.alias_or_name, quoted=True)
                null.replace(made)
    return query


def _is_null(value: exp.Expr) -> bool:
    return isinstance(value, exp.Null) or kind(value) == '"NULL"'


def cast_of(value: exp.Expr, known: str | None) -> exp.Cast | None:
    """``value`` cast to the type that it is ``known`` to have, where PostgreSQL may give it
    another."""
    if known not in _KINDS or not may_differ(value):
        return None
    return exp.Cast(this=value.copy(), to=exp.DataType.build(known, dialect="duckdb"))


def may_differ(value: exp.Expr) -> bool:
    """Whether something in it has another type there."""
    return not isinstance(value, exp.Cast) and value.find(exp.Anonymous, *OTHER_TYPES) is not None
