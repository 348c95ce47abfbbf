"""What a function's parameter receives, by its annotation."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Optional
from zoneinfo import ZoneInfo

import pytest
from vibepiper.errors import DefinitionError
from vibepiper.partitions import (
    PartitionKey,
    PartitionSet,
    Span,
    cron,
    daily,
    hourly,
    product,
    static,
)

BOTH = product(
    date=daily("2026-01-01", timezone="Europe/Berlin"), region=static(["eu", "7", "2026-01-05"])
)
ONE = BOTH.parse_set("2026-03-29/eu")
SEVERAL = BOTH.parse_set("2026-03-28/eu..2026-03-30/eu")


class Region(Enum):
    EU = "eu"


@pytest.mark.parametrize("annotation", [inspect.Parameter.empty, str, Any, object, str | None])
def test_the_text_without_an_annotation_and_of_str(annotation):
    assert BOTH.convert(ONE, "date", annotation) == "2026-03-29"
    assert BOTH.convert(ONE, "region", annotation) == "eu"


@pytest.mark.parametrize("annotation", [date, date | None, Optional[date]])  # noqa: UP045
def test_the_local_date(annotation):
    assert BOTH.convert(ONE, "date", annotation) == date(2026, 3, 29)


def test_the_beginning_in_the_zone_of_the_partitions():
    found = BOTH.convert(ONE, "date", datetime)

    assert (found.isoformat(), found.tzinfo) == (
        "2026-03-29T00:00:00+01:00",
        ZoneInfo("Europe/Berlin"),
    )


def test_an_hour_that_comes_twice_begins_when_it_does():
    hours = hourly("2026-01-01", timezone="Europe/Berlin")
    found = hours.convert(hours.parse_set("2026-10-25T02+0100"), "hour", datetime)

    assert found.astimezone(UTC) == datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert found.utcoffset() == timedelta(hours=1)


def test_the_key_the_set_and_the_span_of_it():
    [key] = ONE
    assert BOTH.convert(ONE, "date", PartitionKey) == key
    assert BOTH.convert(ONE, "region", PartitionSet) == ONE
    assert BOTH.convert(ONE, "date", Span) == key.span


def test_what_pydantic_makes_of_the_text():
    assert BOTH.convert(ONE, "region", Region) is Region.EU
    assert BOTH.convert(BOTH.parse_set("2026-03-29/7"), "region", int) == 7
    days = BOTH.parse_set("2026-03-29/2026-01-05")
    assert BOTH.convert(days, "region", date) == date(2026, 1, 5)


@pytest.mark.parametrize("annotation", [int, float, dict[str, int], lambda: None])
def test_what_the_text_cannot_become_is_refused(annotation):
    with pytest.raises(DefinitionError, match="'region': the key 'eu' cannot be converted to"):
        BOTH.convert(ONE, "region", annotation)


@pytest.mark.parametrize(
    "annotation", [inspect.Parameter.empty, str, date, datetime, int, PartitionKey]
)
def test_a_range_is_no_single_key(annotation):
    with pytest.raises(DefinitionError, match=r"the step makes 3 at once\n.*PartitionSet, Span"):
        BOTH.convert(SEVERAL, "date", annotation)


def test_a_range_arrives_as_a_set_a_span_or_keys():
    assert BOTH.convert(SEVERAL, "date", PartitionSet) == SEVERAL
    assert BOTH.convert(SEVERAL, "date", Span) == SEVERAL.spans()[0]
    assert BOTH.convert(SEVERAL, "date", list[PartitionKey]) == list(SEVERAL)
    assert BOTH.convert(SEVERAL, "date", tuple[PartitionKey, ...]) == tuple(SEVERAL)


def test_a_range_has_one_key_of_every_other_dimension():
    assert BOTH.convert(SEVERAL, "region", str) == "eu"
    with pytest.raises(DefinitionError, match="makes 3 at once"):
        BOTH.convert(SEVERAL, "region", PartitionKey)


def test_a_dimension_that_there_is_not_is_refused():
    with pytest.raises(DefinitionError, match="no dimension 'dat'"):
        BOTH.convert(ONE, "dat", str)


def test_cron_keys_become_datetimes():
    ticks = cron("30 7 * * *", "2026-01-01", timezone="Europe/Berlin")
    found = ticks.convert(ticks.parse_set("2026-07-01T0730"), "time", datetime)
    assert found.isoformat() == "2026-07-01T07:30:00+02:00"
