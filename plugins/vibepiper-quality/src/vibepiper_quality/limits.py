"""What is usual: limits outside of which a number is an anomaly."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vibepiper.errors import DefinitionError, suggest

__all__ = [
    "MAD_TO_DEVIATION",
    "MEAN_TO_DEVIATION",
    "THRESHOLDS",
    "Limits",
    "Method",
    "check_method",
    "deviation_of",
    "quartiles",
]

Method: TypeAlias = Literal["z_score", "iqr", "mad"]

THRESHOLDS = {"z_score": 3.0, "iqr": 1.5, "mad": 3.5}
"""How far is too far, unless told: in standard deviations; in ranges between the quartiles,
beyond them; in deviations as the median one tells them."""

MAD_TO_DEVIATION = 1 / statistics.NormalDist().inv_cdf(0.75)
"""How many standard deviations a median absolute deviation is, of normal values: 1.4826."""


MEAN_TO_DEVIATION = math.sqrt(math.pi / 2)
"""The same of the mean absolute deviation: 1.2533. It stands in where more than half of the values
are equal, of which the median one would let no other value be usual (Iglewicz and Hoaglin)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The usual range, both ends included."""

    low: float
    high: float

    @classmethod
    def around(cls, middle: float, reach: float) -> Limits:
        return cls(middle - reach, middle + reach)

    @classmethod
    def of_quartiles(cls, first: float, third: float, threshold: float) -> Limits:
        reach = threshold * (third - first)
        return cls(first - reach, third + reach)

    @classmethod
    def of_values(cls, values: Sequence[float], method: Method, threshold: float) -> Limits:
        """By at least two values."""
        if method == "z_score":
            return cls.around(statistics.fmean(values), threshold * statistics.stdev(values))
        if method == "iqr":
            return cls.of_quartiles(*quartiles(values), threshold)
        middle = statistics.median(values)
        return cls.around(middle, threshold * deviation_of([value - middle for value in values]))

    def has(self, value: float) -> bool:
        """Give or take what adding up in another order makes of a number."""
        slack = 1e-9 * max(abs(value), abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack


def deviation_of(apart: Sequence[float]) -> float:
    """The standard deviation that distances from a median tell, which outliers do not move."""
    distances = [abs(each) for each in apart]
    median = statistics.median(distances)
    return MAD_TO_DEVIATION * median or MEAN_TO_DEVIATION * statistics.fmean(distances)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third, between two values in proportion, as numpy has them."""
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def check_method(method: str, threshold: float | None, methods: tuple[str, ...] = ()) -> float:
    """The threshold to use. Raises `DefinitionError` for a method that there is not."""
    known = methods or get_args(Method)
    if method not in known:
        raise DefinitionError(
            f"there is no method '{method}' to find anomalies", hint=suggest(method, known)
        )
    found = THRESHOLDS.get(method, THRESHOLDS["mad"]) if threshold is None else threshold
    if not found > 0:
        raise DefinitionError(f"a threshold is above 0, found {threshold!r}")
    return found
