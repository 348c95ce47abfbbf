"""What the source files must hold; `X | None` may be missing ("NA" in the files)."""

import datetime as dt

from vibepiper_expectations import Field, Schema

ORIGINS = ("EWR", "JFK", "LGA")


class Flights(Schema):
    year: int = Field(ge=2013, le=2013)
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    dep_time: int | None = Field(ge=1, le=2400)
    sched_dep_time: int = Field(ge=1, le=2400)
    dep_delay: int | None
    arr_time: int | None = Field(ge=1, le=2400)
    sched_arr_time: int = Field(ge=1, le=2400)
    arr_delay: int | None
    carrier: str = Field(pattern=r"^[A-Z0-9]{2}$")
    flight: int = Field(ge=1)
    tailnum: str | None
    origin: str = Field(isin=ORIGINS)
    dest: str = Field(pattern=r"^[A-Z]{3}$")
    air_time: int | None = Field(ge=1)
    distance: int = Field(gt=0)
    hour: int = Field(ge=0, le=23)
    minute: int = Field(ge=0, le=59)
    time_hour: dt.datetime


class Planes(Schema):
    tailnum: str = Field(unique=True)
    year: int | None = Field(ge=1903, le=2013)
    type: str
    manufacturer: str
    model: str
    engines: int = Field(ge=1, le=4)
    seats: int = Field(ge=1)
    speed: int | None
    engine: str


class Airports(Schema):
    faa: str = Field(unique=True)
    name: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    alt: int
    tz: int
    dst: str
    tzone: str | None


class Airlines(Schema):
    carrier: str = Field(unique=True)
    name: str


class Weather(Schema):
    origin: str = Field(isin=ORIGINS)
    year: int
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    hour: int = Field(ge=0, le=23)
    temp: float | None
    dewp: float | None
    humid: float | None = Field(ge=0, le=100)
    wind_dir: int | None = Field(ge=0, le=360)
    wind_speed: float | None = Field(ge=0)
    wind_gust: float | None = Field(ge=0)
    precip: float | None = Field(ge=0)
    pressure: float | None
    visib: float | None = Field(ge=0)
    time_hour: dt.datetime
