"""What PostgreSQL, MySQL and SQLite are known to do as DuckDB does, once it is lowered. Anything
else is refused: the same word may mean another thing there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.trees import is_made

__all__ = ["MYSQL_KNOWS", "POSTGRESQL_KNOWS", "SQLITE_KNOWS", "refuse_unknown"]

_BOTH = frozenset({
    exp.Abs, exp.Add, exp.Alias, exp.And, exp.Avg, exp.Between, exp.Boolean, exp.CTE, exp.Case,
    exp.Cast, exp.Ceil, exp.Coalesce, exp.Column, exp.Count, exp.CumeDist, exp.DPipe,
    exp.DataType, exp.DataTypeParam, exp.DenseRank, exp.Distinct, exp.Div, exp.EQ, exp.Except,
    exp.Exists, exp.FirstValue, exp.Floor, exp.From, exp.GT, exp.GTE, exp.Group, exp.Having,
    exp.Identifier, exp.If, exp.In, exp.Intersect, exp.Is, exp.Join, exp.LT, exp.LTE, exp.Lag,
    exp.LastValue, exp.Lead, exp.Length, exp.Like, exp.Limit, exp.Literal, exp.Lower, exp.Max,
    exp.Min, exp.Mod, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.NthValue, exp.Ntile, exp.Null,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Nullif, exp.Offset, exp.Or, exp.Order, exp.Ordered,
    exp.Paren, exp.PercentRank, exp.Qualify, exp.Rank, exp.Replace, exp.RowNumber, exp.Select,
    exp.Sign, exp.Star, exp.StrPosition, exp.Sub, exp.Subquery, exp.Substring, exp.Sum, exp.Table,
    exp.TableAlias, exp.Tuple, exp.Union, exp.Upper, exp.Var, exp.Where, exp.Window,
    exp.WindowSpec, exp.With,
})  # fmt: skip
MYSQL_KNOWS = _BOTH | {
    exp.DateAdd, exp.Extract, exp.IntDiv, exp.Pow, exp.Round, exp.StddevPop, exp.StddevSamp,
    exp.Stddev, exp.Trim, exp.Variance, exp.VariancePop,
}  # fmt: skip
SQLITE_KNOWS = _BOTH | {exp.Filter, exp.Glob}
POSTGRESQL_KNOWS = _BOTH | {
    exp.Any, exp.Array, exp.ArrayAgg, exp.ArrayContains, exp.ArraySize, exp.ArrayToString,
    exp.Ascii, exp.AtTimeZone, exp.Atan, exp.Atan2, exp.BitwiseAnd, exp.BitwiseOr,
    exp.BitwiseXor, exp.Bracket, exp.Cbrt, exp.Chr, exp.Concat, exp.ConcatWs, exp.Cos, exp.Cot,
    exp.Corr, exp.CountIf, exp.CovarPop, exp.CovarSamp,
    exp.Cube, exp.CurrentDate, exp.CurrentTimestamp, exp.DateAdd,
    exp.DateFromParts, exp.Degrees, exp.Dot, exp.Escape, exp.Exp, exp.Explode, exp.Extract,
    exp.Filter, exp.GenerateSeries, exp.Greatest, exp.GroupConcat, exp.Grouping,
    exp.GroupingSets, exp.ILike, exp.IntDiv, exp.Interval, exp.Least, exp.Left, exp.Ln,
    exp.Log, exp.LogicalAnd, exp.LogicalOr, exp.MD5, exp.Median, exp.Pad, exp.PercentileCont,
    exp.PercentileDisc,
    exp.Pi, exp.Pow, exp.Radians, exp.Rand, exp.RegexpLike, exp.RegexpReplace, exp.Repeat,
    exp.Reverse, exp.Right, exp.Rollup, exp.Round, exp.Sin, exp.SplitPart, exp.Sqrt,
    exp.StartsWith, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.TableFromRows,
    exp.TableSample, exp.Tan, exp.TimestampTrunc, exp.Translate, exp.Trim, exp.Trunc,
    exp.Unnest, exp.Values, exp.Variance, exp.VariancePop, exp.WithinGroup,
}  # fmt: skip


_WORDS: Mapping[type[exp.Expr], str] = {
    exp.All: "ALL", exp.Any: "ANY", exp.BitwiseAnd: "&", exp.BitwiseLeftShift: "<<",
    exp.BitwiseNot: "~", exp.BitwiseOr: "|", exp.BitwiseRightShift: ">>", exp.BitwiseXor: "xor()",
    exp.Bracket: "an element in brackets", exp.Collate: "COLLATE", exp.Escape: "ESCAPE",
    exp.Fetch: "FETCH WITH TIES", exp.Glob: "GLOB", exp.ILike: "ILIKE",
    exp.IgnoreNulls: "IGNORE NULLS", exp.Interval: "an interval as a value",
    exp.Lateral: "LATERAL", exp.LimitOptions: "a LIMIT of percents", exp.SimilarTo: "SIMILAR TO",
    exp.TableSample: "TABLESAMPLE", exp.Values: "VALUES", exp.WithinGroup: "WITHIN GROUP",
}  # fmt: skip
"""What users call what sqlglot has other words for."""


def refuse_unknown(query: exp.Query, known: Collection[type[exp.Expr]], dialect: str) -> None:
    """Raises `UnsupportedSql` for the first expression that is not known."""
    for node in query.walk():
        if is_made(node) or is_native(node):
            continue
        if isinstance(node, exp.Join) and node.method:
            why = "its tables have no order"
            raise refuse(f"a {node.method} join", dialect, why, "Join by a key.", node=node)
        if isinstance(node, exp.Cast) and node.to.is_type("INTERVAL") and dialect != "postgresql":
            raise refuse("an interval as a value", dialect, "it has no such type", node=node)
        if type(node) in known:
            continue
        if isinstance(node, exp.Anonymous):
            if _is_duckdbs(node.name):
                name = f"{node.name.lower()}()"
                raise refuse(name, dialect, "it is a function of DuckDB's", node=node)
            continue
        name = _name(node) if isinstance(node, exp.Func) else _WORDS.get(type(node), node.key)
        why = "it is not known to mean there what it means in DuckDB"
        raise refuse(name, dialect, why, node=node)


def _name(node: exp.Func) -> str:
    """What DuckDB calls a function."""
    written = node.sql("duckdb").partition("(")[0].lower()
    return f"{written if written.isidentifier() else node.sql_name().lower()}()"


def _is_duckdbs(name: str) -> bool:
    """Whether DuckDB has a function of this name. One that it does not know is the user's own."""
    from vibepiper_transform.engine import open_cursor

    asked = "SELECT count(*) FROM duckdb_functions() WHERE function_name = lower($1)"
    with open_cursor() as cursor:
        row = cursor.execute(asked, [name]).fetchone()
    return bool(row and row[0])
