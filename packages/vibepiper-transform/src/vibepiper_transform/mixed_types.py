"""Values that meet where engines cannot make them of one type, or differ in how they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import TypeAlias

from sqlglot import exp

from vibepiper_transform.bound_types import (
    fault_of_pattern,
    fault_of_replacement,
    has_cast,
    is_castable,
)
from vibepiper_transform.dialects.trees import results_of
from vibepiper_transform.families import family_of, is_read_from_text, shown
from vibepiper_transform.unread_texts import unread_text

__all__ = ["MIXING", "mixed_in", "mixed_types"]

KindOf: TypeAlias = "Callable[[exp.Expr], str | None]"
Found: TypeAlias = "tuple[exp.Expr, str]"

_COMPARISONS = (
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.In,
    exp.Between,
)
_PATTERNS = (exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace)
_UNITED = (
    exp.Coalesce,
    exp.Greatest,
    exp.Least,
    exp.Nullif,
    exp.Array,
    exp.Lag,
    exp.Lead,
    exp.Case,
    exp.If,
)
_CONDITIONS = (exp.Where, exp.Having, exp.Qualify, exp.And, exp.Or, exp.Not)
_READ = frozenset(
    {*exp.DataType.NUMERIC_TYPES, *exp.DataType.TEMPORAL_TYPES, exp.DataType.Type.BOOLEAN}
)
MIXING: frozenset[type[exp.Expr]] = frozenset(
    {*_COMPARISONS, *_UNITED, *_PATTERNS, *_CONDITIONS, exp.Cast, exp.Literal}
)
"""What `mixed_in` finds something in."""


def mixed_types(tree: exp.Expr, kind_of: KindOf) -> Iterator[Found]:
    """Texts that cannot be read as the type of what they are compared or brought together with, or
    as what an operator or a function takes, columns of texts that are compared with those of
    another type, and patterns that are none: each with what is wrong. ``kind_of`` gives the type of
    a column, and may that of what is cast; None where it is not known."""
    for node in tree.walk():
        if type(node) in MIXING:
            yield from mixed_in(node, kind_of)


def mixed_in(node: exp.Expr, kind_of: KindOf) -> Iterator[Found]:
    """`mixed_types` of one node, without its parts."""
    if isinstance(node, exp.Literal):
        if type(node.parent) not in MIXING:
            yield from unread_text(node, kind_of)
        return
    yield from _text_conditions(node, kind_of)
    if isinstance(node, _PATTERNS):
        yield from _wrong_pattern(node)
    elif isinstance(node, exp.Cast):
        yield from _wrong_cast(node, kind_of)
    elif not isinstance(node, _CONDITIONS):
        met = _together(node)
        yield from _wrong_texts(met, kind_of)
        yield from _wrong_texts(_compared_by(node), kind_of)
        if isinstance(node, _COMPARISONS):
            yield from _text_columns(met, kind_of)


def _together(node: exp.Expr) -> list[exp.Expr]:
    """What has to be of one type."""
    if isinstance(node, exp.Case):
        values = [branch.args.get("true") for branch in node.args["ifs"]]
        met = [*values, node.args.get("default")]
    elif isinstance(node, exp.If):
        met = [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, (exp.Lag, exp.Lead)):
        met = [node.this, node.args.get("default")]
    elif isinstance(node, exp.In) and (query := node.args.get("query")) is not None:
        met = [node.this, *(select.selects[0].unalias() for select in results_of(query))]
    else:
        met = list(node.iter_expressions())
    return [part.unnest() for part in met if part is not None]


def _compared_by(node: exp.Expr) -> list[exp.Expr]:
    """What a CASE compares its value with, and the value."""
    if not isinstance(node, exp.Case) or node.this is None:
        return []
    return [node.this.unnest(), *(branch.this.unnest() for branch in node.args["ifs"])]


def _text_conditions(node: exp.Expr, kind_of: KindOf) -> Iterator[Found]:
    """Every text would have to say whether it is true."""
    tests = list(node.iter_expressions()) if isinstance(node, _CONDITIONS) else []
    if isinstance(node, exp.Case) and node.this is None:
        tests = [branch.this for branch in node.args["ifs"]]
    for test in tests:
        kind = kind_of(test) if isinstance(test, exp.Column) else None
        if kind is not None and family_of(kind) == "text":
            yield test, f"a condition is true or false, but {_name(test)} is {shown(kind)}"


def _wrong_texts(met: list[exp.Expr], kind_of: KindOf) -> Iterator[Found]:
    texts = [part for part in met if isinstance(part, exp.Literal) and part.is_string]
    for part in met if texts else ():
        kind = _kind(part, kind_of)
        if kind is None or not is_read_from_text(kind):
            continue
        for text in texts:
            if not is_castable(text.this, kind):
                known = shown(kind) if isinstance(part, exp.Column) else "a number"
                yield text, f"{_name(part)} is {known}, and the text {text.sql()} is none"


def _text_columns(met: list[exp.Expr], kind_of: KindOf) -> Iterator[Found]:
    known: list[Found] = [
        (part, kind) for part in met if isinstance(part, exp.Column) and (kind := kind_of(part))
    ]
    texts = [found for found in known if family_of(found[1]) == "text"]
    others = [found for found in known if is_read_from_text(found[1])]
    others += [(part, "a number") for part in met if texts and _is_number(part)]
    for (text, one), (other, two) in product(texts, others):
        told = f"{_name(text)} is {shown(one)}, and {_name(other)} is {shown(two)}"
        yield text, f"{told}: engines compare them differently, or not at all"


def _is_number(part: exp.Expr) -> bool:
    while isinstance(part, (exp.Neg, exp.Paren)):
        part = part.this
    if isinstance(part, exp.Cast) and part.to.is_type(*exp.DataType.NUMERIC_TYPES):
        part = part.this
        return isinstance(part, (exp.Literal, exp.Neg))
    return isinstance(part, exp.Literal) and not part.is_string


def _kind(part: exp.Expr, kind_of: KindOf) -> str | None:
    if isinstance(part, exp.Column):
        return kind_of(part)
    number = part.this if isinstance(part, exp.Neg) else part
    return "DOUBLE" if isinstance(number, exp.Literal) and not number.is_string else None


def _name(part: exp.Expr) -> str:
    return f"'{part.name}'" if isinstance(part, exp.Column) else part.sql()


def _wrong_cast(node: exp.Cast, kind_of: KindOf) -> Iterator[Found]:
    value, target = node.this, _target(node.to)
    if isinstance(value, exp.Literal) and value.is_string:
        if node.to.this in _READ and not is_castable(value.this, target):
            yield value, f"{value.sql()} is no {target}"
        return
    kind = None if isinstance(value, exp.Literal) else kind_of(value)
    if kind is not None and not has_cast(kind, target):
        yield value, f"{_name(value)} is {shown(kind)}, which is never {target}"


def _target(kind: exp.DataType) -> str:
    plain = [*filter(None, kind.args.values())] == [kind.this]
    return _written(kind.this) if plain else kind.sql("duckdb")


@cache
def _written(kind: exp.DType) -> str:
    return exp.DataType(this=kind).sql("duckdb")


def _wrong_pattern(node: exp.Expr) -> Iterator[Found]:
    pattern = node.expression
    for option in (node.args.get(name) for name in ("flag", "modifiers", "parameters")):
        if option is not None and not (option.is_string and "l" not in option.name):
            return  # it may say that the pattern is a plain text
    if not isinstance(pattern, exp.Literal):
        return
    new = node.args.get("replacement")
    if fault := fault_of_pattern(pattern.this):
        yield pattern, f"{pattern.sql()} is no regular expression: {fault}"
    elif isinstance(new, exp.Literal) and (fault := fault_of_replacement(pattern.this, new.this)):
        yield new, f"{new.sql()} replaces no match of {pattern.sql()}: {fault}"
