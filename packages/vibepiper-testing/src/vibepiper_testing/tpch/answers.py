"""Comparing answers of two engines."""

from __future__ import annotations

import math
from decimal import Decimal

import pyarrow as pa

__all__ = ["assert_same_answer"]


def assert_same_answer(found: pa.Table, expected: pa.Table) -> None:
    """The same names, and the same rows in the same order; a number may be an integer, a decimal
    or a double, and differ by a billionth of itself."""
    assert found.column_names == expected.column_names
    assert found.num_rows == expected.num_rows
    for name in expected.column_names:
        pairs = zip(found[name].to_pylist(), expected[name].to_pylist(), strict=True)
        for row, (one, other) in enumerate(pairs):
            assert _same(one, other), f"row {row}, {name}: {one!r}, expected {other!r}"


def _same(one: object, other: object) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other
