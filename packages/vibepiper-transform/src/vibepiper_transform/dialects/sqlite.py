"""SQLite: DuckDB's meaning in its words, and in functions that vibepiper-sqlite's connections have
(``vp_...``): SQLite itself rounds, moves dates and overflows otherwise.

Times are ISO texts, timestamps with six digits of a second; booleans are 0 and 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlglot import exp

from vibepiper_transform.dialects.existence import exists_as_in
from vibepiper_transform.dialects.rules import (
    COMMON,
    TIME_TYPES,
    TIMES,
    TO_BIGINT,
    WIDER,
    Rule,
    bits,
    constant_place,
    duckdbs,
    frame,
    instant,
    interval_parts,
    is_decimal,
    is_float,
    is_whole,
    no_place,
    not_zero,
    parts_by,
    refuse,
    refuse_middle,
    refusing,
    trim,
)
from vibepiper_transform.dialects.trees import call, case, integer, results_of, text, whole
from vibepiper_transform.dialects.typing import as_kind, kind

__all__ = ["SQLITE"]

_NAME = "sqlite"
_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_DAYS = ("dow", "dayofweek", "isodow", "doy", "dayofyear")
_PARTS = (*_UNITS, *_DAYS, "isoyear", "weekofyear", "epoch")
_NO_DECIMALS = "it has none, and would make doubles of them"
_CAST_TO_DOUBLE = "Cast to DOUBLE what is computed with."
_WHOLES = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Abs)


def _cast(node: exp.Expr) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    target = node.to
    if target.is_type(*exp.DataType.TEXT_TYPES):
        return _to_text(node.this)
    if target.is_type(*WIDER):
        raise refuse(f"a cast to {target.sql('duckdb')}", _NAME, "it has no such type", TO_BIGINT)
    if target.is_type(*exp.DataType.INTEGER_TYPES):
        return _to_whole(node)
    if target.is_type("BOOLEAN"):
        return _to_boolean(node.this)
    if target.is_type(*TIME_TYPES):
        return _to_time(node)
    if target.is_type("FLOAT", "DOUBLE"):
        return _to_double(node)
    if target.is_type("INTERVAL"):
        return node
    if target.is_type("TIME") and isinstance(node.this, exp.Literal):
        found = node.this.name
        return text(found if "." in found else f"{found}.000000")
    if target.is_type("DECIMAL"):
        if _is_short(node.this) or (node.this.is_string and _beside_doubles(node)):
            return (
                exp.cast(exp.Literal.number(node.this.name.lstrip("-")), "DOUBLE")
                if not node.this.name.startswith("-")
                else exp.Neg(this=exp.cast(exp.Literal.number(node.this.name[1:]), "DOUBLE"))
            )
        raise refuse("decimals", _NAME, _NO_DECIMALS, _CAST_TO_DOUBLE)
    raise refuse(f"a cast to {target.sql()}", _NAME, "it has no such type")


def _is_short(node: exp.Expr) -> bool:
    """Whether it is a decimal constant of which a double holds every digit."""
    digits = node.name.lstrip("-0.").replace(".", "").rstrip("0")
    return isinstance(node, exp.Literal) and len(digits) <= sys.float_info.dig


def _to_text(value: exp.Expr) -> exp.Expr:
    known = kind(value)
    if (
        known == "VARCHAR"
        or isinstance(value, exp.Null)
        or (isinstance(value, exp.Literal) and value.is_string and known not in TIMES)
    ):
        return value
    if known == "BOOLEAN":
        return case((value, text("true")), (exp.Not(this=exp.paren(value.copy())), text("false")))
    if is_whole(value):
        return exp.cast(value.copy(), "TEXT")
    if known == "DATE":
        return value.copy()
    if known in TIMES:
        short = call("RTRIM", call("RTRIM", value, text("0")), text("."))
        if known == "TIMESTAMP":
            return short
        return exp.DPipe(this=short, expression=text("+00"))
    raise refuse(f"the text of a {known}", _NAME, "it writes it otherwise than DuckDB")


def _to_whole(node: exp.Cast) -> exp.Expr:
    value: exp.Expr = node.this
    known = kind(value)
    if isinstance(value, exp.Null):
        return value
    if isinstance(value, exp.Literal | exp.Neg) and whole(value) is not None:
        return no_place(value, node.parent)
    if isinstance(constant := value.unnest(), exp.Boolean):
        return integer(int(constant.this))  # IS TRUE is another test than IS 1
    if known == "BOOLEAN":
        return exp.paren(value, copy=False)  # it may be a comparison, beside another operator
    if not (is_whole(value) or is_float(value)):
        raise refuse("a cast of text to a number", _NAME, "it makes a number of any text")
    size = {"TINYINT": 7, "SMALLINT": 15, "INT": 31}.get(node.to.this.value, 63)
    if is_whole(value) and (bits(value) <= size or size == 63):
        return value
    return call("vp_whole", value, integer(size))


def _to_boolean(value: exp.Expr) -> exp.Expr:
    if kind(value) == "BOOLEAN" or isinstance(value, exp.Null):
        return value.copy()
    if is_whole(value) or is_float(value):
        return exp.NEQ(this=exp.paren(value.copy()), expression=integer(0))
    raise refuse("a cast to a boolean", _NAME, "it has none but numbers")


def _to_time(node: exp.Cast) -> exp.Expr:
    value, known, day = node.this, kind(node.this), node.to.is_type("DATE")
    if (constant := instant(node)) is not None:
        return text(constant)
    if isinstance(value, exp.Null):
        return value.copy()
    if known not in TIMES:
        raise refuse("a cast of text to a time", _NAME, "its times are texts, of which any passes")
    if day:
        return value.copy() if known == "DATE" else call("SUBSTR", value, integer(1), integer(10))
    return as_kind(_stamp(value), kind(node))


def _stamp(value: exp.Expr) -> exp.Expr:
    """A date as the timestamp of its midnight."""
    if kind(value) != "DATE":
        return value.copy()
    made = exp.DPipe(this=value.copy(), expression=text(" 00:00:00.000000"))
    return as_kind(exp.paren(made), "TIMESTAMP")


def _to_double(node: exp.Cast) -> exp.Expr:
    value = node.this
    if isinstance(value, exp.Literal) and value.is_string:
        return _double(value.name)
    if kind(value) == "VARCHAR":
        raise refuse("a cast of text to a number", _NAME, "it makes a number of any text")
    if node.to.is_type("FLOAT") and kind(value) != "FLOAT":
        raise refuse("a cast to FLOAT", _NAME, "it computes with doubles", "Cast to DOUBLE.")
    return exp.cast(value, "DOUBLE", copy=False)


def _double(word: str) -> exp.Expr:
    plain = word.lstrip("+-").lower()
    if plain == "nan":
        raise refuse("the number NaN", _NAME, "it would be null")
    number = exp.Literal.number("9e999" if plain in ("inf", "infinity") else plain)
    found = exp.cast(number, "DOUBLE")
    return exp.Neg(this=found) if word.startswith("-") else found


def _arithmetic(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Add | exp.Sub) and (moved := _move(node)) is not None:
        return moved
    if is_decimal(node) and not _beside_doubles(node):
        raise refuse("decimals", _NAME, _NO_DECIMALS, _CAST_TO_DOUBLE)
    if is_whole(node) and not _continues(node) and _span(node) > 63:
        return call("vp_whole", node, integer(63))
    return node


def _beside_doubles(node: exp.Expr) -> bool:
    """Whether a sum of decimal constants goes into one of doubles."""
    parent = node.parent
    while isinstance(parent, exp.Paren | exp.Neg):
        parent = parent.parent
    return parent is not None and is_float(parent)


def _continues(node: exp.Expr) -> bool:
    """Whether it is part of a larger sum of whole numbers, which is checked as a whole: what has
    left 64 bits is a double, and stays one."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return isinstance(parent, _WHOLES) and is_whole(parent)


def _span(node: exp.Expr) -> int:
    """How many bits its values may have."""
    if (constant := whole(node)) is not None:
        return abs(constant).bit_length()
    if isinstance(node, exp.Paren | exp.Neg | exp.Abs):
        return _span(node.this) + (not isinstance(node, exp.Paren))
    if isinstance(node, exp.Add | exp.Sub):
        return max(_span(node.this), _span(node.expression)) + 1
    if isinstance(node, exp.Mul):
        return _span(node.this) + _span(node.expression)
    return bits(node) if is_whole(node) else 64


def _move(node: exp.Expr) -> exp.Expr | None:
    """Sums and differences of times; None for others."""
    left, right = kind(node.this), kind(node.expression)
    sign = -1 if isinstance(node, exp.Sub) else 1
    if left in TIMES and (parts := interval_parts(node.expression)) is not None:
        return call("vp_shift", node.this, *(integer(sign * part) for part in parts))
    if left == "DATE" and right == "DATE" and sign < 0:
        return call("vp_days", node.this, node.expression)
    if left == "DATE" and is_whole(node.expression):
        days = exp.Mul(this=exp.paren(node.expression.copy()), expression=integer(sign))
        moved = call("vp_shift", node.this, integer(0), days, integer(0))
        return call("SUBSTR", moved, integer(1), integer(10))
    if left in TIMES or right in TIMES or "INTERVAL" in (left or "", right or ""):
        raise refuse(f"{left} and {right} in a sum", _NAME, "it has no such interval")
    return None


def _compare(node: exp.Expr) -> exp.Expr:
    """Of a date and a timestamp as two timestamps: they are texts."""
    sides = [node.this, node.expression]
    kinds = {kind(side) for side in sides}
    if "DATE" not in kinds or not kinds & {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
        return node
    return type(node)(this=_stamp(sides[0]), expression=_stamp(sides[1]))


def _between(node: exp.Expr) -> exp.Expr:
    sides = {name: node.args[name] for name in ("this", "low", "high")}
    kinds = {kind(side) for side in sides.values()}
    if "DATE" not in kinds or not kinds & {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
        return node
    return exp.Between(**{name: _stamp(side) for name, side in sides.items()})


def _of_one_time(node: exp.Expr) -> exp.Expr:
    """Refuses dates beside timestamps where one value of both is taken."""
    nodes = [e for e in node.find_all(exp.Condition) if e.parent in (node, node.parent)]
    if isinstance(node, exp.Case) and node.this is not None:
        _beside(node, [node.this, *(branch.this for branch in node.args["ifs"])])
    return _beside(node, nodes)


def _beside(node: exp.Expr, values: Iterable[exp.Expr]) -> exp.Expr:
    kinds = {kind(value) for value in values}
    if "DATE" in kinds and "TIMESTAMP" in kinds:
        raise refuse("dates and timestamps in one column", _NAME, "they are texts", "Cast one.")
    return node


def _sought(node: exp.Expr) -> exp.Expr:
    query = node.args.get("query")
    found = [] if query is None else [next(results_of(query)).selects[0]]
    return _beside(node, [node.this, *node.expressions, *found])


def _columns(node: exp.Expr) -> exp.Expr:
    """Of a set operation."""
    for values in zip(*(select.selects for select in results_of(node)), strict=False):
        _beside(node, values)
    return node


def _round(node: exp.Expr) -> exp.Expr:
    digits = node.args.get("decimals") or integer(0)
    return call("vp_round", node.this, digits)


def _mod(node: exp.Expr) -> exp.Expr:
    wholes = is_whole(node.this) and is_whole(node.expression)
    below = not_zero(node.expression)
    if wholes:
        return exp.Mod(this=node.this, expression=below)
    return call("vp_mod", node.this, below)


def _int_div(node: exp.Expr) -> exp.Expr:
    if not (is_whole(node.this) and is_whole(node.expression)):
        raise refuse("// of fractions", _NAME, "it is for whole numbers there")
    below = not_zero(node.expression)
    return exp.Div(this=node.this, expression=below, typed=True, safe=True)


def _extract(node: exp.Expr) -> exp.Expr:
    part = node.name.lower()
    if part not in _PARTS:
        raise refuse(f"the {part} of a time", _NAME, "it has none")
    if kind(node.expression) == "TIME":
        raise refuse(f"the {part} of a time of day", _NAME, "its times of day are texts")
    return call("vp_part", text(part), node.expression)


def _truncate(node: exp.Expr) -> exp.Expr:
    unit = str(node.args["unit"].name).lower()
    if unit not in _UNITS:
        raise refuse(f"date_trunc to the {unit}", _NAME, "it has no such part")
    return call("vp_trunc", text(unit), node.this)


def _make_date(node: exp.Expr) -> exp.Expr:
    return call("vp_date", *(node.args[part] for part in ("year", "month", "day")))


def _date_diff(node: exp.Expr) -> exp.Expr:
    unit = str(node.args["unit"].name if node.args.get("unit") else "day").lower()
    if unit not in _UNITS:
        raise refuse(f"differences in units of {unit}", _NAME, "it has none")
    return call("vp_diff", text(unit), node.this, node.expression)


def _like(node: exp.Expr) -> exp.Expr:
    """By GLOB, which tells upper case from lower."""
    pattern = node.expression
    steps = (("[", "[[]"), ("*", "[*]"), ("?", "[?]"), ("%", "*"), ("_", "?"))
    if isinstance(pattern, exp.Literal):
        found = pattern.name
        for old, new in steps:
            found = found.replace(old, new)
        return exp.Glob(this=node.this.copy(), expression=text(found))
    made = pattern.copy()
    for old, new in steps:
        made = call("REPLACE", made, text(old), text(new))
    return exp.Glob(this=node.this.copy(), expression=made)


def _substring(node: exp.Expr) -> exp.Expr:
    start, length = whole(node.args["start"]), node.args.get("length")
    if start is None or start < 1 or (length is not None and (whole(length) or 0) < 0):
        raise refuse("a substring from a place that is computed", _NAME, "0 and below differ")
    return node


def _bytes(node: exp.Expr) -> exp.Expr:
    return call("LENGTH", exp.cast(node.expressions[0].copy(), "BLOB"))


def _right(node: exp.Expr) -> exp.Expr:
    length = whole(node.expression)
    if length is None or length < 1:
        raise refuse("the end of a text by a length that is computed", _NAME, "0 and below differ")
    return call("SUBSTR", node.this, integer(-length))


def _one(name: str) -> Rule:
    return lambda node: call(name, node.this)


def _aggregate(name: str) -> Rule:
    def rule(node: exp.Expr) -> exp.Expr:
        if isinstance(node.parent, exp.Window):
            raise refuse(f"{node.key} over a window", _NAME, "it has none")
        refuse_middle(node.this, _NAME)
        return call(name, node.this)

    return rule


def _quantile(node: exp.Expr) -> exp.Expr:
    around = node.parent
    if isinstance(around, exp.Window) or isinstance(around and around.parent, exp.Window):
        raise refuse("quantiles over a window", _NAME, "it has none")
    if isinstance(around, exp.WithinGroup):
        return node
    refuse_middle(node.this, _NAME)
    return call("vp_quantile", node.this, node.expression)


def _within_group(node: exp.Expr) -> exp.Expr:
    (term, *more), function = node.expression.expressions, node.this
    if not isinstance(function, exp.PercentileCont) or more or term.args.get("desc"):
        raise refuse(f"{function.sql_name().lower()}() of an order", _NAME, "it has none")
    refuse_middle(term.this, _NAME)
    return call("vp_quantile", term.this, function.this)


def _mean(node: exp.Expr) -> exp.Expr:
    if kind(node.this) in TIMES:
        raise refuse("the mean of times", _NAME, "its times are texts")
    return node


def _literal(node: exp.Expr) -> exp.Expr:
    number = whole(node)
    limit = 2**63 if isinstance(node.parent, exp.Neg) else 2**63 - 1
    if number is not None and number > limit and not isinstance(node.parent, exp.Cast):
        raise refuse("whole numbers beyond 64 bits", _NAME, "it makes doubles of them")
    return node


def _sum(node: exp.Expr) -> exp.Expr:
    if is_decimal(node.this):
        raise refuse("decimals", _NAME, _NO_DECIMALS, _CAST_TO_DOUBLE)
    return node


def _window(node: exp.Expr) -> exp.Expr:
    function, spec = node.this, node.args.get("spec")
    if isinstance(function, exp.IgnoreNulls | exp.RespectNulls) or function.find(exp.Distinct):
        raise refuse("windows that ignore nulls or repeats", _NAME, "it has none")
    terms = node.args["order"].expressions if node.args.get("order") else []
    ranged = spec is not None and frame(spec) == "RANGE"
    bounds = [spec.args.get(b) for b in ("start", "end")] if ranged and spec is not None else []
    moving = any(isinstance(b, exp.Expr) and not isinstance(b, exp.Var) for b in bounds)
    if moving and not all(is_whole(term.this) or is_float(term.this) for term in terms):
        raise refuse("windows of a range of times", _NAME, "its times are texts")
    return node


def _zone(node: exp.Expr) -> exp.Expr:
    """Of an instant what a clock shows, and of what a clock shows the instant."""
    instants = kind(node.this) == "TIMESTAMP WITH TIME ZONE"
    return call("vp_local" if instants else "vp_instant", node.this, node.args["zone"])


_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)

SQLITE: dict[type[exp.Expr], Rule] = {
    **COMMON,
    **dict.fromkeys((exp.NthValue, exp.Ntile), constant_place(_NAME)),
    **dict.fromkeys(_COMPARISONS, _compare),
    exp.Add: _arithmetic,
    exp.Anonymous: duckdbs({("STRLEN", 1): _bytes}),
    exp.Avg: _mean,
    exp.Between: _between,
    exp.Case: _of_one_time,
    exp.Cast: _cast,
    exp.Ceil: _one("vp_ceil"),
    exp.Coalesce: _of_one_time,
    exp.DateDiff: _date_diff,
    exp.AtTimeZone: _zone,
    exp.DateFromParts: _make_date,
    exp.Sqrt: _one("vp_sqrt"),
    exp.GroupConcat: refusing("a text of values", _NAME, "it has no order"),
    exp.Trim: trim,
    **parts_by(_extract),
    exp.DateTrunc: _truncate,
    exp.Exists: exists_as_in,
    exp.Extract: _extract,
    exp.Floor: _one("vp_floor"),
    exp.IntDiv: _int_div,
    exp.Like: _like,
    exp.Literal: _literal,
    exp.Lower: _one("vp_lower"),
    **dict.fromkeys((exp.Lag, exp.Lead, exp.Nullif), _of_one_time),
    **dict.fromkeys((exp.Except, exp.Intersect, exp.Union), _columns),
    exp.In: _sought,
    exp.Median: _aggregate("vp_median"),
    exp.Mod: _mod,
    exp.Mul: _arithmetic,
    exp.Neg: _arithmetic,
    exp.PercentileCont: _quantile,
    exp.Right: _right,
    exp.Round: _round,
    exp.Stddev: _aggregate("vp_stddev"),
    exp.StddevPop: _aggregate("vp_stddev_pop"),
    exp.StddevSamp: _aggregate("vp_stddev"),
    exp.Sub: _arithmetic,
    exp.Substring: _substring,
    exp.Sum: _sum,
    exp.TimestampTrunc: _truncate,
    exp.TryCast: refusing("try_cast", _NAME, "what does not fit is cut off in silence"),
    exp.ArrayAgg: refusing("lists", _NAME, "it has none"),
    exp.Array: refusing("lists", _NAME, "it has none"),
    exp.Struct: refusing("structs", _NAME, "it has none"),
    exp.Upper: _one("vp_upper"),
    exp.Variance: _aggregate("vp_variance"),
    exp.VariancePop: _aggregate("vp_variance_pop"),
    exp.Window: _window,
    exp.WithinGroup: _within_group,
}
