"""PostgreSQL: DuckDB's meaning in its words."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.constants import COUNTS
from vibepiper_transform.dialects.dates import extracted, make_date
from vibepiper_transform.dialects.forms import JOINED
from vibepiper_transform.dialects.postgresql_functions import POSTGRESQL_FUNCTIONS, counted
from vibepiper_transform.dialects.postgresql_texts import text_of
from vibepiper_transform.dialects.result_types import OTHER_TYPES
from vibepiper_transform.dialects.rounding import decimal_of_double, round_halves_away
from vibepiper_transform.dialects.rules import (
    TIMES,
    TO_BIGINT,
    WIDER,
    Rule,
    constant_place,
    denial,
    duckdbs,
    frame,
    is_decimal,
    is_float,
    is_whole,
    not_zero,
    parts_by,
    refuse,
    refuse_middle,
    refusing,
)
from vibepiper_transform.dialects.trees import call, case, integer, text, whole
from vibepiper_transform.dialects.typing import kind

__all__ = ["NEEDS_TYPES", "POSTGRESQL"]

_NAME = "postgresql"
NEEDS_TYPES: tuple[type[exp.Expr], ...] = (
    exp.Anonymous, exp.Avg, exp.Bracket, exp.Cast, exp.DateTrunc, exp.Interval, exp.Max,
    exp.Median, exp.Min, exp.Mod, exp.PercentileCont, exp.Substring, exp.Sum, exp.TimestampTrunc,
    *JOINED, *OTHER_TYPES,
)  # fmt: skip
"""What means another thing by the type of what it is given, or has another type itself."""


def _extreme(name: str) -> Rule:
    """Of booleans: PostgreSQL has no greatest of them, but an AND and an OR."""

    def rule(node: exp.Expr) -> exp.Expr:
        return call(name, node.this) if kind(node.this) == "BOOLEAN" else node

    return rule


def _mod(node: exp.Expr) -> exp.Expr:
    if is_float(node.this) or is_float(node.expression):
        raise refuse("the remainder of doubles", _NAME, "it has none", "Cast to DECIMAL.")
    return node


def _divide(node: exp.Expr) -> exp.Expr:
    """A fraction, as a DOUBLE: sqlglot would copy all that is divided to say so."""
    if node.args.get("typed"):
        return node
    below = not_zero(node.expression) if node.args.get("safe") else node.expression
    above = exp.cast(node.this, "DOUBLE", copy=False)
    return exp.Div(this=above, expression=below, typed=True)


def _int_div(node: exp.Expr) -> exp.Expr:
    """Its DIV is of decimals."""
    if any(is_float(side) or is_decimal(side) for side in (node.this, node.expression)):
        raise refuse("// of fractions", _NAME, "it is for whole numbers there")
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    """PostgreSQL casts a boolean to an INT alone, and nothing but texts and that to one."""
    assert isinstance(node, exp.Cast)
    if node.to.is_type(*exp.DataType.TEXT_TYPES):
        return text_of(node)
    if node.to.is_type(*WIDER):
        raise refuse(f"a cast to {node.to.sql('duckdb')}", _NAME, "it has no such type", TO_BIGINT)
    if node.to.is_type(*_OTHER_DIGITS):
        raise refuse(f"a cast to {node.to.sql('duckdb')}", _NAME, "its times are of microseconds")
    if node.to.is_type("DECIMAL") and is_float(node.this):
        return decimal_of_double(node, _NAME)
    value, number = node.this, node.to.is_type(*_NUMBERS)
    if kind(value) == "BOOLEAN" and number and not node.to.is_type("INT"):
        return exp.Cast(this=exp.cast(value.copy(), "INT"), to=node.to.copy())
    if node.to.is_type("BOOLEAN") and (is_whole(value) or is_float(value) or is_decimal(value)):
        return exp.paren(exp.NEQ(this=exp.paren(value.copy()), expression=integer(0)))
    return node


_NUMBERS = (*exp.DataType.INTEGER_TYPES, *exp.DataType.REAL_TYPES)
_OTHER_DIGITS = (exp.DType.TIMESTAMP_S, exp.DType.TIMESTAMP_MS, exp.DType.TIMESTAMP_NS)


def _of_numbers(node: exp.Expr) -> exp.Expr:
    """PostgreSQL adds up no booleans, and wants to know of which numbers a NULL is one."""
    if isinstance(node.this, exp.Null):
        return type(node)(this=exp.cast(exp.Null(), "DOUBLE"))
    if kind(node.this) in TIMES:
        raise refuse(f"{node.key}() of times", _NAME, "it has none")
    if kind(node.this) != "BOOLEAN":
        return node
    return type(node)(this=exp.cast(node.this.copy(), "INT"))


def _sign(node: exp.Expr) -> exp.Expr:
    """PostgreSQL's of a whole number is a double."""
    return exp.cast(node.copy(), "SMALLINT") if is_whole(node.this) else node


def _neg(node: exp.Expr) -> exp.Expr:
    return exp.cast(node.this, "DOUBLE") if isinstance(node.this, exp.Null) else node


def _round(node: exp.Expr) -> exp.Expr:
    digits = whole(node.args.get("decimals") or integer(0))
    if is_whole(node.this) and digits is not None:
        number = exp.cast(node.this.copy(), "DECIMAL")
        return node.this.copy() if digits >= 0 else exp.Round(this=number, decimals=integer(digits))
    return node if is_decimal(node.this) else round_halves_away(node, _NAME)


def _round_even(node: exp.Expr) -> exp.Expr:
    """As it rounds doubles, to no digits."""
    value, digits = node.expressions
    if whole(digits) != 0:
        raise refuse("rounding to even digits", _NAME, "it has none")
    return call("ROUND", exp.cast(value.copy(), "DOUBLE"))


_MICROS = {"microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6}
_MICROS |= {"day": 24 * 3600 * 10**6, "week": 7 * 24 * 3600 * 10**6}


def _whole_units(node: exp.Expr) -> exp.Expr:
    """How many whole ones there are between two times: PostgreSQL's dates are whole days apart,
    and its timestamps an interval."""
    unit, first, last = node.expressions
    size = _MICROS.get(unit.name.lower())
    if size is None:
        raise refuse(f"whole {unit.name.lower()}s between times", _NAME, "it has none")
    apart = exp.paren(exp.Sub(this=_stamp(last), expression=_stamp(first)), copy=False)
    seconds = exp.cast(exp.Extract(this=exp.var("EPOCH"), expression=apart), "DECIMAL")
    micros = exp.Mul(this=seconds, expression=integer(10**6))
    return exp.cast(call("DIV", micros, integer(size)), "BIGINT")


def _bytes(node: exp.Expr) -> exp.Expr:
    return call("OCTET_LENGTH", node.expressions[0])


def _truncate(node: exp.Expr) -> exp.Expr:
    """Of a date a timestamp; PostgreSQL makes it an instant."""
    node.set("this", _stamp(node.this))
    return node


def _stamp(time: exp.Expr) -> exp.Expr:
    """A date as the timestamp of its midnight."""
    return exp.cast(time.copy(), "TIMESTAMP") if kind(time) == "DATE" else time.copy()


def _like(node: exp.Expr) -> exp.Expr:
    """DuckDB's LIKE has no escape; PostgreSQL's is the backslash."""
    if isinstance(node.parent, exp.Escape):
        return node
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        doubled: exp.Expr = text(pattern.name.replace("\\", "\\\\"))
    else:
        doubled = call("REPLACE", pattern, text("\\"), text("\\\\"))
    return type(node)(this=node.this.copy(), expression=doubled)


def _substring(node: exp.Expr) -> exp.Expr:
    """From a place below zero, which is one from the end; PostgreSQL begins before the start."""
    start = node.args["start"]
    number = whole(start)
    if number is None or number < 0:
        end = exp.Add(this=call("LENGTH", node.this), expression=integer(1))
        back = exp.Add(this=end, expression=exp.paren(start.copy()))
        below = exp.LT(this=exp.paren(start.copy()), expression=integer(0))
        node.set("start", back if number is not None else case((below, back), otherwise=start))
    return counted(node)


def _upper(node: exp.Expr) -> exp.Expr:
    return call("REPLACE", call("UPPER", node.this), text("ß"), text("ẞ"))


def _literal(node: exp.Expr) -> exp.Expr:
    """With an exponent it is a double, and there a decimal."""
    if node.is_string or "e" not in node.name.lower() or isinstance(node.parent, exp.Cast):
        return node
    return exp.cast(node.copy(), "DOUBLE")


def _interval(node: exp.Expr) -> exp.Expr:
    """Of a number below zero, or one that is computed."""
    amount = node.this
    if amount is None or isinstance(amount, exp.Literal):
        return node
    if (constant := whole(amount)) is not None:
        return exp.Interval(this=text(str(constant)), unit=node.args.get("unit"))
    one = exp.Interval(this=text("1"), unit=node.args.get("unit"))
    number = exp.paren(exp.cast(amount.copy(), "INT"), copy=False)
    return exp.paren(exp.Mul(this=number, expression=one), copy=False)


def _length(node: exp.Expr) -> exp.Expr:
    """Of a list it is another function."""
    return call("CARDINALITY", node.this) if (kind(node.this) or "").endswith("]") else node


def _ends_with(node: exp.Expr) -> exp.Expr:
    """PostgreSQL has no such function."""
    end = call("RIGHT", node.this, call("LENGTH", node.expression))
    return exp.paren(exp.EQ(this=end, expression=node.expression.copy()))


def _window(node: exp.Expr) -> exp.Expr:
    if node.this.find(exp.Distinct) or isinstance(node.this, exp.IgnoreNulls):
        raise refuse("windows that ignore nulls or repeats", _NAME, "it has none")
    within = node.this.walk(prune=lambda each: isinstance(each, exp.Query))
    if any(isinstance(each, _OF_ORDER) for each in within):
        raise refuse("windows of medians, quantiles and ordered values", _NAME, "it has none")
    _same_range(node)
    if isinstance(node.this, _OF_ANY):
        _tell_type(node.this)
    return node


def _same_range(node: exp.Expr) -> None:
    """Makes whole numbers that are ordered by doubles, where the frame's distance is a fraction."""
    spec, order = node.args.get("spec"), node.args.get("order")
    if spec is None or order is None or frame(spec) != "RANGE":
        return
    ends = [spec.args.get(end) for end in ("start", "end")]
    if any(isinstance(end, exp.Expr) and (is_float(end) or is_decimal(end)) for end in ends):
        for term in order.expressions:
            if is_whole(term.this):
                term.set("this", exp.cast(term.this, "DOUBLE"))


def _middle(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.parent, exp.WithinGroup):
        refuse_middle(node.this, _NAME)
    return node


def _within_group(node: exp.Expr) -> exp.Expr:
    if isinstance(node.this, exp.PercentileCont):
        refuse_middle(node.expression.expressions[0].this, _NAME)
    return node


_OF_ANY = (exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.NthValue)


def _tell_type(function: exp.Expr) -> None:
    """A text or a NULL as the value of a function of any type is of none in PostgreSQL."""
    value, default = function.this, function.args.get("default")
    if value.is_string:
        function.set("this", exp.cast(value, "TEXT"))
        if default is not None and default.is_string:
            function.set("default", exp.cast(default, "TEXT"))
    elif isinstance(value, exp.Null):
        function.set("this", exp.cast(value, "INT"))


_OF_ORDER = (exp.Median, exp.Order, exp.PercentileCont, exp.PercentileDisc, exp.WithinGroup)


_DUCKDBS = {
    ("DATE_SUB", 3): _whole_units,
    ("ROUND_EVEN", 2): _round_even,
    ("STRLEN", 1): _bytes,
}

POSTGRESQL: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys(COUNTS, counted),
    **dict.fromkeys((exp.NthValue, exp.Ntile), constant_place(_NAME)),
    exp.Anonymous: duckdbs(_DUCKDBS),
    exp.Avg: _of_numbers,
    exp.Cast: _cast,
    exp.DateFromParts: make_date,
    exp.DateTrunc: _truncate,
    exp.Extract: extracted,
    exp.Div: _divide,
    exp.EndsWith: _ends_with,
    exp.ILike: _like,
    exp.Interval: _interval,
    exp.Literal: _literal,
    exp.Length: _length,
    exp.Substring: _substring,
    exp.Upper: _upper,
    exp.IntDiv: _int_div,
    exp.Like: _like,
    exp.Max: _extreme("BOOL_OR"),
    **dict.fromkeys((exp.Median, exp.PercentileCont), _middle),
    exp.Min: _extreme("BOOL_AND"),
    exp.Mod: _mod,
    exp.Round: _round,
    exp.Neg: _neg,
    exp.Not: denial,
    exp.Sign: _sign,
    exp.Sum: _of_numbers,
    exp.Glob: refusing("GLOB", _NAME, "it has none"),
    exp.Struct: refusing("structs", _NAME, "its rows have no names"),
    exp.TimestampTrunc: _truncate,
    exp.TryCast: refusing("try_cast", _NAME, "it has none"),
    exp.Window: _window,
    exp.WithinGroup: _within_group,
    **parts_by(extracted),
    **POSTGRESQL_FUNCTIONS,
}
