"""Which values of a column of numbers are numbers, told in SQL."""

from __future__ import annotations

import math
import sys

import pyarrow as pa
from vibepiper_transform import Expression, RelationBackend, col, lit

__all__ = ["finite", "may_be_nan", "no_nan"]

_WITHOUT_NAN = ("mysql", "sqlite")


def may_be_nan(kind: pa.DataType, backend: RelationBackend) -> bool:
    return pa.types.is_floating(kind) and backend.dialect not in _WITHOUT_NAN


def no_nan(name: str) -> Expression:
    """NaN is above all else in the engines that have it."""
    return col(name) <= lit(math.inf)


def finite(name: str) -> Expression:
    """Neither NaN nor infinite, in engines that have no word for infinity too."""
    return col(name).abs() <= lit(sys.float_info.max)
