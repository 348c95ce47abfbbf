"""Texts that are read as values of another type, written as such: MySQL and SQLite would make
texts of what they meet, or compare the two as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import integer
from vibepiper_transform.dialects.typing import as_kind, kind
from vibepiper_transform.families import INTEGERS, family_of

__all__ = ["COUNTS", "arguments_read", "constants_read"]

_PAIRS = (
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
_ARITHMETIC = (exp.Add, exp.Div, exp.IntDiv, exp.Mod, exp.Mul, exp.Sub)
_LISTS = (exp.In, exp.Between, exp.Coalesce, exp.Greatest, exp.Least)
COUNTS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Lag: ("offset",), exp.Lead: ("offset",), exp.Left: ("expression",),
    exp.NthValue: ("offset",), exp.Ntile: ("this",), exp.Pad: ("expression",),
    exp.Repeat: ("times",), exp.Right: ("expression",), exp.Round: ("decimals",),
    exp.SplitPart: ("part_index",), exp.Substring: ("start", "length"),
}  # fmt: skip
_MEASURES: dict[type[exp.Expr], tuple[str, ...]] = dict.fromkeys(
    (
        exp.Acos, exp.Asin, exp.Atan, exp.Atan2, exp.Cbrt, exp.Cos, exp.Cot, exp.Degrees, exp.Exp,
        exp.Ln, exp.Log, exp.Pow, exp.Radians, exp.Sin, exp.Sqrt, exp.Tan,
    ),
    ("this", "expression"),
)  # fmt: skip
"""Arguments that are numbers, whatever they are given as."""
_TIMES = {"DATE": "DATE", "TIMESTAMP": "TIMESTAMP", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


def constants_read(query: exp.Query) -> exp.Query:
    """A `typed` query, itself changed."""
    for node in list(
        query.find_all(
            *_PAIRS, *_LISTS, *_ARITHMETIC, exp.Case, exp.If, exp.Lag, exp.Lead, exp.Nullif
        )
    ):
        if is_native(node):
            continue
        if isinstance(node, _ARITHMETIC):
            _read_beside_number(node)
            continue
        for met in _meetings(node):
            values = [each for each in met if isinstance(each, exp.Expr)]
            kinds = [kind(each) or "" for each in values if not isinstance(each, exp.Literal)]
            known = next(filter(family_of, kinds), None) or _of_numbers(values)
            for text in values if known is not None else ():
                _read(text, known or "")
    return query


def arguments_read(query: exp.Query) -> exp.Query:
    """``query``, itself changed: texts in the place of numbers of a function are such, as DuckDB
    reads them. PostgreSQL may know another function of that name, of texts."""
    for places, known in ((COUNTS, "BIGINT"), (_MEASURES, "DOUBLE")):
        for node in list(query.find_all(*places)):
            for name in () if is_native(node) else places[type(node)]:
                if isinstance(given := node.args.get(name), exp.Literal):
                    _read(given, known)
    return query


def _read_beside_number(node: exp.Expr) -> None:
    """What is computed with: beside whole numbers one, but of a fraction and beside others a
    double."""
    for text, other in ((node.this, node.expression), (node.expression, node.this)):
        known = kind(other) or ""
        if family_of(known) == "number":
            whole = known in INTEGERS and not isinstance(node, exp.Div)
            _read(text.unnest(), known if whole else "DOUBLE")


def _meetings(node: exp.Expr) -> Iterator[Iterable[object]]:
    if isinstance(node, exp.Case):
        yield [*(branch.args.get("true") for branch in node.args["ifs"]), node.args.get("default")]
        if node.this is not None:
            yield [node.this, *(branch.this for branch in node.args["ifs"])]
    elif isinstance(node, exp.If):
        yield [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, exp.Lag | exp.Lead | exp.Nullif):
        if not isinstance(node.this, exp.Literal):
            yield [node.this, node.args.get("default"), node.args.get("expression")]
    else:
        yield list(node.iter_expressions())


def _of_numbers(values: Iterable[exp.Expr]) -> str | None:
    """The type of constants."""
    numbers = [each for each in values if isinstance(each, exp.Literal) and not each.is_string]
    return None if not numbers else kind(numbers[0])


def _read(text: exp.Expr, known: str) -> None:
    if not isinstance(text, exp.Literal) or not text.is_string:
        return
    if known in _TIMES:
        made: exp.Expr | None = exp.cast(text.copy(), _TIMES[known])
    elif known == "BOOLEAN":
        made = _truth(text.name.lower())
    else:
        made = _number(text.name, known) if family_of(known) == "number" else None
    if made is not None:
        text.replace(as_kind(made, known))


def _truth(text: str) -> exp.Expr | None:
    """As DuckDB reads it."""
    if text in ("true", "t", "yes", "y", "1"):
        return exp.true()
    return exp.false() if text in ("false", "f", "no", "n", "0") else None


def _number(text: str, known: str) -> exp.Expr | None:
    try:
        value = Decimal(text.strip())
        whole = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    except InvalidOperation:
        return None
    if known in (*INTEGERS, "HUGEINT") or whole == value:
        return integer(whole)
    made = exp.cast(exp.Literal.number(str(abs(value))), "DOUBLE")
    return exp.Neg(this=made) if value < 0 else made
