"""Deviations and quantiles, of values that are not null; of none, null."""

from __future__ import annotations

import math
from typing import ClassVar

__all__ = ["AGGREGATES"]


class _Spread:
    """Welford's sums, as DuckDB has them."""

    sample: ClassVar[bool] = True
    root: ClassVar[bool] = True

    def __init__(self) -> None:
        self.count, self.mean, self.square = 0, 0.0, 0.0

    def step(self, value: float | None) -> None:
        if value is None:
            return
        self.count += 1
        away = value - self.mean
        self.mean += away / self.count
        self.square += away * (value - self.mean)

    def finalize(self) -> float | None:
        divisor = self.count - self.sample
        if divisor <= 0:
            return None
        found = self.square / divisor
        return math.sqrt(found) if self.root else found


class _Deviation(_Spread):
    pass


class _DeviationOfAll(_Spread):
    sample = False


class _Variance(_Spread):
    root = False


class _VarianceOfAll(_Spread):
    sample, root = False, False


class _Quantile:
    """Between the two values that lie next to it, in proportion."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.at = 0.5

    def step(self, value: float | None, at: float = 0.5) -> None:
        self.at = at
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        if not self.values:
            return None
        ordered = sorted(self.values)
        place = self.at * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


AGGREGATES: dict[str, tuple[int, type[_Spread | _Quantile]]] = {
    "vp_median": (1, _Quantile),
    "vp_quantile": (2, _Quantile),
    "vp_stddev": (1, _Deviation),
    "vp_stddev_pop": (1, _DeviationOfAll),
    "vp_variance": (1, _Variance),
    "vp_variance_pop": (1, _VarianceOfAll),
}
