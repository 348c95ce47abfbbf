"""MySQL and MariaDB, in a session that compares texts by their bytes."""

from __future__ import annotations

import re

from sqlglot import exp

from vibepiper_transform.dialects.rules import PARTS
from vibepiper_transform.dialects.trees import default_beside, made, whole
from vibepiper_transform.sql.meanings.common import (
    RULES,
    SAME,
    SHAPES,
    extreme_or_null,
    not_zero,
    truths,
)
from vibepiper_transform.sql.meanings.mixing import arithmetic
from vibepiper_transform.sql.meanings.rule import Differs, Meaning, Mixed, Rule, differing
from vibepiper_transform.sql.meanings.trees import duckdb_call, number, text_of, to_kind
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands

__all__ = ["MYSQL"]

_DIGITS = 4
"""How many more a quotient of whole numbers has than they."""
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_FORM = re.compile(r"(%[YmdHMSj%]|[^%A-Za-z])*")
_WHOLE_DAYS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_UNITS = {"MICROSECOND": 1, "SECOND": 10**6, "MINUTE": 60 * 10**6, "HOUR": 3600 * 10**6}
_UNITS |= {"DAY": 24 * 3600 * 10**6, "WEEK": 7 * 24 * 3600 * 10**6}


def _time(node: exp.Expr, of: Operands) -> exp.Expr:
    """A date or a timestamp, of which nothing needs to be made."""
    value = node.this if isinstance(node, exp.TsOrDsToDate | exp.TsOrDsToTimestamp) else node
    if of.kind(value) not in _TIMES:
        raise Differs("time of a text", "engines read other forms", "Cast it to DATE or DATETIME.")
    return value


def _as_date(node: exp.Expr, of: Operands) -> exp.Expr:
    if isinstance(node.parent, _PARTS):
        return node  # it takes a time as it is
    return to_kind(_time(node, of), "DATE")


def _as_timestamp(node: exp.Expr, of: Operands) -> exp.Expr:
    return to_kind(_time(node, of), "TIMESTAMP")


def _part(name: str) -> Rule:
    def rule(node: exp.Expr, of: Operands) -> exp.Expr:
        return exp.Extract(this=exp.var(name), expression=_time(node.this, of))

    return rule


_BY_ITS_OWN = (exp.DayOfWeek, exp.DayOfWeekIso, exp.Week)
_PARTS_BY = {kind: name for kind, name in PARTS.items() if kind not in _BY_ITS_OWN}
_PARTS = (*_PARTS_BY, exp.DayOfWeek, exp.Week)


def _day_of_week(node: exp.Expr, of: Operands) -> exp.Expr:
    """Sunday is 1."""
    found = exp.Extract(this=exp.var("DOW"), expression=_time(node.this, of))
    return exp.paren(exp.Add(this=found, expression=number(1)), copy=False)


def _week(node: exp.Expr, of: Operands) -> exp.Expr:
    if whole(node.args.get("mode") or number(0)) != 3:
        raise Differs(
            "week()",
            "its weeks begin on Sundays, and one may be the 0th",
            "Write week(.., 3) for ISO's weeks.",
        )
    return exp.Extract(this=exp.var("WEEK"), expression=_time(node.this, of))


def _extract(node: exp.Expr, of: Operands) -> exp.Expr:
    part = node.name.upper()
    _time(node.expression, of)
    if part == "MICROSECOND":
        below = exp.Mod(this=node, expression=number(10**6))
        return exp.paren(below, copy=False)
    if part not in ("YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise Differs(f"extract({part.lower()})", "it has another meaning elsewhere, or none")
    return node


def _named(node: exp.Expr, of: Operands) -> exp.Expr:
    """Functions that sqlglot has no name for."""
    rule = _NAMED.get(node.name.lower())
    if rule is None:
        raise Differs(f"{node.name.lower()}()", "nobody proved what it is elsewhere")
    return rule(node, of)


def _weekday(node: exp.Expr, of: Operands) -> exp.Expr:
    """Monday is 0."""
    found = exp.Extract(this=exp.var("ISODOW"), expression=_time(node.expressions[0], of))
    return exp.paren(exp.Sub(this=found, expression=number(1)), copy=False)


def _yearweek(node: exp.Expr, of: Operands) -> exp.Expr:
    value, *mode = node.expressions
    if not mode or whole(mode[0]) != 3:
        raise Differs("yearweek()", "its weeks begin on Sundays", "Write yearweek(.., 3).")
    year = exp.Extract(this=exp.var("ISOYEAR"), expression=_time(value, of))
    week = exp.Extract(this=exp.var("WEEK"), expression=of.copied(value))
    hundreds = exp.Mul(this=year, expression=number(100))
    return exp.paren(exp.Add(this=hundreds, expression=week), copy=False)


def _microsecond(node: exp.Expr, of: Operands) -> exp.Expr:
    part = exp.Extract(this=exp.var("MICROSECOND"), expression=node.expressions[0])
    return _extract(part, of)


def _middle(node: exp.Expr, of: Operands) -> exp.Expr:
    """MID is SUBSTRING."""
    names = ("this", "start", "length")
    made = exp.Substring(**dict(zip(names, node.expressions, strict=False)))
    return RULES[exp.Substring](made, of)


def _bytes(node: exp.Expr, of: Operands) -> exp.Expr:
    """How many bytes a text has."""
    value = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    if not isinstance(node, exp.Anonymous) and not node.args.get("binary"):
        return node
    if of.kind(value) != "VARCHAR":
        raise Differs("length of what is no text", "engines write its text differently")
    return duckdb_call("STRLEN", value)


def _left(node: exp.Expr, of: Operands) -> exp.Expr:
    return exp.Substring(this=node.this, start=number(1), length=_count(node))


def _right(node: exp.Expr, of: Operands) -> exp.Expr:
    _count(node)
    return node


def _window(node: exp.Expr, of: Operands) -> exp.Expr:
    """MariaDB's LAG and LEAD have no default, MySQL's have: there, too, it is said otherwise."""
    if not isinstance(node.this, exp.Lag | exp.Lead) or node.this.args.get("default") is None:
        return node
    return made(default_beside(of.copied(node), of.copied(node)))


def _count(node: exp.Expr) -> exp.Expr:
    length: exp.Expr = node.expression
    if (whole(length) or -1) < 1:
        raise Differs(
            f"{node.key}() of a number of letters that is no constant of 1 or more",
            "0 and below mean another thing elsewhere",
        )
    return length


def _trim(node: exp.Expr, of: Operands) -> exp.Expr:
    """The text is taken off as a whole here, and letter by letter elsewhere."""
    taken = node.expression
    if taken is not None and not (isinstance(taken, exp.Literal) and len(taken.name) == 1):
        raise Differs(
            "trim of more than one letter",
            "it takes the text off as a whole, others letter by letter",
        )
    return node


def _concat(node: exp.Expr, of: Operands) -> exp.Expr:
    """Null when one of them is."""
    found, *rest = (text_of(each, of, "1", "0") for each in node.expressions)
    for part in rest:
        found = exp.DPipe(this=found, expression=part, safe=True)
    return exp.paren(found, copy=False)


def _concat_ws(node: exp.Expr, of: Operands) -> exp.Expr:
    parts = [text_of(each, of, "1", "0") for each in node.expressions]
    return exp.ConcatWs(expressions=parts, safe=True, coalesce=True)


def _round(node: exp.Expr, of: Operands) -> exp.Expr:
    """Halves of a double go to the even number."""
    digits = node.args.get("decimals")
    if of.is_whole(node.this) or (of.kind(node.this) or "").startswith("DECIMAL"):
        return node
    if digits is not None and whole(digits) != 0:
        raise Differs(
            "round() of a double to digits",
            "engines take its decimal halves up or down",
            "Cast it to DECIMAL, which has such halves.",
        )
    return duckdb_call("ROUND_EVEN", node.this, number(0))


def _divide(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of whole numbers a fraction of four digits."""
    node = arithmetic(node, of)
    whole_numbers = all(of.bits(side) for side in (node.this, node.expression))
    if not whole_numbers and not any(of.is_float(s) for s in (node.this, node.expression)):
        raise Differs(
            "division of decimals",
            "its result has other digits elsewhere",
            "Cast one side to DOUBLE.",
        )
    made = exp.Div(this=node.this, expression=not_zero(node.expression), typed=False, safe=True)
    return _to_digits(made) if whole_numbers else made


def _to_digits(node: exp.Expr) -> exp.Expr:
    return exp.Round(this=node, decimals=number(_DIGITS))


def _avg(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of whole numbers one of four digits; where it is over a window, all of that is rounded."""
    made = RULES[exp.Avg](node, of)
    value = made.this.expressions[0] if isinstance(made.this, exp.Distinct) else made.this
    if of.is_float(value):
        return made
    if not of.is_whole(value):
        raise Differs("avg() of a decimal", "its result has other digits elsewhere")
    if isinstance(node.parent, exp.Window | exp.Filter):
        raise Differs("avg() of whole numbers over a window", "it has four digits there")
    return _to_digits(exp.Avg(this=made.this))


def _int_div(node: exp.Expr, of: Operands) -> exp.Expr:
    if not (of.is_whole(node.this) and of.is_whole(node.expression)):
        raise Differs("DIV of fractions", "it is for whole numbers elsewhere")
    return exp.IntDiv(this=node.this, expression=not_zero(node.expression))


def _bit_and(node: exp.Expr, of: Operands) -> exp.Expr:
    sides = (node.this, node.expression)
    if not any((whole(side) or -1) >= 0 for side in sides) or not all(map(of.is_whole, sides)):
        raise Differs("& of two columns", "its results have no sign, and 64 bits")
    return node


def _plus(node: exp.Expr, of: Operands) -> exp.Expr:
    sides = (node.this, node.expression)
    if any(of.kind(side) in _TIMES for side in sides):
        if isinstance(node.expression, exp.Interval):
            unit = str(node.expression.args["unit"]).upper()
            return to_kind(node, "DATE") if _is_day(node.this, unit, of) else node
        raise Mixed(
            "arithmetic with a date",
            "it is of the number that its digits are",
            "Write datediff(..) or INTERVAL.",
        )
    return arithmetic(node, of)


def _moved(node: exp.Expr, of: Operands) -> exp.Expr:
    """Moved by an interval, as a sum."""
    value = _time(node.this, of)
    unit = str(node.args.get("unit") or "DAY").upper()
    if unit not in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "HOUR", "MINUTE", "SECOND"):
        raise Differs(f"interval of {unit.lower()}", "engines have no such part")
    count = whole(node.expression)
    if count is None and isinstance(node.expression, exp.Literal):
        count = int(node.expression.name) if node.expression.name.lstrip("-").isdigit() else None
    if count is None:
        raise Differs("interval that is no constant", "engines take others")
    down = isinstance(node, exp.DateSub) != (count < 0)
    step = exp.Interval(this=exp.Literal.string(str(abs(count))), unit=exp.var(unit))
    moved = exp.paren((exp.Sub if down else exp.Add)(this=value, expression=step), copy=False)
    return to_kind(moved, "DATE") if _is_day(value, unit, of) else moved


def _is_day(value: exp.Expr, unit: str, of: Operands) -> bool:
    """Whether it is a date that is moved by whole days, which is a date."""
    return of.kind(value) == "DATE" and unit in _WHOLE_DAYS


def _days(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of their dates, whatever the clock shows."""
    if node.args.get("unit") is not None:
        raise Differs("days since the year 0", "engines count them from other days")
    one, two = (to_kind(_time(each, of), "DATE") for each in (node.this, node.expression))
    return exp.DateDiff(this=one, expression=two, unit=exp.var("DAY"))


def _whole_units(node: exp.Expr, of: Operands) -> exp.Expr:
    """How many whole ones there are between two times."""
    unit = str(node.args["unit"]).upper()
    last, first = (_time(each, of) for each in (node.this, node.expression))
    if unit == "DAY" and of.kind(last) == of.kind(first) == "DATE":
        return exp.DateDiff(this=last, expression=first, unit=exp.var("DAY"))
    if unit not in _UNITS:
        raise Differs(
            f"timestampdiff({unit.lower()}, ..)",
            "it counts whole ones, by the days of two months",
            "Compare the years and months by themselves.",
        )
    ends = (to_kind(each, "TIMESTAMP") for each in (first, last))
    return duckdb_call("DATE_SUB", exp.Literal.string(unit.lower()), *ends)


def _format(node: exp.Expr, of: Operands) -> exp.Expr:
    form = node.args["format"]
    if not isinstance(form, exp.Literal) or _FORM.fullmatch(form.name) is None:
        raise Differs(
            "date_format() in this form",
            "parts of it are written differently",
            "Of %Y %m %d %H %i %s %j and what is no letter it is the same everywhere.",
        )
    return node


def _cast(node: exp.Expr, of: Operands) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    target, value = node.to, node.this
    kind = of.kind(value)
    if target.is_type(*exp.DataType.TEXT_TYPES) and not target.expressions:
        return text_of(value, of, "1", "0")
    if target.is_type("BIGINT", "DOUBLE", "FLOAT") and (of.family(value) in ("number", "boolean")):
        return node
    if target.is_type("DATE", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ"):
        day = target.is_type("DATE")
        if kind in _TIMES or _is_time(value):
            return to_kind(value, "DATE" if day else "TIMESTAMP")
    if target.is_type("DECIMAL") and target.expressions and of.is_whole(value):
        return node
    raise Differs(
        f"cast of a {(kind or 'value of an unknown type').lower()} to {target.sql('mysql')}",
        "it makes something of whatever it is given, or other digits",
    )


def _is_time(node: exp.Expr) -> bool:
    form = r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?)?"
    return isinstance(node, exp.Literal) and re.fullmatch(form, node.name) is not None


def _regexp(node: exp.Expr, of: Operands) -> exp.Expr:
    """A pattern that Perl's expressions and DuckDB's read as the same."""
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not re.fullmatch(r"\^?[\w @-]*", pattern.name):
        raise Differs(
            "regular expression",
            "its patterns are others: ends of lines, classes, letters",
            "Write LIKE, or a pattern of plain letters behind a ^.",
        )
    return node


def _having(node: exp.Expr, of: Operands) -> exp.Expr:
    """Without groups it chooses rows, as a WHERE does."""
    select = node.parent
    if select is not None and not select.args.get("group"):
        own = (*select.expressions, node)
        if not any(_is_of(found, select) for each in own for found in each.find_all(exp.AggFunc)):
            raise Differs("HAVING without groups", "it chooses rows there", "Write WHERE.")
    return truths(node, of)


def _is_of(node: exp.Expr, select: exp.Expr) -> bool:
    return node.find_ancestor(exp.Select) is select


_NAMED: dict[str, Rule] = {
    "microsecond": _microsecond,
    "mid": _middle,
    "octet_length": _bytes,
    "weekday": _weekday,
    "yearweek": _yearweek,
}

MYSQL = Meaning(
    rules={
        **RULES,
        **{kind: _part(name) for kind, name in _PARTS_BY.items()},
        exp.Add: _plus,
        exp.Anonymous: _named,
        exp.Avg: _avg,
        exp.BitwiseAnd: _bit_and,
        exp.Cast: _cast,
        exp.Concat: _concat,
        exp.ConcatWs: _concat_ws,
        exp.DateAdd: _moved,
        exp.DateDiff: _days,
        exp.DateSub: _moved,
        exp.DayOfWeek: _day_of_week,
        exp.Div: _divide,
        exp.Extract: _extract,
        exp.Greatest: extreme_or_null,
        exp.Having: _having,
        exp.IntDiv: _int_div,
        exp.Least: extreme_or_null,
        exp.Left: _left,
        exp.Length: _bytes,
        exp.Pi: differing("pi()", "it is shown with six digits"),
        exp.RegexpLike: _regexp,
        exp.Right: _right,
        exp.Round: _round,
        exp.Sub: _plus,
        exp.TimeToStr: _format,
        exp.TimestampAdd: _moved,
        exp.TimestampDiff: _whole_units,
        exp.Trim: _trim,
        exp.TsOrDsToDate: _as_date,
        exp.TsOrDsToTimestamp: _as_timestamp,
        exp.Week: _week,
        exp.Window: _window,
    },
    meets=Meets(truths=True),
    same=SHAPES
    | SAME
    | {
        exp.Atan, exp.Atan2, exp.Cos, exp.Cot, exp.Degrees, exp.LastDay, exp.MD5, exp.Pow,
        exp.Radians, exp.Sin, exp.StddevPop, exp.StddevSamp, exp.Tan, exp.Variance,
        exp.VariancePop, exp.Xor,
    },
)  # fmt: skip
