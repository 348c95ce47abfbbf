"""Bins of a reference, and how many values of two tables fall into each."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Shares", "by_quantiles", "by_values"]

_TENTHS = [n / 10 for n in range(1, 10)]
_MOST_VALUES = 50
"""Rarer values of the reference, and values that it lacks, are one bin together."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts by bin, of the reference and of now; the last bin is of what is missing."""

    before: tuple[int, ...]
    now: tuple[int, ...]

    def of_rows(self) -> tuple[list[float], list[float]]:
        """The shares of all rows; of no rows none."""
        return _shares(self.before), _shares(self.now)

    def present(self) -> tuple[Sequence[int], Sequence[int]]:
        """The counts without what is missing."""
        return self.before[:-1], self.now[:-1]


def by_quantiles(
    before: pa.ChunkedArray, now: pa.ChunkedArray, rows_before: int, rows_now: int
) -> Shares:
    """By the tenths of ``before``, each with its upper end; both hold finite numbers only."""
    basis = before if len(before) else now
    edges = sorted(set(pc.quantile(basis, _TENTHS).to_pylist())) if len(basis) else []
    counts = (
        (*_between(values, edges), rows - len(values))
        for values, rows in ((before, rows_before), (now, rows_now))
    )
    return Shares(*counts)


def by_values(before: pa.ChunkedArray, now: pa.ChunkedArray) -> Shares:
    """By the most frequent values of ``before``."""
    left, right = _counts(before), _counts(now)
    chosen = sorted(left, key=lambda value: (-left[value], str(value)))[:_MOST_VALUES]
    counts = (
        (
            *(found.get(value, 0) for value in chosen),
            sum(n for value, n in found.items() if value not in set(chosen)),
            column.null_count,
        )
        for found, column in ((left, before), (right, now))
    )
    return Shares(*counts)


def _between(values: pa.ChunkedArray, edges: Sequence[float]) -> list[int]:
    above = [int(pc.sum(pc.greater(values, edge)).as_py() or 0) for edge in edges]
    bounds = [len(values), *above, 0]
    return [bounds[n] - bounds[n + 1] for n in range(len(bounds) - 1)]


def _counts(values: pa.ChunkedArray) -> dict[object, int]:
    plain = values.drop_null().combine_chunks()
    if pa.types.is_dictionary(plain.type):
        plain = plain.cast(plain.type.value_type)
    return {each["values"]: each["counts"] for each in pc.value_counts(plain).to_pylist()}


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]
