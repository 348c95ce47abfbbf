"""SQLite: booleans are numbers, times are texts in ISO's form, whole numbers have 64 bits."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from vibepiper_transform.dialects.trees import whole
from vibepiper_transform.sql.meanings.common import (
    RULES,
    SAME,
    SHAPES,
    extreme_or_null,
    not_zero,
    refuse_rounded,
)
from vibepiper_transform.sql.meanings.mixing import arithmetic, compared
from vibepiper_transform.sql.meanings.rule import Differs, Meaning, differing
from vibepiper_transform.sql.meanings.trees import changed, number, start_of, text_of, to_kind
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands

__all__ = ["SQLITE"]

_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_FORM = re.compile(r"(%[YmdHMSj%]|[^%A-Za-z])*")
_DAYS = re.compile(r"([+-]?\d{1,5}) (day|month|year)s?")
_MOST = 2**63 - 1
_STARTS = {"start of month": "MONTH", "start of year": "YEAR"}


def _divide(node: exp.Expr, of: Operands) -> exp.Expr:
    """Whole numbers of any width divide without a remainder; by zero it is null."""
    node = arithmetic(node, of)
    refuse_rounded(node)
    sides = (node.this, node.expression)
    below = not_zero(node.expression)
    if all(of.bits(side) for side in sides):
        return exp.IntDiv(this=node.this, expression=below)
    return exp.Div(this=node.this, expression=below, typed=False, safe=True)


def _like(node: exp.Expr, of: Operands) -> exp.Expr:
    """It tells no case of the letters from A to Z, and knows no escape but one that is told."""
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not pattern.name.isascii():
        raise Differs("LIKE with letters beyond ASCII", "it tells their case")
    return exp.ILike(this=node.this, expression=pattern, negate=node.args.get("negate"))


def _in(node: exp.Expr, of: Operands) -> exp.Expr:
    """Nothing is in an empty list, null neither."""
    if not node.expressions and node.args.get("query") is None:
        return exp.false()
    return compared(node, of)


def _glob(node: exp.Expr, of: Operands) -> exp.Expr:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or re.search(r"\[[\^!]|\\", pattern.name):
        raise Differs("GLOB with a denied class", "others deny by another sign")
    return node


def _substring(node: exp.Expr, of: Operands) -> exp.Expr:
    assert isinstance(node, exp.Substring)
    start = whole(node.args["start"])
    if start is not None and start < 0 and node.args.get("length") is None:
        return exp.Right(this=node.this, expression=number(-start))
    start_of(node)
    return node


def _dpipe(node: exp.Expr, of: Operands) -> exp.Expr:
    one, two = (text_of(each, of, "1", "0") for each in (node.this, node.expression))
    return exp.DPipe(this=one, expression=two, safe=True)


def _ascii_case(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of the letters from A to Z alone."""
    letters = (ascii_lowercase, ascii_uppercase)
    from_, to = letters if isinstance(node, exp.Upper) else reversed(letters)
    strings = map(exp.Literal.string, (from_, to))
    return exp.Translate(this=node.this, from_=next(strings), to=next(strings))


def _limit(node: exp.Expr, of: Operands) -> exp.Expr:
    """Below zero it is none; an offset below zero is none, too."""
    count = whole(node.expression)
    if count is None:
        raise Differs(f"{node.key.upper()} of what is no constant", "below zero it means none")
    if count >= 0:
        return node
    return changed(node, expression=number(_MOST if isinstance(node, exp.Limit) else 0))


def _unicode(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of an empty text null."""
    test = exp.NEQ(this=of.copied(node.this), expression=exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=test, true=node)])


def _round(node: exp.Expr, of: Operands) -> exp.Expr:
    digits = whole(node.args.get("decimals") or number(0))
    if digits is None or digits != 0:
        raise Differs("round() to digits", "engines take decimal halves of doubles up or down")
    return exp.Round(this=to_kind(node.this, "DOUBLE")) if of.is_whole(node.this) else node


def _cast(node: exp.Expr, of: Operands) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    target, value = node.to, node.this
    if target.is_type(*exp.DataType.TEXT_TYPES) and not target.expressions:
        return text_of(value, of, "1", "0")
    if target.is_type(*exp.DataType.INTEGER_TYPES) and of.is_float(value):
        return _cut(value, of)
    if target.is_type(*exp.DataType.INTEGER_TYPES) and of.family(value) in ("number", "boolean"):
        return to_kind(value, "BIGINT")
    if target.is_type("FLOAT", "DOUBLE") and of.family(value) in ("number", "boolean"):
        return to_kind(value, "DOUBLE")
    name = target.sql("sqlite").lower()
    raise Differs(
        f"cast of a {(of.kind(value) or 'value of an unknown type').lower()} to {name}",
        "it makes something of whatever it is given, by the affinity of the name",
    )


def _cut(value: exp.Expr, of: Operands) -> exp.Expr:
    """Towards zero."""
    below = exp.LT(this=exp.paren(of.copied(value), copy=False), expression=number(0))
    up = exp.If(this=below, true=exp.Ceil(this=of.copied(value)))
    return to_kind(exp.Case(ifs=[up], default=exp.Floor(this=value)), "BIGINT")


def _date(node: exp.Expr, of: Operands) -> exp.Expr:
    """The date of a time, moved by the modifiers that say it in whole days, months or years."""
    value, *modifiers = [node.this, *node.expressions] if node.this else node.expressions
    return _moved(value, modifiers, of)


def _moved(value: exp.Expr, modifiers: list[exp.Expr], of: Operands) -> exp.Expr:
    if of.kind(value) not in _TIMES:
        raise Differs("date() of a text", "engines read other forms")
    found = to_kind(value, "DATE")
    for modifier in modifiers:
        text = modifier.name if isinstance(modifier, exp.Literal) else ""
        step = _DAYS.fullmatch(text)
        if text in _STARTS:
            begin = exp.TimestampTrunc(this=found, unit=exp.var(_STARTS[text]))
            found = to_kind(begin, "DATE")
        elif step is not None and step[2] == "day":
            amount = exp.Literal.string(str(abs(int(step[1]))))
            by = exp.Interval(this=amount, unit=exp.var("DAY"))
            sum_ = exp.Sub if step[1].startswith("-") else exp.Add
            found = to_kind(exp.paren(sum_(this=found, expression=by), copy=False), "DATE")
        else:
            raise Differs(
                f"date() moved by {modifier.sql('sqlite')}",
                "ends of months are moved differently, or it is no constant",
                "Days ('+1 day') and 'start of month' are the same everywhere.",
            )
    return found


def _format(node: exp.Expr, of: Operands) -> exp.Expr:
    form = node.args["format"]
    if not isinstance(form, exp.Literal) or _FORM.fullmatch(form.name) is None:
        raise Differs(
            "strftime() in this form",
            "parts of it are written differently",
            "Of %Y %m %d %H %M %S %j and what is no letter it is the same everywhere.",
        )
    return node


def _as_timestamp(node: exp.Expr, of: Operands) -> exp.Expr:
    if of.kind(node.this) not in _TIMES:
        raise Differs("time of a text", "engines read other forms")
    return to_kind(node.this, "TIMESTAMP")


def _named(node: exp.Expr, of: Operands) -> exp.Expr:
    """Functions that sqlglot has no name for."""
    name = node.name.lower()
    if name == "date" and node.expressions:
        return _moved(node.expressions[0], node.expressions[1:], of)
    if name == "total" and len(node.expressions) == 1:
        sum_ = exp.Sum(this=to_kind(node.expressions[0], "DOUBLE"))
        if not isinstance(node.parent, exp.Window | exp.Filter):
            return exp.Coalesce(this=sum_, expressions=[to_kind(number(0), "DOUBLE")])
    raise Differs(f"{name}()", "nobody proved what it is elsewhere")


SQLITE = Meaning(
    rules={
        **RULES,
        **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr), arithmetic),
        exp.Anonymous: _named,
        exp.Cast: _cast,
        exp.DPipe: _dpipe,
        exp.Date: _date,
        exp.Div: _divide,
        exp.Glob: _glob,
        exp.Greatest: extreme_or_null,
        exp.In: _in,
        exp.Interval: differing("an interval", "it has none"),
        exp.Least: extreme_or_null,
        exp.Like: _like,
        exp.Limit: _limit,
        exp.Lower: _ascii_case,
        exp.Offset: _limit,
        exp.Round: _round,
        exp.Substring: _substring,
        exp.TimeToStr: _format,
        exp.TsOrDsToTimestamp: _as_timestamp,
        exp.Unicode: _unicode,
        exp.Upper: _ascii_case,
    },
    meets=Meets(truths=True, by_columns=True, times=True),
    same=SHAPES
    | SAME
    | {
        exp.Atan2, exp.Degrees, exp.Length, exp.Pi, exp.Pow,
        exp.Sin, exp.Trim,
    },
)  # fmt: skip
