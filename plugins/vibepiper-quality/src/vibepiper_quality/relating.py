"""What columns say of each other: correlations, keys of two, dependencies."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper_quality.profile import Correlation, Dependency

__all__ = ["correlations", "dependencies", "different", "key_pairs"]


def correlations(table: pa.Table, names: Sequence[str]) -> Iterator[Correlation]:
    """Pearson's, of each two columns of numbers in which both vary; strongest first."""
    numbers = {name: table[name].cast(pa.float64(), safe=False) for name in names}
    found = []
    for left, right in combinations(names, 2):
        coefficient = _pearson(numbers[left], numbers[right])
        if coefficient is not None:
            found.append(Correlation(left, right, coefficient))
    yield from sorted(found, key=lambda each: -abs(each.coefficient))


def _pearson(left: pa.ChunkedArray, right: pa.ChunkedArray) -> float | None:
    both = pc.fill_null(pc.and_(pc.is_finite(left), pc.is_finite(right)), False)
    x, y = left.filter(both), right.filter(both)
    if len(x) < 2:
        return None
    x, y = pc.subtract(x, pc.mean(x)), pc.subtract(y, pc.mean(y))
    spread = (_total(x, x) * _total(y, y)) ** 0.5
    return max(-1.0, min(1.0, _total(x, y) / spread)) if spread else None


def _total(x: pa.ChunkedArray, y: pa.ChunkedArray) -> float:
    return float(pc.sum(pc.multiply(x, y)).as_py())


def different(table: pa.Table, names: Sequence[str]) -> int:
    """How many different rows these columns have; null equals null."""
    return int(table.select(list(names)).group_by(list(names)).aggregate([]).num_rows)


def key_pairs(table: pa.Table, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The pairs of columns that tell all rows apart."""
    for pair in combinations(names, 2):
        if different(table, pair) == table.num_rows:
            yield pair


def dependencies(table: pa.Table, names: Sequence[str]) -> Iterator[Dependency]:
    """Those of one column on one other that says something: the determinant repeats, and the
    dependent varies."""
    numbers = {name: different(table, [name]) for name in names}
    for determinant, dependent in permutations(names, 2):
        if numbers[determinant] == table.num_rows or numbers[dependent] < 2:
            continue
        if numbers[dependent] > numbers[determinant]:
            continue
        if different(table, [determinant, dependent]) == numbers[determinant]:
            yield Dependency(determinant, dependent)
