"""Rows whose number in a column is far from the others', found where the table lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import pyarrow as pa
from vibepiper_transform import Avg, Median, Quantile, Relation, StdDev, col, from_arrow, lit

from vibepiper_quality.families import check_number
from vibepiper_quality.limits import (
    MAD_TO_DEVIATION,
    MEAN_TO_DEVIATION,
    Limits,
    Method,
    check_method,
)
from vibepiper_quality.numeric import finite, may_be_nan, no_nan

__all__ = ["RowAnomalies", "find_row_anomalies"]


@dataclass(frozen=True)
class RowAnomalies:
    """``rows`` is the relation of the rows outside of the ``limits``, not run until it is read.
    ``limits`` are None where the column has no two finite numbers, or they are too great to be
    reckoned with: then no row is outside."""

    column: str
    limits: Limits | None
    rows: Relation


def find_row_anomalies(
    data: object, column: str, *, method: Method = "mad", threshold: float | None = None
) -> RowAnomalies:
    """By the mean and standard deviation of all rows (``z_score``), by their quartiles (``iqr``)
    or by the median and the median distance from it (``mad``), which outliers do not move. Nulls
    and NaN are no anomalies, nor counted; what is infinite is an anomaly, and not counted. The
    engine that holds the table computes it; one that has no quantiles (MySQL, SQLite) takes
    ``z_score`` alone."""
    limit = check_method(method, threshold)
    relation = data if isinstance(data, Relation) else from_arrow(data)
    check_number(relation, column)
    numbers = relation.select(x=col(column).cast(pa.float64())).filter(finite("x"))
    limits = _limits(numbers, method, limit)
    if limits is None or not (math.isfinite(limits.low) and math.isfinite(limits.high)):
        return RowAnomalies(column, None, relation.limit(0))
    outside = (col(column) < lit(limits.low)) | (col(column) > lit(limits.high))
    if may_be_nan(relation.schema.field(column).type, relation.backend):
        outside &= no_nan(column)
    return RowAnomalies(column, limits, relation.filter(outside))


def _limits(numbers: Relation, method: Method, threshold: float) -> Limits | None:
    if method == "z_score":
        mean, deviation = _asked(numbers, a=Avg("x"), b=StdDev("x"))
        return None if deviation is None else Limits.around(mean, threshold * deviation)
    if method == "iqr":
        first, third = _asked(numbers, a=Quantile("x", 0.25), b=Quantile("x", 0.75))
        return None if first is None else Limits.of_quartiles(first, third, threshold)
    (middle,) = _asked(numbers, a=Median("x"))
    if middle is None:
        return None
    apart = numbers.select(x=(col("x") - lit(middle)).abs())
    (spread,) = _asked(apart, a=Median("x"))
    if spread:
        return Limits.around(middle, threshold * MAD_TO_DEVIATION * spread)
    (mean,) = _asked(apart, a=Avg("x"))
    return Limits.around(middle, threshold * MEAN_TO_DEVIATION * mean)


def _asked(numbers: Relation, **aggregates: Avg | StdDev | Quantile | Median) -> tuple[float, ...]:
    (row,) = numbers.aggregate(**aggregates).to_table().to_pylist()
    return cast("tuple[float, ...]", tuple(row.values()))
