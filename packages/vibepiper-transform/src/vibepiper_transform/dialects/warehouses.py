"""Snowflake and BigQuery: DuckDB's meaning in their words, as their manuals have them. No server
was to be had to prove it on."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.rules import (
    COMMON,
    Rule,
    not_zero,
    parts_by,
    refuse,
    refusing,
    trim,
)
from vibepiper_transform.dialects.trees import call, integer, place_in, text
from vibepiper_transform.dialects.typing import kind

__all__ = ["BIGQUERY", "SNOWFLAKE"]


def _mod(node: exp.Expr) -> exp.Expr:
    return exp.Mod(this=node.this, expression=not_zero(node.expression))


def _days(node: exp.Expr) -> exp.Expr:
    """Between two dates, as a number."""
    if kind(node.this) == kind(node.expression) == "DATE":
        days = exp.var("DAY")
        return exp.DateDiff(this=node.this.copy(), expression=node.expression.copy(), unit=days)
    return node


def _snowflake_part(node: exp.Expr) -> exp.Expr:
    """By ISO, whatever the session says of weeks."""
    part = node.name.upper()
    if part in ("DOW", "DAYOFWEEK"):
        return exp.Mod(this=call("DAYOFWEEKISO", node.expression), expression=integer(7))
    names = {
        "WEEK": "WEEKISO",
        "ISODOW": "DAYOFWEEKISO",
        "DOY": "DAYOFYEAR",
        "ISOYEAR": "YEAROFWEEKISO",
    }
    return call(names[part], node.expression) if part in names else node


def _bigquery_part(node: exp.Expr) -> exp.Expr:
    part = node.name.upper()
    if part in ("DOW", "DAYOFWEEK"):
        first = exp.Extract(this=exp.var("DAYOFWEEK"), expression=node.expression.copy())
        return exp.paren(exp.Sub(this=first, expression=integer(1)), copy=False)
    if part in ("EPOCH", "ISODOW"):
        raise refuse(f"the {part.lower()} of a time", "bigquery", "it has none")
    names = {"WEEK": "ISOWEEK", "DOY": "DAYOFYEAR"}
    if part not in names:
        return node
    return exp.Extract(this=exp.var(names[part]), expression=node.expression.copy())


def _bigquery_truncate(node: exp.Expr) -> exp.Expr:
    """A timestamp, also of a date; weeks begin on Monday."""
    unit = str(node.args["unit"].name).upper()
    stamp = node.this.copy()
    if kind(node.this) != "TIMESTAMP WITH TIME ZONE":
        stamp = exp.cast(stamp, "DATETIME", dialect="bigquery")
    name = "TIMESTAMP_TRUNC" if kind(node.this) == "TIMESTAMP WITH TIME ZONE" else "DATETIME_TRUNC"
    return call(name, stamp, exp.var("ISOWEEK" if unit == "WEEK" else unit))


def _bigquery_like(node: exp.Expr) -> exp.Expr:
    """DuckDB's LIKE has no escape; BigQuery's is the backslash."""
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        doubled: exp.Expr = text(pattern.name.replace("\\", "\\\\"))
    else:
        doubled = call("REPLACE", pattern, text("\\"), text("\\\\"))
    return exp.Like(this=node.this.copy(), expression=doubled)


def _bigquery_grouping(node: exp.Expr) -> exp.Expr:
    """BigQuery tells of one key at a time."""
    bits = [exp.Grouping(expressions=[key.copy()]) for key in node.expressions]
    found: exp.Expr = bits[0]
    for bit in bits[1:]:
        twice = exp.Mul(this=exp.paren(found, copy=False), expression=integer(2))
        found = exp.Add(this=twice, expression=bit)
    return found


def _element(node: exp.Expr) -> exp.Expr:
    """Null where there is none; counted from the end by how many there are."""
    index = place_in(node)
    if index is None or not index:
        return node
    if index > 0:
        return exp.Bracket(this=node.this, expressions=[integer(index)], offset=1, safe=True)
    size = exp.ArraySize(this=node.this.copy())
    place = exp.Sub(this=size, expression=integer(-index))
    return exp.Bracket(this=node.this, expressions=[place], offset=0, safe=True)


def _unnest(dialect: str) -> Rule:
    def rule(node: exp.Expr) -> exp.Expr:
        if node.args.get("offset"):
            raise refuse("positions of a list's elements", dialect, "it counts them from 0")
        return node

    return rule


def _replaced(dialect: str) -> Rule:
    """DuckDB replaces the first alone, unless it is told otherwise."""

    def rule(node: exp.Expr) -> exp.Expr:
        flags = node.args.get("modifiers")
        if flags is None or "g" not in flags.name:
            raise refuse("regexp_replace of the first match", dialect, "it replaces all of them")
        return node

    return rule


def _of_numbers(node: exp.Expr) -> exp.Expr:
    """Booleans are not added up."""
    if kind(node.this) != "BOOLEAN":
        return node
    return type(node)(this=exp.cast(node.this.copy(), "INT"))


def _snowflake_nan(node: exp.Expr) -> exp.Expr:
    """There NaN equals itself, and no function asks for it."""
    nan = exp.cast(text("NaN"), "DOUBLE")
    return exp.paren(exp.EQ(this=node.this.copy(), expression=nan), copy=False)


def _snowflake_regexp(node: exp.Expr) -> exp.Expr:
    """By where it is found: REGEXP_LIKE wants all of the text to match."""
    place = call("REGEXP_INSTR", node.this, node.expression)
    return exp.paren(exp.GT(this=place, expression=integer(0)), copy=False)


_BOTH: dict[type[exp.Expr], Rule] = {
    exp.Avg: _of_numbers,
    exp.Bracket: _element,
    exp.Div: COMMON[exp.Div],
    exp.Greatest: COMMON[exp.Greatest],
    exp.Least: COMMON[exp.Least],
    exp.Mod: _mod,
    exp.Sub: _days,
    exp.Sum: _of_numbers,
}

SNOWFLAKE: dict[type[exp.Expr], Rule] = {
    **_BOTH,
    exp.AtTimeZone: refusing("time zones", "snowflake", "its conversion depends on the type"),
    exp.Extract: _snowflake_part,
    exp.IsNan: _snowflake_nan,
    exp.RegexpLike: _snowflake_regexp,
    exp.RegexpReplace: _replaced("snowflake"),
    exp.TryCast: refusing("try_cast", "snowflake", "it takes texts only"),
    exp.Unnest: _unnest("snowflake"),
    **parts_by(_snowflake_part),
}
BIGQUERY: dict[type[exp.Expr], Rule] = {
    **_BOTH,
    exp.AtTimeZone: refusing("time zones", "bigquery", "its conversion depends on the type"),
    exp.DateTrunc: _bigquery_truncate,
    exp.Extract: _bigquery_part,
    exp.Grouping: _bigquery_grouping,
    exp.Like: _bigquery_like,
    exp.Median: refusing("median()", "bigquery", "it has no such aggregate"),
    exp.PercentileCont: refusing("quantiles", "bigquery", "it has them over windows only"),
    exp.RegexpReplace: _replaced("bigquery"),
    exp.TimestampTrunc: _bigquery_truncate,
    exp.Trim: trim,
    exp.Unnest: _unnest("bigquery"),
    **parts_by(_bigquery_part),
}
