"""What the values of one sampled column say: computed in memory, of at most a sample's rows."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper_quality.profile import Bin, Family, Frequent

__all__ = [
    "BINS",
    "QUANTILES",
    "deviation",
    "finite",
    "frequent",
    "histogram",
    "patterns",
    "quantiles",
]

BINS = 20
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOP = 10
_SHAPES = (("[A-Z]+", "A"), ("[a-z]+", "a"), ("[0-9]+", "9"))


def finite(values: pa.ChunkedArray, family: Family) -> pa.ChunkedArray:
    """Neither null nor, of numbers (as doubles), NaN or infinite."""
    kept = values.drop_null()
    if family != "number":
        return kept
    doubles = kept.cast(pa.float64(), safe=False)
    return doubles.filter(pc.is_finite(doubles))


def deviation(numbers: pa.ChunkedArray) -> float | None:
    """The standard deviation of a sample (n - 1); of less than two numbers None."""
    found: float | None = pc.stddev(numbers, ddof=1).as_py()
    return found


def quantiles(values: pa.ChunkedArray, kind: pa.DataType, family: Family) -> Mapping[str, object]:
    """Between two numbers in proportion, of times the earlier one; by names such as ``0.25``."""
    if not len(values):
        return {}
    if family == "number":
        found = pc.quantile(values, list(QUANTILES)).to_pylist()
    else:
        ticks = pc.quantile(_ticks(values), list(QUANTILES), interpolation="lower")
        found = _times(ticks, kind).to_pylist()
    return {str(at): value for at, value in zip(QUANTILES, found, strict=True)}


def histogram(values: pa.ChunkedArray, kind: pa.DataType, family: Family) -> tuple[Bin, ...]:
    """Bars of equal width, `BINS` of them, or one if all values are equal."""
    if not len(values):
        return ()
    numbers = values if family == "number" else _ticks(values).cast(pa.float64(), safe=False)
    ends = pc.min_max(numbers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    width = (high - low) / BINS
    if width <= 0:
        first, last = _edges([low, high], kind, family)
        return (Bin(first, last, 1.0),)
    edges = _edges([low + width * n for n in range(BINS)] + [high], kind, family)
    places = pc.min_element_wise(pc.floor(pc.divide(pc.subtract(numbers, low), width)), BINS - 1)
    counted = {int(e["values"]): e["counts"] for e in pc.value_counts(places).to_pylist()}
    return tuple(Bin(edges[n], edges[n + 1], counted.get(n, 0) / len(numbers)) for n in range(BINS))


def frequent(values: pa.ChunkedArray) -> tuple[tuple[Frequent, ...], int]:
    """The most frequent values, the lesser first of equally frequent ones, and how many different
    ones there are. Where more than `TOP` values all differ, none is frequent."""
    plain = _sortable(values.drop_null().combine_chunks())
    counted = pa.Table.from_struct_array(pc.value_counts(plain))
    if TOP < counted.num_rows == len(plain):
        return (), counted.num_rows
    order = [("counts", "descending"), ("values", "ascending")]
    ranked = _often(counted).sort_by(order).slice(0, TOP) if len(plain) else counted
    found = (Frequent(e["values"], e["counts"] / len(plain)) for e in ranked.to_pylist())
    return tuple(found), counted.num_rows


def _sortable(values: pa.Array) -> pa.Array:
    """Arrow sorts neither views nor dictionaries."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return values.cast(pa.string()) if pa.types.is_string_view(values.type) else values


def _often(counted: pa.Table) -> pa.Table:
    """The values that occur at least as often as the last of the `TOP`: few, to be sorted."""
    numbers = counted["counts"]
    least = numbers.take(pc.select_k_unstable(numbers, TOP, [("", "descending")]))[-1]
    return counted.filter(pc.greater_equal(numbers, least))


def patterns(texts: pa.ChunkedArray) -> tuple[Frequent, ...]:
    """The shapes that the most texts have: ``A`` stands for upper-case letters of ASCII, ``a`` for
    lower-case ones, ``9`` for digits, one or more of each; the rest for itself."""
    encoded = texts.drop_null().combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    shaped = encoded.dictionary
    for pattern, sign in _SHAPES:
        shaped = pc.replace_substring_regex(shaped, pattern=pattern, replacement=sign)
    return frequent(pa.chunked_array([shaped.take(encoded.indices)]))[0]


def _ticks(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as whole numbers, in their type's own unit."""
    if pa.types.is_date32(times.type):
        return times.cast(pa.int32())
    return times.cast(pa.int64())


def _times(ticks: Any, kind: pa.DataType) -> Any:
    whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    return ticks.cast(whole, safe=False).cast(kind)


def _edges(edges: list[float], kind: pa.DataType, family: Family) -> list[object]:
    if family == "number":
        return list(edges)
    return list(_times(pa.array([round(edge) for edge in edges]), kind).to_pylist())
