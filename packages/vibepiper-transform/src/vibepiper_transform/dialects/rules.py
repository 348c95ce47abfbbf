"""How expressions are rewritten, innermost first, and what both MySQL and SQLite lack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import call, case, integer, text, whole
from vibepiper_transform.dialects.typing import as_kind, kind
from vibepiper_transform.dialects.unsupported import UnsupportedSql
from vibepiper_transform.families import family_of, shown

__all__ = [
    "COMMON",
    "PARTS",
    "TIMES",
    "TIME_TYPES",
    "TO_BIGINT",
    "WIDER",
    "Rule",
    "Rules",
    "constant_place",
    "denial",
    "duckdbs",
    "frame",
    "instant",
    "interval_parts",
    "is_decimal",
    "is_float",
    "is_whole",
    "is_zero",
    "no_place",
    "not_zero",
    "parts_by",
    "refuse",
    "refuse_middle",
    "refusing",
    "rewritten",
    "trim",
]

Rule: TypeAlias = "Callable[[exp.Expr], exp.Expr]"
Rules: TypeAlias = "Mapping[type[exp.Expr], Rule]"

TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
TIME_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMPNTZ", "DATETIME", "TIMESTAMPTZ")
"""The same in the words of sqlglot, which has several for a TIMESTAMP."""
WIDER = (*exp.DataType.UNSIGNED_INTEGER_TYPES, exp.DType.INT128)
"""Types of whole numbers that DuckDB alone has."""
TO_BIGINT = "Cast to BIGINT."
_WHOLE = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
_WHOLE |= {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "HUGEINT": 127}
_ASK = "Compute it in DuckDB: read the table into a Python asset, or hint(no_pushdown)."


def rewritten(query: exp.Query, rules: Rules) -> exp.Query:
    """``query`` with its nodes replaced by what ``rules`` make of them, the innermost first. A
    node keeps its type; what is native is left alone. A rule may take the parts of its node for
    what it makes: to copy them would copy all of a chain in each of its links."""
    for node in reversed(list(query.walk(bfs=True))):
        rule = rules.get(type(node))
        if rule is None or is_native(node):
            continue
        try:
            new = rule(node)
        except UnsupportedSql as refusal:
            refusal.node = node
            raise
        if new is not node:
            as_kind(new, kind(new) or kind(node))
            if node is query:
                assert isinstance(new, exp.Query)
                query = new
            else:
                node.replace(new)
    return query


def refuse(
    feature: str, dialect: str, why: str, hint: str = _ASK, *, node: exp.Expr | None = None
) -> UnsupportedSql:
    return UnsupportedSql(feature, dialect, why, hint, node=node)


def refusing(feature: str, dialect: str, why: str) -> Rule:
    """A rule for what the dialect cannot do."""

    def rule(node: exp.Expr) -> exp.Expr:
        raise refuse(feature, dialect, why)

    return rule


def no_place(number: exp.Expr, parent: exp.Expr | None) -> exp.Expr:
    """A whole number, as a sum where alone it would mean the column of that place."""
    if not isinstance(parent, exp.Ordered | exp.Group | exp.Rollup | exp.Cube | exp.Tuple):
        return number.copy()
    return exp.Add(this=number.copy(), expression=integer(0))


def refuse_middle(value: exp.Expr, dialect: str) -> None:
    """Refuses a median or a quantile of what is no number: of two times DuckDB takes one between
    them, and of texts the first of the two in the middle."""
    known = kind(value)
    if known is not None and family_of(known) != "number":
        raise refuse(
            f"a median or a quantile of {shown(known)}", dialect, "it has none but numbers'"
        )


def constant_place(dialect: str) -> Rule:
    """A rule for functions of windows that other engines ask for their number but once."""

    def rule(node: exp.Expr) -> exp.Expr:
        number = node.args["offset"] if isinstance(node, exp.NthValue) else node.this
        if whole(number) is None:
            name = f"{node.key}() by a number that is computed"
            raise refuse(name, dialect, "it asks for it once")
        return node

    return rule


def duckdbs(rules: Mapping[tuple[str, int], Rule]) -> Rule:
    """A rule for functions of DuckDB's that sqlglot has no name for, by their names and how many
    arguments they take."""

    def rule(node: exp.Expr) -> exp.Expr:
        known = rules.get((node.name.upper(), len(node.expressions)))
        return node if known is None else known(node)

    return rule


def frame(spec: exp.Expr) -> str:
    """By what a window's frame is told: ``"ROWS"``, ``"RANGE"`` or ``"GROUPS"``."""
    return str(spec.args.get("kind") or "").upper()


def is_whole(node: exp.Expr) -> bool:
    return kind(node) in _WHOLE


def bits(node: exp.Expr) -> int:
    """How many bits the type of a whole number has, without its sign."""
    return _WHOLE[kind(node) or "HUGEINT"]


def is_float(node: exp.Expr) -> bool:
    return kind(node) in ("DOUBLE", "FLOAT")


def is_decimal(node: exp.Expr) -> bool:
    return (kind(node) or "").startswith("DECIMAL")


def interval_parts(node: exp.Expr) -> tuple[int, int, int] | None:
    """Months, days and microseconds of an interval that is a constant."""
    if isinstance(node, exp.Paren):
        return interval_parts(node.this)
    if isinstance(node, exp.Neg):
        found = interval_parts(node.this)
        return None if found is None else (-found[0], -found[1], -found[2])
    if isinstance(node, exp.Interval):
        return _of_unit(node)
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        return _of_text(node.this.name)
    return None


_UNITS = {
    "YEAR": (12, 0, 0),
    "QUARTER": (3, 0, 0),
    "MONTH": (1, 0, 0),
    "WEEK": (0, 7, 0),
    "DAY": (0, 1, 0),
    "HOUR": (0, 0, 3_600_000_000),
    "MINUTE": (0, 0, 60_000_000),
    "SECOND": (0, 0, 1_000_000),
    "MILLISECOND": (0, 0, 1_000),
    "MICROSECOND": (0, 0, 1),
}


def _of_unit(node: exp.Interval) -> tuple[int, int, int] | None:
    amount = node.this.this if isinstance(node.this, exp.Paren) else node.this
    unit = _UNITS.get(str(node.args.get("unit") or "").upper().removesuffix("S"))
    if unit is None:
        return _of_text(amount.name) if isinstance(amount, exp.Literal) else None
    sign = -1 if isinstance(amount, exp.Neg) else 1
    amount = amount.this if isinstance(amount, exp.Neg) else amount
    if not isinstance(amount, exp.Literal) or not amount.name.lstrip("-").isdigit():
        return None
    months, days, micros = (sign * int(amount.name) * part for part in unit)
    return months, days, micros


def _of_text(words: str) -> tuple[int, int, int] | None:
    parts = words.upper().split()
    total = [0, 0, 0]
    for amount, unit in zip(parts[::2], parts[1::2], strict=False):
        size = _UNITS.get(unit.removesuffix("S"))
        if size is None or not amount.lstrip("-").isdigit():
            return None
        total = [sum_ + int(amount) * part for sum_, part in zip(total, size, strict=True)]
    return None if len(parts) % 2 or not parts else (total[0], total[1], total[2])


def instant(node: exp.Cast) -> str | None:
    """The date or timestamp that a constant is, in one form: six digits of a second. An
    instant's offset counts, and that of a timestamp is left out."""
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        return None
    target = node.to.this
    try:
        if target == exp.DataType.Type.DATE:
            return date.fromisoformat(node.this.name).isoformat()
        found = datetime.fromisoformat(node.this.name)
    except ValueError:
        return None
    if found.tzinfo is not None and target == exp.DType.TIMESTAMPTZ:
        found = found.astimezone(UTC)
    return found.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def is_zero(number: exp.Literal) -> bool:
    """Whether a number is written as zero: ``0.0`` and ``0e5`` are."""
    return not number.name.lower().partition("e")[0].strip("0.")


_CLOSER = (exp.Between, exp.Binary, exp.In)


def denial(node: exp.Expr) -> exp.Expr:
    """DuckDB reads ``a < NOT b``, others only ``a < (NOT b)``."""
    around = node.parent
    bare = isinstance(around, _CLOSER) and not isinstance(around, exp.Connector)
    return exp.paren(node.copy(), copy=False) if bare else node


def not_zero(node: exp.Expr) -> exp.Expr:
    """A divisor, null where it is zero."""
    if isinstance(node, exp.Nullif) or (isinstance(node, exp.Literal) and not is_zero(node)):
        return node
    return as_kind(exp.Nullif(this=node, expression=integer(0)), kind(node))


def trim(node: exp.Expr) -> exp.Expr:
    """Of blanks alone: BigQuery would take any white space off, and SQLite has no LEADING."""
    sides = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}
    name = sides.get(str(node.args.get("position") or "").upper(), "TRIM")
    return call(name, node.this, node.expression or text(" "))


def _divide(node: exp.Expr) -> exp.Expr:
    """A fraction, as a DOUBLE."""
    above = node.this if is_float(node.this) else exp.cast(node.this, "DOUBLE", copy=False)
    return exp.Div(this=above, expression=not_zero(node.expression), typed=True)


def _concat(node: exp.Expr) -> exp.Expr:
    """CONCAT() takes a null for an empty text; ``||`` does not."""
    parts = [exp.Coalesce(this=e.copy(), expressions=[text("")]) for e in node.expressions]
    found: exp.Expr = parts[0]
    for part in parts[1:]:
        found = as_kind(exp.DPipe(this=found, expression=part), "VARCHAR")
    return found


def _count_if(node: exp.Expr) -> exp.Expr:
    return exp.Count(this=case((node.this, integer(1))))


def _every(node: exp.Expr) -> exp.Expr:
    return exp.Min(this=exp.cast(node.this.copy(), "INT"))


def _some(node: exp.Expr) -> exp.Expr:
    return exp.Max(this=exp.cast(node.this.copy(), "INT"))


def _greatest(node: exp.Expr) -> exp.Expr:
    return _extreme(node, exp.GTE)


def _least(node: exp.Expr) -> exp.Expr:
    return _extreme(node, exp.LTE)


def _extreme(node: exp.Expr, better: type[exp.Binary]) -> exp.Expr:
    """Of the arguments that are not null, as DuckDB does."""
    found: exp.Expr = node.this
    for other in node.expressions:
        nothing, alone = (exp.Is(this=e.copy(), expression=exp.Null()) for e in (found, other))
        wins = better(this=exp.paren(found.copy()), expression=exp.paren(other.copy()))
        found = case((nothing, other), (exp.or_(alone, wins), found), otherwise=other)
    return found


def _contains(node: exp.Expr) -> exp.Expr:
    found = exp.StrPosition(this=node.this.copy(), substr=node.expression.copy())
    return exp.GT(this=found, expression=integer(0))


def _ends_with(node: exp.Expr) -> exp.Expr:
    lengths = (exp.Length(this=e.copy()) for e in (node.this, node.expression))
    start = exp.Add(
        this=exp.Sub(this=next(lengths), expression=next(lengths)), expression=integer(1)
    )
    ending = exp.Substring(this=node.this.copy(), start=start)
    return exp.EQ(this=ending, expression=node.expression.copy())


def _starts_with(node: exp.Expr) -> exp.Expr:
    length = exp.Length(this=node.expression.copy())
    start = exp.Substring(this=node.this.copy(), start=integer(1), length=length)
    return exp.EQ(this=start, expression=node.expression.copy())


PARTS: dict[type[exp.Expr], str] = {
    exp.Day: "DAY",
    exp.DayOfMonth: "DAY",
    exp.DayOfWeek: "DOW",
    exp.DayOfWeekIso: "ISODOW",
    exp.DayOfYear: "DOY",
    exp.Hour: "HOUR",
    exp.Minute: "MINUTE",
    exp.Month: "MONTH",
    exp.Quarter: "QUARTER",
    exp.Second: "SECOND",
    exp.Week: "WEEK",
    exp.WeekOfYear: "WEEK",
    exp.Year: "YEAR",
}
"""Functions that are a part of a time by another name."""


def parts_by(extract: Rule) -> dict[type[exp.Expr], Rule]:
    """Rules for `PARTS`, by that of EXTRACT."""

    def rule(node: exp.Expr) -> exp.Expr:
        part = exp.var(PARTS[type(node)])
        return extract(exp.Extract(this=part, expression=node.this.copy()))

    return dict.fromkeys(PARTS, rule)


COMMON: dict[type[exp.Expr], Rule] = {
    exp.Concat: _concat,
    exp.Contains: _contains,
    exp.CountIf: _count_if,
    exp.Div: _divide,
    exp.Greatest: _greatest,
    exp.Not: denial,
    exp.Least: _least,
    exp.LogicalAnd: _every,
    exp.LogicalOr: _some,
    exp.EndsWith: _ends_with,
    exp.StartsWith: _starts_with,
}
