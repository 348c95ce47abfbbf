"""An isolation forest scores as scikit-learn's, at the stated rates, whatever a column holds."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import IsolationForest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_quality import find_isolated_rows, find_row_anomalies
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table


def table(numbers: np.ndarray, **more: list[object]) -> pa.Table:
    columns = {f"x{n}": numbers[:, n] for n in range(numbers.shape[1])}
    return pa.table({**columns, **{name: pa.array(values) for name, values in more.items()}})


def test_scores_are_scikit_learns() -> None:
    """Of values that a column's own scale takes nothing from."""
    numbers = np.random.default_rng(2).normal(size=(600, 3))
    forest = IsolationForest(max_samples=256, random_state=4).fit(numbers)
    expected = sorted(-forest.score_samples(numbers), reverse=True)
    found = find_isolated_rows(table(numbers), threshold=0.01, seed=4)
    assert found.scores == pytest.approx(expected, abs=0.02)
    assert np.mean(np.abs(np.subtract(found.scores, expected))) < 0.002


@pytest.mark.parametrize("columns", [2, 3, 5])
def test_rows_of_six_deviations_are_found(columns: int) -> None:
    """Of 40 tables of 1,000 normal rows and one row apart: at least 39 found, and at most 4 of
    1,000 of the others."""
    hits = alarms = 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        numbers = draw.normal(size=(1001, columns))
        numbers[500] = draw.choice((-6, 6), columns)
        found = find_isolated_rows(table(numbers, id=[str(n) for n in range(1001)]), trees=50)
        ids = found.rows["id"].to_pylist()
        hits += "500" in ids
        alarms += len(set(ids) - {"500"})
    assert hits >= 39
    assert alarms / 40_000 <= 0.004


def test_a_row_is_found_that_no_column_shows_by_itself() -> None:
    """Three deviations in each of five columns, of 40 tables of 1,000 rows."""
    hits = 0
    for seed in range(40):
        numbers = np.random.default_rng(seed).normal(size=(1000, 5))
        numbers[7] = 3
        rows = table(numbers)
        alone = find_row_anomalies(rows, "x0").rows.to_table()
        assert 3 not in alone["x0"].to_pylist()
        hits += 3 in find_isolated_rows(rows, threshold=0.65, trees=50).rows["x0"].to_pylist()
    assert hits >= 38


def test_what_is_no_number_is_not_judged() -> None:
    values = [*[float(n % 5) for n in range(300)], None, math.nan, math.inf, 900.0]
    found = find_isolated_rows(pa.table({"x": values, "same": [1] * 304, "t": ["a"] * 304}))
    assert (found.columns, found.unjudged) == (("x", "same"), 3)
    assert found.rows.to_pylist() == [{"x": 900.0, "same": 1, "t": "a"}]


def test_neither_unit_nor_size_of_numbers_matters() -> None:
    """Trees cut in single precision, which neither tells identifiers apart nor holds 1e300."""
    usual = [10**15 + n % 50 for n in range(400)]
    found = find_isolated_rows(pa.table({"x": [*usual, 10**15 + 900]}))
    assert found.rows["x"].to_pylist() == [10**15 + 900]
    far = find_isolated_rows(pa.table({"x": [*map(float, range(400)), 1e300]}), sample=500)
    assert far.rows["x"].to_pylist() == [1e300]


@pytest.mark.parametrize("values", [[], [None, None], [1.0], [3.0] * 50])
def test_a_column_without_two_different_numbers_has_no_anomalies(values: list[float]) -> None:
    found = find_isolated_rows(pa.table({"x": pa.array(values, pa.float64())}))
    assert (found.rows.num_rows, found.scores) == (0, ())
    assert found.unjudged == values.count(None)


def test_the_same_seed_finds_the_same_in_a_database() -> None:
    numbers = table(np.random.default_rng(3).normal(size=(3000, 2)))
    there = database_table(RecordingBackend("elsewhere", table=numbers), "table")
    found = find_isolated_rows(there, threshold=0.6, seed=9)
    assert find_isolated_rows(numbers, threshold=0.6, seed=9) == found
    assert find_isolated_rows(numbers, threshold=0.6, seed=8).scores != found.scores
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = pa.table({"x": [1.0], "t": ["a"]})
    with pytest.raises(DefinitionError, match="between 0 and 1, found 3"):
        find_isolated_rows(mixed, threshold=3)
    with pytest.raises(DefinitionError, match="at least 1 tree, found 0"):
        find_isolated_rows(mixed, trees=0)
    with pytest.raises(DataError, match="column 't' is string"):
        find_isolated_rows(mixed, ["x", "t"])
    with pytest.raises(DataError, match="no column of them"):
        find_isolated_rows(mixed.select(["t"]))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install 'vibepiper-quality\[isolation-forest\]'"):
        find_isolated_rows(mixed)
