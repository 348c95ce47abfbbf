"""How far two distributions are apart."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper_quality.profile import Family
from vibepiper_quality.values import finite

__all__ = ["as_numbers", "between", "chi_square", "jensen_shannon", "stability_index"]

_LEAST_SHARE = 1e-4
"""What stands for an empty bin in the stability index, which has no logarithm of 0."""


def stability_index(before: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index, of shares by bin; bins that are empty on both sides tell
    nothing."""
    pairs = [
        (max(p, _LEAST_SHARE), max(q, _LEAST_SHARE))
        for p, q in zip(before, now, strict=True)
        if p or q
    ]
    return math.fsum((q - p) * math.log(q / p) for p, q in pairs)


def jensen_shannon(before: Sequence[float], now: Sequence[float]) -> float:
    """The distance (the root of the divergence), base 2: 0 for equal shares, 1 for none shared."""
    middle = [(p + q) / 2 for p, q in zip(before, now, strict=True)]
    both = (_divergence(before, middle) + _divergence(now, middle)) / 2
    return math.sqrt(max(0.0, both))


def chi_square(before: Sequence[int], now: Sequence[int]) -> tuple[float, int] | None:
    """Pearson's statistic of two rows of counts, without Yates's correction, and its degrees of
    freedom; None where a row or all but one column is empty."""
    pairs = [(p, q) for p, q in zip(before, now, strict=True) if p or q]
    totals = sum(p for p, _ in pairs), sum(q for _, q in pairs)
    if not all(totals) or len(pairs) < 2:
        return None
    share = totals[0] / sum(totals)
    terms = ((p - (p + q) * share) ** 2 / ((p + q) * share * (1 - share)) for p, q in pairs)
    return math.fsum(terms), len(pairs) - 1


def between(left: pa.ChunkedArray, right: pa.ChunkedArray) -> tuple[float, float]:
    """The greatest vertical distance of the two empirical distribution functions (Kolmogorov and
    Smirnov's), and the area between them (Wasserstein's, or earth mover's)."""
    values = pa.chunked_array([*left.chunks, *right.chunks], pa.float64())
    steps = pa.chunked_array(
        [pa.repeat(1 / len(left), len(left)), pa.repeat(-1 / len(right), len(right))]
    )
    order = pc.sort_indices(values)
    sorted_values = values.take(order).combine_chunks()
    heights = pc.abs(pc.cumulative_sum(steps.take(order).combine_chunks()))
    gaps = pc.subtract(sorted_values[1:], sorted_values[:-1])
    inner = heights[:-1]
    at_steps = inner.filter(pc.greater(gaps, 0))
    furthest = float(pc.max(at_steps).as_py() or 0.0)
    return furthest, float(pc.sum(pc.multiply(inner, gaps)).as_py() or 0.0)


def as_numbers(values: pa.ChunkedArray, family: Family) -> pa.ChunkedArray:
    """The finite numbers as doubles; times as seconds."""
    if family == "time":
        instants = values.drop_null().cast(pa.timestamp("us", getattr(values.type, "tz", None)))
        return pc.divide(instants.cast(pa.int64()).cast(pa.float64(), safe=False), 1e6)
    return finite(values, family)


def _divergence(shares: Sequence[float], middle: Sequence[float]) -> float:
    """Kullback and Leibler's, base 2."""
    return math.fsum(p * math.log2(p / m) for p, m in zip(shares, middle, strict=True) if p)
