"""Distances equal numpy's and scipy's, and drift is found at the stated rates."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy import special, stats
from scipy.spatial import distance
from vibepiper.errors import DefinitionError
from vibepiper_quality import find_drift
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table

RANDOM = np.random.default_rng(11)
BEFORE, NOW = RANDOM.normal(0, 1, 900), RANDOM.normal(0.4, 1.3, 700).round(1)
WORDS = ["a", "b", "c", "d"]


def only(reference, current, **options):
    (column,) = find_drift(pa.table({"x": reference}), pa.table({"x": current}), **options).columns
    return column


def test_distances_of_numbers_are_scipys() -> None:
    found, expected = only(BEFORE, NOW), stats.ks_2samp(BEFORE, NOW, method="asymp")
    assert found.ks.statistic == pytest.approx(expected.statistic, abs=1e-12)
    root = (900 * 700 / 1600) ** 0.5
    assert found.ks.p == pytest.approx(special.kolmogorov(root * expected.statistic), rel=1e-9)
    assert found.wasserstein == pytest.approx(stats.wasserstein_distance(BEFORE, NOW), rel=1e-9)


def test_distances_of_bins_are_numpys_and_scipys() -> None:
    edges = np.quantile(BEFORE, [n / 10 for n in range(1, 10)])
    p, q = (
        np.bincount(np.searchsorted(edges, x, side="left"), minlength=10) / len(x)
        for x in (BEFORE, NOW)
    )
    found = only(BEFORE, NOW)
    assert found.psi == pytest.approx(np.sum((q - p) * np.log(q / p)), rel=1e-9)
    assert found.jensen_shannon == pytest.approx(distance.jensenshannon(p, q, base=2), rel=1e-9)


def test_chi_square_of_values_is_scipys() -> None:
    before = RANDOM.choice(WORDS, 500, p=[0.4, 0.3, 0.2, 0.1])
    now = RANDOM.choice(WORDS, 300, p=[0.3, 0.3, 0.2, 0.2])
    counts = [[list(side).count(word) for word in WORDS] for side in (before, now)]
    expected = stats.chi2_contingency(counts, correction=False)
    found = only(before, now).chi_square
    assert (found.statistic, found.p) == pytest.approx(
        (expected.statistic, expected.pvalue), rel=1e-9
    )


def test_equal_tables_have_no_distance() -> None:
    table = pa.table({"x": BEFORE, "word": RANDOM.choice(WORDS, 900), "ok": [True, None] * 450})
    found = find_drift(table, table)
    assert not found.drifted
    assert {(each.psi, each.jensen_shannon) for each in found.columns} == {(0, 0)}
    assert found.columns[2].ks.p == found.columns[1].chi_square.p == 1


def test_drift_is_found_and_noise_is_not() -> None:
    """Of 100 pairs of 1,000 rows: none of one population, all of a mean moved by 0.5 deviations
    or a share moved from 50 to 75 %."""
    draw = np.random.default_rng(5)
    flagged = {"same": 0, "moved": 0, "share": 0}
    for _ in range(100):
        base = draw.normal(size=1000)
        flagged["same"] += only(base, draw.normal(size=1000)).drifted
        flagged["moved"] += only(base, draw.normal(0.5, size=1000)).drifted
        coin = draw.random(1000) < 0.5
        flagged["share"] += only(coin, draw.random(1000) < 0.75).drifted
    assert flagged["same"] == 0
    assert flagged["moved"] >= 85
    assert flagged["share"] >= 95


def test_values_that_go_missing_are_drift() -> None:
    now = [None if n % 3 == 0 else x for n, x in enumerate(BEFORE)]
    found = only(BEFORE, pa.array(now))
    assert found.drifted
    assert found.ks.p > 0.5


def test_columns_are_told_by_how_far_they_drifted() -> None:
    before = pa.table({"same": range(99), "gone": range(99), "n": range(99), "t": ["1"] * 99})
    now = pa.table({"same": range(99), "new": range(99), "n": range(500, 599), "t": [1] * 99})
    found = find_drift(before, now)
    assert (found.added, found.removed, found.drifted) == (("new",), ("gone",), True)
    assert [each.name for each in found.columns] == ["t", "n", "same"]
    assert found.columns[0].retyped == ("string", "int64")


def test_days_are_compared_in_seconds() -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=n) for n in range(50)]
    later = [day + datetime.timedelta(days=2) for day in days]
    assert only(days, later).wasserstein == pytest.approx(2 * 86_400)


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.date32(), pa.null()])
def test_a_side_without_values_can_be_compared(kind: pa.DataType) -> None:
    nothing, nulls = pa.array([], kind), pa.nulls(3, kind)
    for before, now in ((nothing, nulls), (nulls, nothing), (nothing, nothing)):
        found = only(before, now)
        assert (found.ks, found.wasserstein, found.chi_square) == (None, None, None)


def test_of_a_large_table_random_rows_are_compared() -> None:
    table = pa.table({"n": range(5000), "tags": [[1]] * 5000})
    backend = RecordingBackend("elsewhere", table=table)
    found = find_drift(database_table(backend, "table"), table, sample=500)
    assert [each.name for each in found.columns] == ["n"]
    assert all(400 < rows < 600 for rows in found.sampled)
    assert not found.drifted


def test_a_threshold_of_nothing_is_refused() -> None:
    with pytest.raises(DefinitionError, match="above 0, found 0"):
        find_drift(pa.table({"x": [1]}), pa.table({"x": [1]}), threshold=0)
