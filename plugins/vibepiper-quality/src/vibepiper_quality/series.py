"""Anomalies of a number over time, such as how many rows each load had."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vibepiper.errors import DefinitionError

from vibepiper_quality.limits import Limits, check_method, deviation_of

__all__ = ["SERIES_METHODS", "SeriesAnomaly", "SeriesMethod", "find_series_anomalies"]

SeriesMethod: TypeAlias = Literal["z_score", "iqr", "mad", "seasonal"]
SERIES_METHODS: tuple[str, ...] = get_args(SeriesMethod)
LEAST = 8
"""Fewer values before it say nothing of a value."""
_SEASONS = 4


@dataclass(frozen=True, slots=True)
class SeriesAnomaly:
    """The value at ``position`` (from 0) lies outside of what was usual until then."""

    position: int
    value: float
    limits: Limits


def find_series_anomalies(
    values: Sequence[float],
    *,
    method: SeriesMethod = "mad",
    threshold: float | None = None,
    window: int = 30,
    season: int = 7,
) -> list[SeriesAnomaly]:
    """Judges each value, oldest first, by the ``window`` values before it: what came later does
    not count, so that a value is judged once and for all. The first `LEAST` are not judged.

    ``seasonal`` judges how far a value is from the median of up to four values that were
    ``season``, twice as much, and so on, places before it, by how far others were from theirs;
    values that have no two such places before them are not judged either.
    """
    limit = check_method(method, threshold, SERIES_METHODS)
    if window < LEAST or season < 1:
        raise DefinitionError(
            f"a window has at least {LEAST} values and a season 1, found {window} and {season}"
        )
    if not all(math.isfinite(value) for value in values):
        raise DefinitionError("a series has finite numbers only", hint="Leave the others out.")
    if method == "seasonal":
        return _seasonal(values, limit, window, season)
    return [
        SeriesAnomaly(at, value, limits)
        for at, value in enumerate(values)
        if at >= LEAST
        and not (limits := Limits.of_values(values[max(0, at - window) : at], method, limit)).has(
            value
        )
    ]


def _seasonal(
    values: Sequence[float], threshold: float, window: int, season: int
) -> list[SeriesAnomaly]:
    usual = [_usual(values, at, season) for at in range(len(values))]
    apart: list[float] = []
    found = []
    for at, (value, middle) in enumerate(zip(values, usual, strict=True)):
        if middle is None:
            continue
        if len(apart) >= LEAST:
            limits = Limits.around(middle, threshold * deviation_of(apart[-window:]))
            if not limits.has(value):
                found.append(SeriesAnomaly(at, value, limits))
        apart.append(value - middle)
    return found


def _usual(values: Sequence[float], at: int, season: int) -> float | None:
    before = [values[p] for p in range(at - season, -1, -season)[:_SEASONS]]
    return statistics.median(before) if len(before) > 1 else None
