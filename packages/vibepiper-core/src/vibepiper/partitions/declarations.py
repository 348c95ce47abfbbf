"""What a project's code declares partitions with."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import Literal, get_args

from vibepiper.errors import DefinitionError, suggest
from vibepiper.partitions.calendar_grid import CalendarGrid
from vibepiper.partitions.cron_grid import CronGrid, check_expression
from vibepiper.partitions.definition import Partitions
from vibepiper.partitions.dimensions import (
    Dimension,
    DynamicDimension,
    StaticDimension,
    TimeDimension,
)
from vibepiper.partitions.grid import Grid
from vibepiper.partitions.hour_grid import HourGrid
from vibepiper.partitions.key_text import fault_of
from vibepiper.partitions.moments import LAST, Moment, instant_of
from vibepiper.partitions.zone import Zone

__all__ = [
    "Weekday",
    "cron",
    "daily",
    "dynamic",
    "hourly",
    "monthly",
    "product",
    "static",
    "weekly",
]

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_RESERVED = ("context", "cursor")


def hourly(
    start: Moment,
    *,
    end: Moment | None = None,
    timezone: str = "UTC",
    end_offset: int = 0,
    column: str | None = None,
    name: str = "hour",
) -> Partitions:
    """A partition for each hour of the wall clock: ``2026-03-29T02``.

    The first is the first that begins at ``start`` or later, the last the last that begins
    before ``end``. A wall time (a moment without an offset) that comes twice is the first of the
    two; one that is left out is the first instant after it. The second of two like hours has its
    offset in its key: ``2026-10-25T02+0100``.

    A partition is there once it is over; ``end_offset=1`` adds the running one, ``-1`` takes
    away the last. ``column`` is the column of times that tells its rows apart, in stores that
    keep an asset in one table. ``name`` is that of the dimension: the parameter of the function
    that receives the key, and ``{name}`` in a uri.
    """
    return _of_time(name, HourGrid(_zone(timezone)), start, end, end_offset, column)


def daily(
    start: Moment,
    *,
    end: Moment | None = None,
    timezone: str = "UTC",
    end_offset: int = 0,
    column: str | None = None,
    name: str = "date",
) -> Partitions:
    """A partition for each day of the wall clock: ``2026-03-29``. See `hourly`."""
    grid = CalendarGrid(_zone(timezone), "day")
    return _of_time(name, grid, start, end, end_offset, column)


def weekly(
    start: Moment,
    *,
    day: Weekday = "monday",
    end: Moment | None = None,
    timezone: str = "UTC",
    end_offset: int = 0,
    column: str | None = None,
    name: str = "date",
) -> Partitions:
    """A partition for each week, named by its first day, ``day``. See `hourly`."""
    if day not in get_args(Weekday):
        hint = suggest(str(day), get_args(Weekday))
        raise DefinitionError(f"day={day!r} is no day of the week", hint=hint)
    grid = CalendarGrid(_zone(timezone), "week", get_args(Weekday).index(day))
    return _of_time(name, grid, start, end, end_offset, column)


def monthly(
    start: Moment,
    *,
    day: int = 1,
    end: Moment | None = None,
    timezone: str = "UTC",
    end_offset: int = 0,
    column: str | None = None,
    name: str = "date",
) -> Partitions:
    """A partition for each month that begins on its day ``day`` (1 to 28), named by that day.
    See `hourly`."""
    if not isinstance(day, int) or isinstance(day, bool) or not 1 <= day <= 28:
        raise DefinitionError(
            f"day={day!r} is no day on which every month can begin", hint="Give one of 1 to 28."
        )
    grid = CalendarGrid(_zone(timezone), "month", day)
    return _of_time(name, grid, start, end, end_offset, column)


def cron(
    expression: str,
    start: Moment,
    *,
    end: Moment | None = None,
    timezone: str = "UTC",
    end_offset: int = 0,
    column: str | None = None,
    name: str = "time",
) -> Partitions:
    """A partition from each tick of a cron expression of five fields to the next, named by its
    beginning: ``2026-03-29T0230``. See `hourly`.

    At changes of offset: an expression of fixed hours ticks once in an hour that comes twice,
    and after one that is left out; one that has ``*`` in minutes or hours ticks by real time. The
    texts of several ticks in an hour that comes twice do not sort as the ticks do."""
    check_expression(expression)
    grid = CronGrid(_zone(timezone), expression)
    return _of_time(name, grid, start, end, end_offset, column)


def static(
    keys: Iterable[str], *, column: str | None = None, name: str = "partition"
) -> Partitions:
    """A partition for each of the keys."""
    if isinstance(keys, str):
        raise DefinitionError(f"keys={keys!r} is one text", hint=f"Give a list: [{keys!r}].")
    found = tuple(keys)
    for key in found:
        if (fault := fault_of(key)) is not None:
            raise DefinitionError(f"{key!r} can be no partition's key: {fault}")
    if twice := sorted(key for key in set(found) if found.count(key) > 1):
        raise DefinitionError(f"the key '{twice[0]}' is there twice")
    if not found:
        raise DefinitionError(
            "partitions need at least one key", hint="Keys not known yet are dynamic('name')."
        )
    return _named(name, StaticDimension(found, column))


def dynamic(name: str, *, column: str | None = None, dimension: str | None = None) -> Partitions:
    """A partition for each of the keys that are kept under ``name``, to which runs and people
    add. ``dimension`` is the name of the dimension, where that is not the same."""
    if (fault := fault_of(name)) is not None:
        raise DefinitionError(f"{name!r} can be no name of dynamic partitions: {fault}")
    return _named(name if dimension is None else dimension, DynamicDimension(name, column))


def product(**dimensions: Partitions) -> Partitions:
    """A partition for each combination of keys: ``product(date=daily(...),
    region=static([...]))``. The names are those of the dimensions; a key's text has them in this
    order. At most one may be of time."""
    named = tuple((_checked(name), _only(name, each)) for name, each in dimensions.items())
    if not named:
        raise DefinitionError("product() needs dimensions: product(date=daily(...), ...)")
    times = [name for name, each in named if isinstance(each, TimeDimension)]
    if len(times) > 1:
        raise DefinitionError(
            f"the dimensions '{times[0]}' and '{times[1]}' are both of time, and there can be "
            "one at most",
            hint="Partition by the finer one: assets downstream may have the coarser.",
        )
    return Partitions(named)


def _only(name: str, declared: object) -> Dimension:
    if not isinstance(declared, Partitions):
        raise DefinitionError(
            f"the dimension '{name}' is {declared!r}",
            hint="Give what daily(), static() and the like make.",
        )
    if len(declared.named) != 1:
        raise DefinitionError(f"the dimension '{name}' is a product itself")
    return declared.named[0][1]


def _of_time(
    name: str, grid: Grid, start: Moment, end: Moment | None, end_offset: int, column: str | None
) -> Partitions:
    if not isinstance(end_offset, int) or isinstance(end_offset, bool):
        raise DefinitionError(f"end_offset={end_offset!r} is no whole number of partitions")
    first = grid.ceil(instant_of("start", start, grid.zone))
    last = grid.ceil(LAST if end is None else instant_of("end", end, grid.zone))
    if first >= last:
        raise DefinitionError(f"no partition begins between start={start!r} and end={end!r}")
    return _named(name, TimeDimension(grid, first, last, end_offset, column))


def _named(name: str, dimension: Dimension) -> Partitions:
    if dimension.column is not None and not (
        isinstance(dimension.column, str) and dimension.column
    ):
        raise DefinitionError(f"column={dimension.column!r} is no name of a column")
    return Partitions(((_checked(name), dimension),))


def _checked(name: str) -> str:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise DefinitionError(
            f"a dimension cannot be called {name!r}", hint="Use a name that a parameter can have."
        )
    if name in _RESERVED:
        raise DefinitionError(f"a parameter '{name}' means something else: name it otherwise")
    return name


def _zone(name: str) -> Zone:
    if not isinstance(name, str):
        raise DefinitionError(
            f"timezone={name!r} is no name of a time zone", hint="Name it: 'Europe/Berlin'."
        )
    zone = Zone(name)
    zone.offset(0)
    return zone
