"""What is usual: limits outside of which a number is an anomaly."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vibepiper.errors import DefinitionError, suggest

__all__ = ["MAD_TO_DEVIATION", "THRESHOLDS", "Limits", "Method", "check_method", "quartiles"]

Method: TypeAlias = Literal["z_score", "iqr", "mad"]

THRESHOLDS = {"z_score": 3.0, "iqr": 1.5, "mad": 3.5}
"""How far is too far, unless told: in standard deviations; in ranges between the quartiles,
beyond them; in deviations as the median one tells them."""

MAD_TO_DEVIATION = 1 / statistics.NormalDist().inv_cdf(0.75)
"""How many standard deviations a median absolute deviation is, of normal values: 1.4826."""


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
        apart = statistics.median(abs(value - middle) for value in values)
        return cls.around(middle, threshold * MAD_TO_DEVIATION * apart)

    def has(self, value: float) -> bool:
        return self.low <= value <= self.high


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
