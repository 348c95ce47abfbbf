"""Limits equal what numpy and scipy say; rates of detection and of false alarms are as stated."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from vibepiper.errors import DataError, DefinitionError
from vibepiper_quality import Limits, find_row_anomalies, find_series_anomalies
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table

VALUES = np.random.default_rng(3).lognormal(0, 1, 501)


def expected(method: str) -> tuple[float, float]:
    if method == "z_score":
        return VALUES.mean() - 3 * VALUES.std(ddof=1), VALUES.mean() + 3 * VALUES.std(ddof=1)
    if method == "iqr":
        first, third = np.quantile(VALUES, [0.25, 0.75])
        return first - 1.5 * (third - first), third + 1.5 * (third - first)
    reach = 3.5 * stats.median_abs_deviation(VALUES, scale="normal")
    return np.median(VALUES) - reach, np.median(VALUES) + reach


@pytest.mark.parametrize("method", ["z_score", "iqr", "mad"])
def test_limits_of_rows_are_numpys_and_scipys(method: str) -> None:
    found = find_row_anomalies(pa.table({"x": VALUES}), "x", method=method)
    low, high = expected(method)
    assert (found.limits.low, found.limits.high) == pytest.approx((low, high), rel=1e-9)
    outside = sorted(VALUES[(low > VALUES) | (high < VALUES)])
    assert sorted(found.rows.to_table()["x"].to_pylist()) == outside


@pytest.mark.parametrize("method", ["z_score", "iqr", "mad"])
def test_limits_of_a_series_are_numpys_and_scipys(method: str) -> None:
    low, high = expected(method)
    (found,) = find_series_anomalies([*VALUES, 1e6], method=method, window=501)[-1:]
    assert (found.position, found.value) == (501, 1e6)
    assert (found.limits.low, found.limits.high) == pytest.approx((low, high), rel=1e-9)


def test_where_most_values_are_equal_the_mean_distance_stands_in() -> None:
    values = [6.0] * 2 + [5.0] * 8
    reach = 3.5 * (math.pi / 2) ** 0.5 * 0.2
    assert find_series_anomalies([*values, 5.8], method="mad") == []
    (found,) = find_series_anomalies([*values, 9.0], method="mad")
    assert (found.limits.low, found.limits.high) == pytest.approx((5 - reach, 5 + reach))
    rows = find_row_anomalies(pa.table({"x": values}), "x")
    assert rows.limits.high == pytest.approx(5 + reach)


@pytest.mark.parametrize("method", ["z_score", "iqr", "mad"])
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_what_is_no_finite_number_moves_no_limits(method: str, kind: pa.DataType) -> None:
    """Of mostly equal values too, and of a column that has nothing else."""
    usual, odd = [1.0] * 10 + [2.0], [math.nan, math.inf, -math.inf]
    limits = find_row_anomalies(pa.table({"x": usual}), "x", method=method).limits
    found = find_row_anomalies(pa.table({"x": pa.array([*odd, *usual], kind)}), "x", method=method)
    assert found.limits == limits
    assert found.rows.to_table()["x"].to_pylist() == [math.inf, -math.inf, 2.0]
    for values in (odd, [1e308, -1e308, 1e308]):
        nothing = find_row_anomalies(pa.table({"x": values}), "x", method=method)
        assert (nothing.limits, nothing.rows.count()) == (None, 0)


def normal(draw: random.Random) -> list[float]:
    return [1000 + draw.gauss(0, 50) for _ in range(120)]


def weekly(draw: random.Random) -> list[float]:
    return [1000 + 400 * (n % 7 >= 5) + draw.gauss(0, 50) for n in range(120)]


def rates(method: str, make: Callable[[random.Random], list[float]], spike: float):
    """The shares of values that raise a false alarm and of spikes that are found, of 100 series
    with a spike each, after the first 40 values."""
    alarms = judged = hits = 0
    for seed in range(100):
        draw = random.Random(seed)
        series = make(draw)
        alarms += sum(a.position >= 40 for a in find_series_anomalies(series, method=method))
        judged += len(series) - 40
        at = draw.randrange(40, len(series))
        series[at] += spike * draw.choice((1, -1))
        hits += any(a.position == at for a in find_series_anomalies(series, method=method))
    return alarms / judged, hits / 100


@pytest.mark.parametrize(
    ("method", "most_alarms"), [("z_score", 0.01), ("iqr", 0.04), ("mad", 0.01)]
)
def test_spikes_of_seven_deviations_are_found(method: str, most_alarms: float) -> None:
    alarms, found = rates(method, normal, 350)
    assert alarms <= most_alarms
    assert found >= 0.97


def test_of_a_weekly_series_seasonal_finds_what_others_miss() -> None:
    alarms, found = rates("seasonal", weekly, 450)
    assert alarms <= 0.01
    assert found >= 0.97
    assert rates("z_score", weekly, 450)[1] < 0.5


def test_a_value_is_judged_by_those_before_it_alone() -> None:
    series = normal(random.Random(1))
    series[60] += 1000
    before = [a for a in find_series_anomalies(series) if a.position <= 80]
    assert find_series_anomalies(series[:81]) == before
    assert find_series_anomalies([1.0] * 8) == find_series_anomalies([]) == []
    assert [a.position for a in find_series_anomalies([1.0] * 8 + [2.0])] == [8]


def test_rows_are_found_where_they_lie_and_nulls_are_none() -> None:
    table = pa.table({"id": range(12), "x": [*[1.0, 2.0, 3.0] * 3, None, 99.0, 2.0]})
    backend = RecordingBackend("elsewhere", table=table)
    found = find_row_anomalies(database_table(backend, "table"), "x")
    assert found.limits == Limits(2 - 3.5 * 1.482602218505602, 2 + 3.5 * 1.482602218505602)
    assert found.rows.to_table()["id"].to_pylist() == [10]
    assert len(backend.queries) == 3


def test_a_column_of_no_two_numbers_has_no_anomalies() -> None:
    for method in ("z_score", "iqr", "mad"):
        empty = pa.table({"x": pa.array([None], pa.float64())})
        found = find_row_anomalies(empty, "x", method=method)
        assert (found.limits, found.rows.count()) == (None, 0)


def test_what_cannot_be_asked_is_refused() -> None:
    table = pa.table({"amount": [1], "name": ["x"]})
    with pytest.raises(DefinitionError, match=r"no method 'madd'(.|\n)*'mad'"):
        find_row_anomalies(table, "amount", method="madd")
    with pytest.raises(DefinitionError, match=r"no column 'amuont'(.|\n)*'amount'"):
        find_row_anomalies(table, "amuont")
    with pytest.raises(DataError, match="column 'name' is string"):
        find_row_anomalies(table, "name")
    with pytest.raises(DefinitionError, match="above 0, found -1"):
        find_row_anomalies(table, "amount", threshold=-1)
    with pytest.raises(DefinitionError, match="finite numbers only"):
        find_series_anomalies([float("nan")])
    with pytest.raises(DefinitionError, match="at least 8 values and a season 1"):
        find_series_anomalies([1.0], window=3)
