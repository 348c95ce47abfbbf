"""Sums that stand for rows: equal in every engine for equal rows, so that few rows need to move."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.families import INTEGERS
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.relation import Relation

__all__ = ["Segments", "can_sum", "segments_of"]

_ROWS_PER_SEGMENT = 1000
_STEP = 1e-9
"""Floats that differ by less, absolutely or of their size, may have one checksum: engines write
and round them each in their way."""
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def _hex(digits: str) -> exp.Expr:
    return exp.Literal.string(digits)


def _duckdb_number(digits: exp.Expr) -> exp.Expr:
    return exp.cast(exp.DPipe(this=_hex("0x"), expression=digits), "BIGINT")


def _postgres_number(digits: exp.Expr) -> exp.Expr:
    padded = exp.paren(exp.DPipe(this=_hex("x0"), expression=digits))
    bits = exp.Cast(this=padded, to=exp.DataType.build("BIT(64)", dialect="postgres"))
    return exp.cast(bits, "BIGINT")


def _duckdb_micros(time: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="EPOCH_US", expressions=[time])


def _postgres_micros(time: exp.Expr) -> exp.Expr:
    seconds = exp.Extract(this=exp.var("EPOCH"), expression=time)
    return exp.cast(exp.Mul(this=seconds, expression=exp.Literal.number(1_000_000)), "BIGINT")


_NUMBERS: Mapping[str, Callable[[exp.Expr], exp.Expr]] = {
    "duckdb": _duckdb_number,
    "postgres": _postgres_number,
}
_MICROS: Mapping[str, Callable[[exp.Expr], exp.Expr]] = {
    "duckdb": _duckdb_micros,
    "postgres": _postgres_micros,
}
_PLAIN = (*INTEGERS, "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP", "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True, slots=True)
class Segments:
    """How many rows, and which checksum, the keys have whose hash begins with some digits."""

    digits: int
    found: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.found.values())

    def different(self, other: Segments) -> list[str]:
        names = self.found.keys() | other.found.keys()
        return sorted(n for n in names if self.found.get(n) != other.found.get(n))


def can_sum(relations: Sequence[LazyQuery], columns: Sequence[str]) -> bool:
    """Whether every engine has checksums, of all columns."""
    if any(relation.backend.dialect not in _NUMBERS for relation in relations):
        return False
    kinds = [relation.kinds[name] for relation in relations for name in columns]
    return all(kind.startswith(_PLAIN) and not kind.endswith("]") for kind in kinds)


def segments_of(
    relation: Relation,
    key: Sequence[str],
    columns: Sequence[str],
    rows: int,
    scales: Mapping[str, int],
) -> Segments:
    """The checksums of a table of about ``rows`` rows, computed by its engine. ``scales`` are how
    many digits decimals have behind the point, on the side that has more."""
    digits = max(0, math.ceil(math.log(max(rows / _ROWS_PER_SEGMENT, 1), 16)))
    texts = {name: _text(relation, name, scales) for name in (*key, *columns)}
    row = exp.MD5(this=_joined([texts[name] for name in (*key, *columns)]))
    number = _NUMBERS[relation.backend.dialect](_first(row, 15))
    chosen = [
        exp.alias_(_segment(key, texts, digits), "segment", quoted=True),
        exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True),
        exp.alias_(exp.cast(exp.Sum(this=number), "TEXT"), "checksum", quoted=True),
    ]
    summed = relation.derive(
        lambda table: exp.select(*chosen).from_(table).group_by(_segment(key, texts, digits))
    )
    found = summed.to_table().to_pylist()
    return Segments(digits, {r["segment"]: (r["rows"], r["checksum"]) for r in found})


def within(
    relation: Relation,
    key: Sequence[str],
    digits: int,
    segments: Sequence[str],
    scales: Mapping[str, int],
) -> Relation:
    """The rows of some segments."""
    texts = {name: _text(relation, name, scales) for name in key}
    names = [exp.Literal.string(name) for name in segments]
    chosen = exp.In(this=_segment(key, texts, digits), expressions=names)
    kept = relation.derive(lambda table: exp.select("*").from_(table).where(chosen))
    return relation.replace(kept.tree, relation.kinds)


def _segment(key: Sequence[str], texts: Mapping[str, exp.Expr], digits: int) -> exp.Expr:
    return _first(exp.MD5(this=_joined([texts[name] for name in key])), digits)


def _first(text: exp.Expr, digits: int) -> exp.Expr:
    ends = exp.Literal.number(1), exp.Literal.number(digits)
    return exp.Substring(this=text, start=ends[0], length=ends[1])


def _joined(texts: Sequence[exp.Expr]) -> exp.Expr:
    found = texts[0].copy()
    for text in texts[1:]:
        separated = exp.DPipe(this=found, expression=exp.Literal.string("\x1f"))
        found = exp.DPipe(this=separated, expression=text.copy())
    return found


def _text(relation: Relation, name: str, scales: Mapping[str, int]) -> exp.Expr:
    """A column as text that is the same in every engine; null is none that a value has."""
    column, kind = exp.column(name, quoted=True), relation.kinds[name]
    marked = exp.DPipe(
        this=exp.Literal.string("="), expression=_value(column, kind, relation, scales.get(name))
    )
    null = exp.Literal.string("null")
    return exp.paren(exp.Coalesce(this=marked, expressions=[null]))


def _value(column: exp.Expr, kind: str, relation: Relation, scale: int | None) -> exp.Expr:
    if kind == "VARCHAR":
        return column
    if kind == "BOOLEAN":
        return exp.cast(exp.cast(column, "INT"), "TEXT")
    if kind.startswith("TIMESTAMP"):
        return exp.cast(_MICROS[relation.backend.dialect](column), "TEXT")
    if kind.startswith("DECIMAL") or scale is not None:
        return exp.cast(exp.cast(column, f"DECIMAL(38, {scale})"), "TEXT")
    if kind in ("FLOAT", "DOUBLE"):
        return _float(exp.cast(column, "DOUBLE"))
    return exp.cast(column, "TEXT")


def _float(column: exp.Expr) -> exp.Expr:
    """By steps of a billionth; large ones by whole numbers; huge ones by their sign alone; what is
    no finite number by its name."""
    found = exp.case()
    for name in _NOT_FINITE:
        value = exp.cast(exp.Literal.string(name), "DOUBLE")
        found = found.when(exp.EQ(this=column.copy(), expression=value), exp.Literal.string(name))
    return found.else_(exp.cast(exp.cast(_steps(column), "BIGINT"), "TEXT"))


def _steps(column: exp.Expr) -> exp.Expr:
    """Fits an integer whatever the float is, since engines may cast it before they look at the
    conditions around."""
    small = exp.Floor(this=exp.Div(this=column.copy(), expression=exp.Literal.number(repr(_STEP))))
    whole = exp.Floor(this=column.copy())
    size = exp.Abs(this=column.copy())
    return (
        exp.case()
        .when(exp.LT(this=size, expression=exp.Literal.number("1e9")), small)
        .when(exp.LT(this=size.copy(), expression=exp.Literal.number("1e18")), whole)
        .when(exp.GT(this=column.copy(), expression=exp.Literal.number(0)), exp.Literal.number(1))
        .else_(exp.Literal.number(-1))
    )
