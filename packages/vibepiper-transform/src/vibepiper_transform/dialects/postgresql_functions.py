"""Functions that PostgreSQL has under other names, makes of others, or has not."""

from __future__ import annotations

import re

from sqlglot import exp

from vibepiper_transform.dialects.constants import COUNTS
from vibepiper_transform.dialects.patterns import pattern_in, replacing_pattern_in
from vibepiper_transform.dialects.rules import Rules, refuse, refusing
from vibepiper_transform.dialects.trees import call, case, integer, place_in, text, whole
from vibepiper_transform.dialects.typing import kind

__all__ = ["POSTGRESQL_FUNCTIONS", "counted"]

_NAME = "postgresql"

_FORMS = {
    "%Y": "YYYY",
    "%y": "YY",
    "%m": "MM",
    "%d": "DD",
    "%j": "DDD",
    "%H": "HH24",
    "%I": "HH12",
    "%M": "MI",
    "%S": "SS",
    "%f": "US",
    "%p": "AM",
}
_FOUND = {
    "%Y": r"\d{1,4}",
    "%m": "(?:0?[1-9]|1[0-2])",
    "%d": r"(?:0?[1-9]|[12]\d|3[01])",
    "%j": r"\d{1,3}",
    "%H": r"(?:[01]?\d|2[0-3])",
    "%I": "(?:0?[1-9]|1[0-2])",
    "%M": r"[0-5]?\d",
    "%S": r"[0-5]?\d",
    "%f": r"\d{1,6}",
    "%p": "[AaPp][Mm]",
}
_SECONDS = {"DAY": 86_400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def counted(node: exp.Expr) -> exp.Expr:
    """Its functions take counts of 32 bits."""
    for name in COUNTS[type(node)]:
        given = node.args.get(name)
        if given is not None and whole(given) is None and kind(given) != "INTEGER":
            node.set(name, exp.cast(given.copy(), "INT"))
    return node


def _contains(node: exp.Expr) -> exp.Expr:
    found = call("STRPOS", node.this, node.expression)
    return exp.paren(exp.GT(this=found, expression=integer(0)), copy=False)


def _split(node: exp.Expr) -> exp.Expr:
    """Of an empty text PostgreSQL makes an empty list, DuckDB one of an empty text."""
    _parted_by(node.expression)
    empty = exp.EQ(this=node.this.copy(), expression=text(""))
    parts = call("STRING_TO_ARRAY", node.this, node.expression)
    return exp.Case().when(empty, exp.Array(expressions=[text("")]), copy=False).else_(parts)


def _parted_by(separator: exp.Expr) -> None:
    """By an empty one DuckDB parts a text into its letters."""
    if not isinstance(separator, exp.Literal) or not separator.name:
        feature = "a text parted by an empty separator, or a computed one"
        raise refuse(feature, _NAME, "by an empty one it leaves the text whole")


def _is_nan(node: exp.Expr) -> exp.Expr:
    nan = exp.cast(text("NaN"), "DOUBLE")
    return exp.paren(exp.EQ(this=node.this.copy(), expression=nan), copy=False)


def _element(node: exp.Expr) -> exp.Expr:
    """PostgreSQL counts from the start alone, and takes no bracket behind a function."""
    if kind(node.this) == "VARCHAR":
        hint = "Write substring(text, place, 1)."
        raise refuse("a letter in brackets", _NAME, "its texts are no lists", hint)
    index = place_in(node)
    if index is None or index >= 0:
        if not isinstance(node.this, exp.Column | exp.Paren | exp.Bracket):
            node.set("this", exp.paren(node.this, copy=False))
        return node
    size = exp.Add(this=call("CARDINALITY", node.this), expression=integer(1))
    place = exp.Sub(this=size, expression=integer(-index))
    return exp.Bracket(this=node.this.copy(), expressions=[place], offset=1)


def _regexp_like(node: exp.Expr) -> exp.Expr:
    pattern = pattern_in(_NAME, node.expression, _options(node, "flag"))
    return exp.RegexpLike(this=node.this, expression=text(pattern))


def _options(node: exp.Expr, name: str) -> str:
    """Those that mean the same there."""
    options = node.args.get(name)
    if options is None:
        return ""
    if isinstance(options, exp.Literal) and set(options.name) <= set("cgis"):
        return options.name
    raise refuse("options of regular expressions", _NAME, "its others are c, g, i and s")


def _replace(node: exp.Expr) -> exp.Expr:
    """What was found is called by another name in what replaces it."""
    given = node.args["replacement"]
    if not isinstance(given, exp.Literal):
        raise refuse("a computed replacement of regexp_replace", _NAME, "its \\0 is another")
    pattern = replacing_pattern_in(node.expression, _options(node, "modifiers"))
    node.set("expression", text(pattern))
    node.set("replacement", text(re.sub(r"\\(.)", _reference, given.name)))
    return node


def _reference(found: re.Match[str]) -> str:
    return r"\&" if found[1] == "0" else found[0]


def _split_part(node: exp.Expr) -> exp.Expr:
    if whole(node.args["part_index"]) == 0:
        raise refuse("the part 0 of a text", _NAME, "it counts from 1, or from the end by -1")
    _parted_by(node.args["delimiter"])
    return counted(node)


def _unnest(node: exp.Expr) -> exp.Expr:
    """A series is rows there already, and no list."""
    series = node.expressions[0]
    if len(node.expressions) > 1 or not isinstance(series, exp.GenerateSeries):
        return node
    parts = [series.args[part] for part in ("start", "end", "step") if series.args.get(part)]
    return exp.Table(this=call("GENERATE_SERIES", *parts), alias=node.args["alias"].copy())


def _first(node: exp.Expr) -> exp.Expr:
    """The first of a list, which is made around the aggregate's FILTER."""
    if isinstance(node.parent, exp.Filter):
        return node
    if isinstance(node.parent, exp.Window):
        raise refuse("first() over a window", _NAME, "it has none", "Write first_value(..).")
    return _head(exp.ArrayAgg(this=node.this.copy()))


def _filter(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.this, exp.First):
        return node
    values = exp.ArrayAgg(this=node.this.this.copy())
    return _head(exp.Filter(this=values, expression=node.expression.copy()))


def _head(values: exp.Expr) -> exp.Expr:
    return exp.Bracket(this=exp.paren(values, copy=False), expressions=[integer(1)], offset=1)


def _parse(node: exp.Expr) -> exp.Expr:
    """PostgreSQL's takes texts of other forms too, and makes an instant of them."""
    parsed = call("TO_TIMESTAMP", node.this, text(_form(node, "parse_time")))
    given = node.args["format"].name
    if "%Y" not in given or "%y" in given:
        raise refuse(f"parse_time of '{given}'", _NAME, "without %Y it takes another year")
    is_so = exp.RegexpLike(this=node.this.copy(), expression=text(_as_pattern(given)))
    told = text(f" is no time of the form {given}")
    wrong = exp.cast(exp.paren(exp.DPipe(this=node.this.copy(), expression=told)), "TIMESTAMP")
    return case((is_so, exp.cast(parsed, "TIMESTAMP", copy=False)), otherwise=wrong)


def _as_pattern(form: str) -> str:
    """What texts of a form match, also with blanks around them."""
    parts = re.findall(r"%.|[^%]+", form, re.S)
    found = (_FOUND.get(part) or re.escape(part.replace("%%", "%")) for part in parts)
    return f"^ *{''.join(found)} *$"


def _format(node: exp.Expr) -> exp.Expr:
    return call("TO_CHAR", node.this, text(_form(node, "format_time")))


def _form(node: exp.Expr, feature: str) -> str:
    """A form of ``strftime`` in TO_CHAR's words, what stands between them in quotes."""
    form = node.args["format"]
    if not isinstance(form, exp.Literal):
        raise refuse(f"{feature} by a form that is not constant", _NAME, "it is not known")
    found = ""
    for part in re.findall(r"%.|[^%]+", form.name, re.S):
        if part.startswith("%") and part != "%%":
            if part not in _FORMS:
                raise refuse(f"{feature} with {part}", _NAME, "it has no such part")
            found += _FORMS[part]
        else:
            words = part.replace("%%", "%").replace("\\", "\\\\").replace('"', '\\"')
            found += f'"{words}"'
    return found


def _diff(node: exp.Expr) -> exp.Expr:
    """How many boundaries lie between two times; PostgreSQL can but subtract."""
    unit = str(node.args.get("unit") or "DAY").upper()
    first, last = node.expression, node.this
    if (size := _SECONDS.get(unit)) is not None:
        ends = (_seconds(each, unit) for each in (last, first))
        apart = exp.paren(exp.Sub(this=next(ends), expression=next(ends)), copy=False)
        return exp.cast(exp.Div(this=apart, expression=integer(size), typed=False), "BIGINT")
    months = {"MONTH": "MONTH", "QUARTER": "QUARTER", "YEAR": None}
    if unit not in months:
        raise refuse(f"differences in units of {unit.lower()}", _NAME, "it has none")
    counted = (_count(each, months[unit], 4 if unit == "QUARTER" else 12) for each in (last, first))
    return exp.paren(exp.Sub(this=next(counted), expression=next(counted)), copy=False)


def _seconds(time: exp.Expr, unit: str) -> exp.Expr:
    """Since 1970, of the beginning of the day, hour ... that a time lies in."""
    moment = exp.cast(time.copy(), "TIMESTAMP")
    begin = exp.TimestampTrunc(this=moment, unit=exp.var(unit))
    return exp.Extract(this=exp.var("EPOCH"), expression=begin)


def _count(time: exp.Expr, part: str | None, parts: int) -> exp.Expr:
    """Years, or the months or quarters of all years and of this."""
    years = exp.Extract(this=exp.var("YEAR"), expression=time.copy())
    if part is None:
        return years
    within = exp.Extract(this=exp.var(part), expression=time.copy())
    whole = exp.Mul(this=years, expression=integer(parts))
    return exp.paren(exp.Add(this=whole, expression=within), copy=False)


POSTGRESQL_FUNCTIONS: Rules = {
    exp.ArrayDistinct: refusing("list_distinct", _NAME, "it has none"),
    exp.ArraySort: refusing("list_sort", _NAME, "it has none"),
    exp.Bracket: _element,
    exp.Contains: _contains,
    exp.DateDiff: _diff,
    exp.Filter: _filter,
    exp.First: _first,
    exp.IsNan: _is_nan,
    exp.RegexpLike: _regexp_like,
    exp.RegexpReplace: _replace,
    exp.Reverse: refusing(
        "reverse", _NAME, "it tears letters apart that are of several code points"
    ),
    exp.SplitPart: _split_part,
    exp.RegexpExtract: refusing("regexp_extract", _NAME, "its groups are others"),
    exp.Split: _split,
    exp.StrToTime: _parse,
    exp.TimeToStr: _format,
    exp.Unnest: _unnest,
}
