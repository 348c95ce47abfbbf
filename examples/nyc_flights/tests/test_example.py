"""`make demo`'s pipeline gives the answers that plain SQL gives over the same CSV files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from vibepiper_testing import PostgresServer

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Show = Callable[..., dict[str, Any]]

CARRIER_DAILY = """
    WITH days AS (
        SELECT make_date(f.year, f.month, f.day) AS date, f.carrier, min(a.name) AS name,
               count(*) AS flights, count(*) FILTER (f.dep_time IS NULL) AS cancelled,
               avg(f.dep_delay) AS mean_dep_delay, avg(f.arr_delay) AS mean_arr_delay
        FROM flights f LEFT JOIN airlines a USING (carrier) GROUP BY ALL)
    SELECT *, rank() OVER (PARTITION BY date ORDER BY mean_arr_delay ASC NULLS LAST) AS rank_in_day
    FROM days ORDER BY date, carrier
"""

ROUTE_MONTHLY = """
    WITH months AS (
        SELECT f.month, f.origin, f.dest, min(a.name) AS dest_name, count(*) AS flights,
               count(*) FILTER (f.dep_time IS NULL) AS cancelled,
               avg(f.arr_delay) AS mean_arr_delay, sum(f.distance) AS miles
        FROM flights f LEFT JOIN airports a ON f.dest = a.faa GROUP BY ALL)
    SELECT *, flights - lag(flights) OVER (PARTITION BY origin, dest ORDER BY month) AS more_flights
    FROM months ORDER BY month, origin, dest
"""


@pytest.fixture(scope="session")
def sql(source: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB over the CSV files, each a view."""
    connection = duckdb.connect()
    for name in ("flights", "planes", "airports", "airlines", "weather"):
        connection.read_csv(str(source / f"{name}.csv"), na_values="NA").create_view(name)
    return connection


def stored(folder: Path, asset: str, order: str) -> list[tuple[object, ...]]:
    return duckdb.sql(f"FROM '{folder}/data/{asset}.parquet' ORDER BY {order}").fetchall()


def test_every_flight_is_kept(made: Path, show: Show) -> None:
    assert show(made, "flight_details")["rows"] == 336_776


@pytest.mark.parametrize(
    ("asset", "rows"), [("planes", 3322), ("airports", 1458), ("airlines", 16), ("weather", 26114)]
)
def test_sources_are_whole(made: Path, asset: str, rows: int, show: Show) -> None:
    assert show(made, asset)["rows"] == rows


def test_an_impossible_wind_is_set_aside_with_its_reason(made: Path) -> None:
    (row,) = duckdb.sql(
        f"SELECT origin, round(wind_speed), reasons FROM '{made}/data/weather__rejected.parquet'"
    ).fetchall()
    reason = "column_values_between(wind_speed, 0, 100, on_fail='quarantine')"
    assert row == ("EWR", 1048, reason)


@pytest.mark.parametrize(
    ("asset", "query", "order"),
    [
        ("carrier_daily", CARRIER_DAILY, "date, carrier"),
        ("route_monthly", ROUTE_MONTHLY, "month, origin, dest"),
    ],
)
def test_tables_equal_plain_sql(
    made: Path, sql: duckdb.DuckDBPyConnection, asset: str, query: str, order: str
) -> None:
    expected = sql.sql(query).fetchall()
    found = stored(made, asset, order)
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert [_rounded(value) for value in row] == [_rounded(value) for value in wanted]


def _rounded(value: object) -> object:
    """Sums of floats depend on their order in the last digit."""
    return round(value, 9) if isinstance(value, float) else value


def test_the_weather_is_that_of_the_hour(made: Path, sql: duckdb.DuckDBPyConnection) -> None:
    expected = sql.sql("""
        SELECT count(*), count(w.temp), round(sum(w.temp), 2)
        FROM flights LEFT JOIN weather w USING (origin, time_hour)
    """).fetchall()[0]
    found = duckdb.sql(f"""
        SELECT count(*), count(temp), round(sum(temp), 2)
        FROM '{made}/data/flight_details.parquet'
    """).fetchall()[0]
    assert found == pytest.approx(expected)


def test_show_tells_types(made: Path, show: Show) -> None:
    shown = show(made, "carrier_daily", "--rows", "1")
    types = {column["name"]: column["type"] for column in shown["schema"]}
    assert types["date"] == "date32[day]"
    assert types["mean_arr_delay"] == "double"
    assert date.fromisoformat(shown["first_rows"][0]["date"]).year == 2013


def fetched_by(page: str) -> list[str]:
    """The scripts, styles and pictures that a page fetches from anywhere."""
    sources: list[str] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            wanted = ("src",) if tag in ("script", "img") else ("href",) if tag == "link" else ()
            sources.extend(str(value) for name, value in attrs if name in wanted)

    Finder().feed(page)
    return sources


def test_the_page_needs_nothing_else(made: Path) -> None:
    page = (made / "data" / "report.html").read_text(encoding="utf-8")
    assert fetched_by(page) == []
    assert page.count('id="chart') == 5
    assert "336,776" in page


@pytest.fixture(scope="session")
def quality(made: Path, vibepiper: Run) -> str:
    """The page that `make demo` writes."""
    asked = ("flights", "weather", "--by", "month", "--output", "data/quality.html")
    done = vibepiper(made, "quality", "page", *asked)
    assert done.returncode == 0, done.stderr
    return (made / "data" / "quality.html").read_text(encoding="utf-8")


def test_the_page_of_quality_is_small_and_needs_nothing_else(quality: str) -> None:
    assert fetched_by(quality) == []
    assert len(quality) < 300_000
    assert "336,776 rows, 19 columns" in quality
    assert "time_hour+carrier" not in quality
    assert "completeness<td class=n>100.0%" in quality
    assert "<code>mean(dep_delay)</code><td class=n>12.6391" in quality


def test_the_page_of_quality_tells_the_drift_between_months(quality: str) -> None:
    """The seasons move temperatures; where flights leave from stays as it is all the year."""
    flights, weather = quality.split("<h2>weather")
    (temp,) = re.findall(r"<tr><td>temp(.*?)</tr>", weather)
    moved = [float(index) for index in re.findall(r"class=drift [^>]*>([\d.]+)", temp)]
    assert len(moved) == 11
    assert sum(index >= 0.2 for index in moved) == 11
    (origin,) = re.findall(r"<tr><td>origin(.*?)</tr>", flights)
    assert {float(x) for x in re.findall(r"class=drift [^>]*>([\d.]+)", origin)} <= {0.0, 0.01}


def test_a_wrong_measurement_is_reported_and_published(made: Path, vibepiper: Run) -> None:
    """The source holds one wind of 1,048 miles an hour: it is told of, and stops nothing."""
    done = vibepiper(made, "run", "--select", "weather")
    assert done.returncode == 0
    assert "column_values_between(wind_speed" in done.stderr
    assert "1 of 26,111 rows" in done.stderr


def test_postgres_gives_the_same_tables(
    postgres_server: PostgresServer,
    copy: Callable[[], Path],
    made: Path,
    show: Show,
    vibepiper: Run,
) -> None:
    """Not one line of the pipeline changes."""
    folder = copy()
    environment = {"NYC_FLIGHTS_POSTGRES_URL": postgres_server.create_database("flights")}
    done = vibepiper(folder, "run", "--env", "postgres", **environment)
    assert done.returncode == 0, done.stderr
    for asset in ("carrier_daily", "route_monthly"):
        arguments = ("--env", "postgres", "--rows", "100000")
        found = show(folder, asset, *arguments, **environment)
        assert _rows(found) == _rows(show(made, asset, "--rows", "100000"))


def _rows(shown: dict[str, Any]) -> list[tuple[object, ...]]:
    rows = [tuple(_rounded(value) for value in row.values()) for row in shown["first_rows"]]
    return sorted(rows, key=repr)
