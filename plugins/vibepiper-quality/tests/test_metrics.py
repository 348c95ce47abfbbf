"""Metrics are what the state remembers, in its order, and the last of each is judged."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from pathlib import Path

import pytest
from vibepiper.state.records import CheckRecord, Materialization
from vibepiper_quality import Limits, Metric, Point, find_metric_anomalies, metrics_of
from vibepiper_quality.report import sparkline
from vibepiper_quality.scores import score_history

DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def at(day: int) -> datetime.datetime:
    return DAY + datetime.timedelta(days=day)


def load(day: int, rows: int | None, total: int | None = None) -> Materialization:
    place = str(Path("orders"))
    return Materialization(
        "orders", "dev", f"r{day}", f"l{day}", "files", place, rows, None, None, None, at(day),
        total_rows=total,
    )  # fmt: skip


def record(day: int, check: str, *, value: float | None = None, failed: int | None = None):
    rows = None if failed is None else 100
    status = "failed" if failed else "passed"
    expected = "any" if check.startswith("observed_") else None
    return CheckRecord(
        f"r{day}", at(day), "orders", "", check, status, "warn", None, rows, failed, expected,
        None, value, None,
    )  # fmt: skip


def test_metrics_are_rows_scores_and_what_checks_found() -> None:
    checks = [
        record(2, "column_values_not_null(a)", failed=20),
        record(2, "observed_mean(a)", value=3.5),
        record(1, "column_values_not_null(a)", failed=0),
        record(1, "column_mean_between(a, 1, 5)", value=3.0),
        record(1, "observed_mean(a)", value=3.0),
        record(1, "observed_max(a)", value=math.inf),
    ]
    found = metrics_of([load(2, 10, total=110), load(1, 100), load(0, None)], checks)
    assert [(each.name, each.kind, [p.value for p in each.points]) for each in found] == [
        ("rows", "rows", [100, 110]),
        ("score", "score", [1.0, 0.8]),
        ("score of completeness", "score", [1.0, 0.8]),
        ("score of accuracy", "score", [1.0]),
        ("mean(a)", "measured", [3.0, 3.5]),
        ("column_mean_between(a, 1, 5)", "measured", [3.0]),
        ("failing share of column_values_not_null(a)", "failing", [0.0, 0.2]),
    ]
    assert found[0].points == (Point(at(1), 100), Point(at(2), 110))


def test_what_is_observed_has_no_score() -> None:
    observed = record(1, "observed_null_share(a)", value=0.0)
    assert score_history([observed]) == []
    (scored,) = score_history([observed, record(1, "column_values_unique(a)", failed=10)])
    assert (scored.total, set(scored.dimensions)) == (0.9, {"uniqueness"})


def test_a_check_that_is_named_as_what_is_observed_is_scored() -> None:
    check = replace(record(1, "observed_price_in_range(a)", failed=20), expected="0 to 5")
    (scored,) = score_history([check])
    assert scored.total == 0.8
    assert metrics_of([], [check])[-1].name == "failing share of observed_price_in_range(a)"


def test_each_metric_is_judged_by_what_it_was() -> None:
    steady = tuple(Point(at(n), 5.0 + n % 2) for n in range(12))
    moved = (*steady, Point(at(12), 50.0))
    metrics = [Metric("rows", "rows", steady), Metric("mean(a)", "measured", moved)]
    (found,) = find_metric_anomalies(metrics)
    assert (found.metric, found.value, found.at, found.latest) == ("mean(a)", 50.0, at(12), True)
    later = Metric("mean(a)", "measured", (*moved, Point(at(13), 5.0)))
    assert [each.latest for each in find_metric_anomalies([later])] == [False]
    assert not Metric("x", "rows", steady[:8]).judged


def test_the_rounding_of_a_sum_is_no_anomaly() -> None:
    points = tuple(Point(at(n), 0.1 + 0.2 if n == 9 else 0.3) for n in range(10))
    assert find_metric_anomalies([Metric("mean(a)", "measured", points)]) == []
    assert not Limits(1.0, 1.0).has(1.000001)


@pytest.mark.parametrize(
    ("values", "line"), [([0, 7], "▁█"), ([1, 1], "▁▁"), ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█")]
)
def test_a_line_is_drawn_from_the_least_to_the_greatest(values: list[float], line: str) -> None:
    assert sparkline(values) == line
