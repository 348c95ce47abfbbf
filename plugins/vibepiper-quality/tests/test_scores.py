"""A run's scores are the documented formula of what its checks found."""

from __future__ import annotations

import datetime

import pytest
from vibepiper.state.records import CheckRecord
from vibepiper_quality import score_history
from vibepiper_quality.dimensions import dimension_of
from vibepiper_quality.scores import trend_of

AT = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def record(run: str, check: str, status: str, rows: int | None, failed: int | None) -> CheckRecord:
    return CheckRecord(
        run, AT, "orders", "", check, status, "error", None, rows, failed, None, None, None, None
    )


def test_a_score_is_the_mean_of_dimensions_of_means_of_checks() -> None:
    found = score_history(
        [
            record("2", "column_values_not_null(a)", "failed", 100, 10),
            record("2", "row_count_between(1, None)", "passed", None, None),
            record("2", "column_values_unique(a)", "passed", 100, 20),
            record("2", "column_mean_between(a, 1, 2)", "failed", None, None),
            record("1", "column_values_not_null(a)", "passed", 0, 0),
        ]
    )
    assert [each.run_id for each in found] == ["1", "2"]
    assert {n: (d.score, d.checks) for n, d in found[1].dimensions.items()} == {
        "completeness": (0.95, 2),
        "uniqueness": (0.8, 1),
        "accuracy": (0.0, 1),
    }
    assert (found[0].total, found[1].total) == (1, pytest.approx((0.95 + 0.8 + 0) / 3))


def test_runs_of_partitions_at_the_same_time_have_a_score_each() -> None:
    """Their results alternate, as they are recorded at the same time."""
    check = "column_values_not_null(a)"
    failed = [("3", 50), ("2", 10), ("3", 30), ("2", 20), ("1", 0)]
    found = score_history(record(run, check, "failed", 100, number) for run, number in failed)
    assert [(each.run_id, round(each.total, 3)) for each in found] == [
        ("1", 1.0),
        ("2", 0.85),
        ("3", 0.6),
    ]


def test_a_trend_is_the_distance_of_the_last_from_the_mean_before() -> None:
    assert trend_of([0.5, None, 1.0, 0.9]) == pytest.approx(0.15)
    assert trend_of([0.5]) is trend_of([0.5, None]) is trend_of([None, 0.5]) is None


@pytest.mark.parametrize(
    ("check", "dimension"),
    [
        ("column_values_not_null(unique)", "completeness"),
        ("columns_unique_together(a, b)", "uniqueness"),
        ("column_values_are_emails(a)", "validity"),
        ("somebody_elses_check(x)", "validity"),
        ("column_values_in_reference(a, b, c)", "consistency"),
        ("column_fresh_within(at, 1 day)", "timeliness"),
        ("column_kolmogorov_smirnov_above(a)", "accuracy"),
    ],
)
def test_a_check_is_of_a_dimension_by_its_name(check: str, dimension: str) -> None:
    assert dimension_of(check) == dimension
