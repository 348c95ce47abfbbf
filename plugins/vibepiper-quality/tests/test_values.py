"""What is told of values equals what numpy says of them."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pyarrow as pa
import pytest
from vibepiper_quality import Frequent, profile_table

RANDOM = np.random.default_rng(7)
SKEWED = RANDOM.lognormal(0, 2, 999)


def test_quantiles_deviation_and_mean_are_numpys() -> None:
    column = profile_table(pa.table({"x": SKEWED})).column("x")
    expected = {at: np.quantile(SKEWED, float(at)) for at in column.quantiles}
    assert column.quantiles == pytest.approx(expected, rel=1e-12)
    assert column.deviation == pytest.approx(SKEWED.std(ddof=1), rel=1e-12)
    assert column.mean == pytest.approx(SKEWED.mean(), rel=1e-12)


def test_a_histogram_is_numpys() -> None:
    bins = profile_table(pa.table({"x": SKEWED})).column("x").histogram
    counts, edges = np.histogram(SKEWED, bins=len(bins))
    assert [each.share * len(SKEWED) for each in bins] == pytest.approx(list(counts))
    assert [each.low for each in bins] == pytest.approx(list(edges[:-1]))
    assert bins[-1].high == SKEWED.max()


def test_correlations_are_numpys() -> None:
    other = SKEWED * 0.5 + RANDOM.normal(0, 3, 999)
    (found,) = profile_table(pa.table({"x": SKEWED, "y": other})).correlations
    assert found.coefficient == pytest.approx(np.corrcoef(SKEWED, other)[0, 1], rel=1e-12)


def test_what_is_no_number_is_counted_and_left_out() -> None:
    values = pa.array([1.0, 2.0, 4.0, math.nan, math.inf, None])
    column = profile_table(pa.table({"x": values})).column("x")
    assert (column.nulls, column.not_finite, column.low) == (1, 2, 1.0)
    assert column.quantiles["0.5"] == 2.0
    assert sum(each.share for each in column.histogram) == pytest.approx(1)


def test_times_have_quantiles_and_bars_of_their_own_type() -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=n) for n in range(101)]
    column = profile_table(pa.table({"day": days})).column("day")
    assert column.quantiles["0.5"] == days[50]
    assert (column.low, column.high) == (days[0], days[-1])
    assert (column.histogram[0].low, column.histogram[-1].high) == (days[0], days[-1])


def test_equal_values_are_one_bar() -> None:
    column = profile_table(pa.table({"n": [7, 7, 7]})).column("n")
    assert [(each.low, each.high, each.share) for each in column.histogram] == [(7.0, 7.0, 1.0)]


def test_patterns_are_the_shapes_of_texts() -> None:
    texts = ["AB-12", "XY-987", "a@b.org", "é1", None]
    column = profile_table(pa.table({"t": texts})).column("t")
    assert column.patterns[0] == Frequent("A-9", 0.5)
    assert {each.value for each in column.patterns} == {"A-9", "a@a.a", "é9"}
    assert (column.lengths.shortest, column.lengths.longest) == (2, 7)


def test_frequent_values_come_in_order_and_say_when_they_are_all() -> None:
    few = profile_table(pa.table({"t": ["b", "a", "b", None]})).column("t")
    assert (few.top, few.complete) == ((Frequent("b", 2 / 3), Frequent("a", 1 / 3)), True)
    many = profile_table(pa.table({"n": [*range(20), 19]})).column("n")
    assert (many.top[0].value, len(many.top), many.complete) == (19, 10, False)
