"""PostgreSQL."""

from __future__ import annotations

import re

from sqlglot import exp

from vibepiper_transform.bound_types import fault_of_pattern
from vibepiper_transform.dialects.trees import whole
from vibepiper_transform.sql.meanings.common import (
    RULES,
    SAME,
    SHAPES,
    divided_whole,
    of_zero_null,
)
from vibepiper_transform.sql.meanings.mixing import arithmetic, united
from vibepiper_transform.sql.meanings.rule import Differs, Meaning, Mixed, Rule, differing
from vibepiper_transform.sql.meanings.trees import changed, duckdb_call, number, text_of, to_kind
from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands

__all__ = ["POSTGRESQL"]

_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_FORM = re.compile(r"(%[YmdHMSjGV%]|[^%A-Za-z])*")
_PATTERN = re.compile(r"\^?([\w @,;:!#%&=<>~/-]|\\[.+*?()\[\]|^$]|\[[\w -]+\]|[.*+?|()])*\$?")
_CONSTANT = re.compile(r"[+-]?\d+|\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?)?")
_DATES = ("YEAR", "ISOYEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "DOY")
_WHOLE_PARTS = (*_DATES, "HOUR", "MINUTE")
_FRACTIONS = {"SECOND": 10**6, "MILLISECOND": 1000, "MILLISECONDS": 1000}
_DAYS = (["DATE", "INTEGER"], ["DATE", "SMALLINT"])
_DAYS_BEFORE = (["INTEGER", "DATE"], ["SMALLINT", "DATE"])
_UNITS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")


def _round(node: exp.Expr, of: Operands) -> exp.Expr:
    """Halves of a double go to the even number."""
    if of.is_float(node.this) and node.args.get("decimals") is None:
        return duckdb_call("ROUND_EVEN", node.this, number(0))
    if of.is_float(node.this):
        raise Differs("round() of a double to digits", "it has none", "Cast it to NUMERIC(p, s).")
    return node


def _mod(node: exp.Expr, of: Operands) -> exp.Expr:
    arithmetic(node, of)
    if of.is_whole(node.this) and of.is_whole(node.expression):
        return of_zero_null(node, of)
    wrong = of.is_float(node.this) or of.is_float(node.expression)
    raise (Mixed if wrong else Differs)(
        "remainder of fractions", "others round it", "Cast both to integers."
    )


def _concat(node: exp.Expr, of: Operands) -> exp.Expr:
    """Nulls are empty texts."""
    parts = [text_of(each, of, "t", "f") for each in node.expressions]
    return exp.Concat(expressions=parts, safe=True, coalesce=True)


def _concat_ws(node: exp.Expr, of: Operands) -> exp.Expr:
    parts = [text_of(each, of, "t", "f") for each in node.expressions]
    return exp.ConcatWs(expressions=parts, safe=True, coalesce=True)


def _dpipe(node: exp.Expr, of: Operands) -> exp.Expr:
    sides = (node.this, node.expression)
    if any((of.kind(side) or "").endswith("]") for side in sides):
        return node
    one, two = (text_of(each, of, "true", "false") for each in sides)
    return exp.DPipe(this=one, expression=two, safe=True)


def _cut_off(node: exp.Expr, of: Operands) -> exp.Expr:
    """All but the last letters, where the number is below zero."""
    if whole(node.expression) is None:
        raise Differs(f"{node.key}() of a number that is no constant", "nulls differ")
    return node


def _bytes(node: exp.Expr, of: Operands) -> exp.Expr:
    return duckdb_call("STRLEN", node.this)


def _named(node: exp.Expr, of: Operands) -> exp.Expr:
    """Functions that sqlglot has no name for."""
    name, given = node.name.lower(), node.expressions
    if name == "octet_length" and of.kind(given[0]) == "VARCHAR":
        return duckdb_call("STRLEN", given[0])
    if name == "make_date":
        names = ("year", "month", "day")
        return exp.DateFromParts(**dict(zip(names, given, strict=False)))
    if name == "every":
        return exp.LogicalAnd(this=given[0])
    raise Differs(f"{name}()", "nobody proved what it is elsewhere")


def _any(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of a list, or a query."""
    is_told = isinstance(node.this.unnest(), exp.Array | exp.Query)
    if isinstance(node.parent, exp.EQ | exp.NEQ) and is_told:
        return node
    raise Differs("ANY", "engines have it of equality with a list or a query alone")


def _extract(node: exp.Expr, of: Operands) -> exp.Expr:
    """Seconds have their fraction."""
    part = node.name.upper()
    if of.kind(node.expression) not in _TIMES:
        raise Differs(f"the {part.lower()} of what is no time", "intervals differ")
    if part in _FRACTIONS:
        micros = exp.Extract(this=exp.var("MICROSECOND"), expression=node.expression)
        above = to_kind(micros, "DOUBLE")
        made = exp.Div(this=above, expression=number(_FRACTIONS[part]), typed=False, safe=True)
        return exp.paren(made, copy=False)
    if part not in (*_WHOLE_PARTS, "EPOCH"):
        raise Differs(f"extract({part.lower()})", "it has another meaning elsewhere, or none")
    return node


def _truncate(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of a date an instant."""
    unit = str(node.args["unit"].name).upper()
    if unit not in _UNITS:
        raise Differs(f"date_trunc to the {unit.lower()}", "engines have no such part")
    return to_kind(node, "TIMESTAMPTZ") if of.kind(node.this) == "DATE" else node


def _plus(node: exp.Expr, of: Operands) -> exp.Expr:
    """Sums and differences of dates, whole numbers of days, and intervals that are constants."""
    sides = (node.this, node.expression)
    kinds = [of.kind(side) for side in sides]
    if not set(kinds) & set(_TIMES):
        return arithmetic(node, of)
    between = isinstance(node, exp.Sub) and kinds == ["DATE", "DATE"]
    if isinstance(node.expression, exp.Interval) or between or kinds in _DAYS:
        return node
    known = {of.family(side) for side in sides} <= {"date", "number", "text", "boolean"}
    wrong = known and (isinstance(node, exp.Add) or set(kinds) - set(_TIMES))
    before = isinstance(node, exp.Add) and kinds in _DAYS_BEFORE
    raise (Mixed if wrong and not before else Differs)(
        "sum or difference of times",
        "intervals between them are others elsewhere",
        "Subtract dates, or what EXTRACT(EPOCH FROM ..) gives.",
    )


def _format(node: exp.Expr, of: Operands) -> exp.Expr:
    form = node.args["format"]
    known = isinstance(form, exp.Literal) and _FORM.fullmatch(form.name) is not None
    if not known or of.kind(node.this) not in _TIMES:
        raise Differs(
            "to_char() in this form",
            "parts of it are written differently",
            "Of YYYY MM DD HH24 MI SS DDD IYYY IW and what is no letter it is the same everywhere.",
        )
    return node


def _cast(node: exp.Expr, of: Operands) -> exp.Expr:
    assert isinstance(node, exp.Cast)
    target, value = node.to, node.this
    kind, family = of.kind(value), of.family(value)
    if target.is_type(*exp.DataType.TEXT_TYPES):
        return _to_text(node, of)
    if target.is_type("DECIMAL") and not (target.expressions and of.is_whole(value)):
        raise Differs(
            f"cast of a {(kind or 'value').lower()} to {target.sql('postgres')}",
            "its decimals have any number of digits, and others round at other places",
            "Cast to DOUBLE PRECISION, or integers to NUMERIC(p, s).",
        )
    if target.is_type("BOOLEAN") and family not in ("boolean", None):
        raise Differs("cast to a boolean", "other texts and numbers are true elsewhere")
    constant = isinstance(value, exp.Literal) and _CONSTANT.fullmatch(value.name)
    if family == "text" and not constant and not target.is_type("DOUBLE", "FLOAT"):
        raise Differs(
            f"cast of a text to {target.sql('postgres')}",
            "engines read texts of other forms, and each its own",
            "Cast it where it is loaded.",
        )
    return node


def _to_text(node: exp.Cast, of: Operands) -> exp.Expr:
    """A text of at most so many letters."""
    value, length = node.this, node.to.expressions
    made: exp.Expr = node
    if of.kind(value) not in ("TIMESTAMP", "VARCHAR"):
        made = text_of(value, of, "true", "false")
    if not length and not node.to.is_type("CHAR", "NCHAR"):
        return made if made is not node else to_kind(value, "TEXT")
    if node.to.is_type("CHAR", "NCHAR") or whole(length[0].this) is None:
        raise Differs("cast to CHAR", "blanks at its end count in some engines")
    text = to_kind(value, "TEXT") if made is node else made
    return exp.Substring(this=text, start=number(1), length=length[0].this)


def _regexp(node: exp.Expr, of: Operands) -> exp.Expr:
    """A pattern that both engines read as the same; a dot is any letter, also a line's end."""
    pattern = node.expression
    known = isinstance(pattern, exp.Literal) and _PATTERN.fullmatch(pattern.name)
    if not known or "(?" in pattern.name or fault_of_pattern(pattern.name):
        raise Differs(
            "regular expression",
            "its classes and escapes are others",
            "Write a pattern of letters, . [a-z] * + ? | ( ) ^ and $.",
        )
    if "." in pattern.name.replace("\\.", ""):
        return changed(node, expression=exp.Literal.string("(?s)" + pattern.name))
    return node


def _ordered_set(node: exp.Expr, of: Operands) -> exp.Expr:
    """The quantile of the values that WITHIN GROUP orders."""
    inner = node.this
    if not isinstance(inner, exp.PercentileCont):
        raise Differs(f"{inner.key}()", "nobody proved what it is elsewhere")
    (term,) = node.expression.expressions
    share = inner.this
    if not isinstance(share, exp.Literal) or of.family(term.this) != "number":
        raise Differs("percentile_cont() of what is no number", "engines have it of numbers")
    if term.args.get("desc"):
        raise Differs("percentile_cont() in descending order", "others have no such order")
    return exp.PercentileCont(this=term.this, expression=share)


def _within(node: exp.Expr, of: Operands) -> exp.Expr:
    if isinstance(node.parent, exp.WithinGroup):
        return node
    raise Differs(f"{node.key}()", "nobody proved what it is elsewhere")


def _split(node: exp.Expr, of: Operands) -> exp.Expr:
    """Of an empty text an empty list."""
    raise Differs("string_to_array()", "of an empty text it is an empty list")


def _split_part(node: exp.Expr, of: Operands) -> exp.Expr:
    """By an empty text it is the whole, and letters elsewhere; there is no part 0."""
    made = _plain("delimiter", "part_index")(node, of)
    if not node.args["delimiter"].name or whole(node.args["part_index"]) == 0:
        raise Differs("split_part() by an empty text, or of part 0", "others give another part")
    return made


def _plain(*names: str) -> Rule:
    """For what needs constants beside its text."""

    def rule(node: exp.Expr, of: Operands) -> exp.Expr:
        if all(isinstance(node.args[name].unnest(), exp.Literal | exp.Neg) for name in names):
            return node
        raise Differs(f"{node.key}() by what is no constant", "nulls and empty texts differ")

    return rule


POSTGRESQL = Meaning(
    rules={
        **RULES,
        exp.Add: _plus,
        exp.Anonymous: _named,
        exp.Any: _any,
        exp.Array: united,
        **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor), arithmetic),
        exp.ByteLength: _bytes,
        exp.Cast: _cast,
        exp.Concat: _concat,
        exp.ConcatWs: _concat_ws,
        exp.DPipe: _dpipe,
        exp.Div: divided_whole,
        exp.Extract: _extract,
        exp.ILike: RULES[exp.Like],
        exp.Left: _cut_off,
        exp.Mod: _mod,
        exp.PercentileCont: _within,
        exp.RegexpLike: _regexp,
        exp.Right: _cut_off,
        exp.Round: _round,
        exp.SimilarTo: differing("SIMILAR TO", "its patterns are others", "Write LIKE."),
        exp.SplitPart: _split_part,
        exp.StringToArray: _split,
        exp.Sub: _plus,
        exp.TimeToStr: _format,
        exp.TimestampTrunc: _truncate,
        exp.Translate: _plain("from_", "to"),
        exp.WithinGroup: _ordered_set,
    },
    meets=Meets(constants=True, refused=True),
    same=SHAPES
    | SAME
    | {
        exp.ArrayAgg, exp.Ascii, exp.Atan, exp.Atan2, exp.Cbrt, exp.Chr, exp.Cos, exp.Cot,
        exp.CurrentTimestamp, exp.Degrees,
        exp.Length, exp.LogicalAnd, exp.LogicalOr, exp.MD5, exp.Pi, exp.Pow, exp.Radians,
        exp.Sin, exp.StartsWith, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Tan, exp.Trim,
        exp.Trunc, exp.Variance, exp.VariancePop,
    },
)  # fmt: skip
