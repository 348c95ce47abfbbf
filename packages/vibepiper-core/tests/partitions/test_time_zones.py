"""Every instant is in exactly one partition, whatever the wall clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.partitions import cron, daily, hourly, monthly, weekly

BERLIN = "Europe/Berlin"
# Changes of an hour in both hemispheres, of half an hour, at midnight, of a whole day left out
# and one that comes twice, of the odd seconds of local mean time, and none.
ZONES = (
    "UTC",
    BERLIN,
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "America/Juneau",
    "Asia/Kathmandu",
    "Africa/Monrovia",
)
CHANGES = [
    (BERLIN, "2026-03-28", "2026-03-31"),
    (BERLIN, "2026-10-24", "2026-10-27"),
    ("Australia/Lord_Howe", "2026-04-03", "2026-04-06"),
    ("Australia/Lord_Howe", "2026-10-02", "2026-10-05"),
    ("Pacific/Apia", "2011-12-28", "2012-01-02"),
    ("Pacific/Kwajalein", "1969-09-29", "1969-10-02"),
    ("Pacific/Kwajalein", "1993-08-19", "1993-08-23"),
    ("Asia/Beirut", "2022-03-26", "2022-03-28"),
    ("America/Sao_Paulo", "2018-11-03", "2018-11-05"),
    ("Asia/Kathmandu", "1985-12-31", "1986-01-02"),
]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def begins(zone, first, last, shown):
    """The minutes from ``first`` to ``last`` (UTC) at which what the wall clock of a zone shows,
    or its offset in ``shown``, becomes another."""
    moment, before, found = first, None, []
    while moment < last:
        now = shown(moment.astimezone(ZoneInfo(zone)))
        if before is not None and now != before:
            found.append(moment)
        moment, before = moment + timedelta(minutes=1), now
    return found


def day(moment):
    return moment.date()


def hour(moment):
    return moment.date(), moment.hour, moment.utcoffset()


def texts(partitions, first=None, last=None):
    return [key.text for key in partitions.between(first, last)]


def made(declare, zone, first, last):
    return list(declare(utc(first), end=utc(last), timezone=zone).between(None, None))


@pytest.mark.parametrize(("zone", "first", "last"), CHANGES)
def test_days_begin_when_the_wall_clock_shows_another(zone, first, last):
    expected = begins(zone, utc(first), utc(last), day)
    keys = [key for key in made(daily, zone, first, last) if key.begin != utc(first)]

    assert [key.begin for key in keys] == expected


@pytest.mark.parametrize(("zone", "first", "last"), CHANGES)
def test_hours_begin_when_the_wall_clock_or_its_offset_shows_another(zone, first, last):
    expected = begins(zone, utc(first), utc(last), hour)
    keys = [key for key in made(hourly, zone, first, last) if key.begin != utc(first)]

    assert [key.begin for key in keys] == expected


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_has_23_or_25_hours(date, hours):
    key = daily("2026-01-01", timezone=BERLIN).parse(date)

    assert key.end - key.begin == timedelta(hours=hours)
    assert len(texts(hourly("2026-01-01", timezone=BERLIN), date, date)) == hours


def test_the_hour_that_is_left_out_is_no_key():
    keys = texts(hourly("2026-01-01", timezone=BERLIN), "2026-03-29T01", "2026-03-29T03")
    assert keys == ["2026-03-29T01", "2026-03-29T03"]


def test_the_hour_that_comes_twice_has_two_keys_in_order():
    keys = texts(hourly("2026-01-01", timezone=BERLIN), "2026-10-25T01", "2026-10-25T03")

    assert keys == ["2026-10-25T01", "2026-10-25T02", "2026-10-25T02+0100", "2026-10-25T03"]
    assert keys == sorted(keys)


def test_half_an_hour_that_comes_twice_is_a_partition():
    hours = hourly("2026-01-01", timezone="Australia/Lord_Howe")
    keys = list(hours.between("2026-04-05T01", "2026-04-05T02"))

    assert [key.text for key in keys] == ["2026-04-05T01", "2026-04-05T01+1030", "2026-04-05T02"]
    assert [key.end - key.begin for key in keys] == [timedelta(minutes=m) for m in (60, 30, 60)]


def test_half_an_hour_that_is_left_out_makes_a_shorter_partition():
    hours = hourly("2026-01-01", timezone="Australia/Lord_Howe")
    key = hours.parse("2026-10-04T02")

    assert key.end - key.begin == timedelta(minutes=30)


def test_a_day_that_a_zone_left_out_is_no_partition():
    days = daily("2011-12-28", end="2012-01-03", timezone="Pacific/Apia")

    keys = texts(days)

    assert keys == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]
    assert days.between(None, None).count() == 5


def test_a_day_that_came_twice_is_one_partition():
    days = daily("1969-09-29", end="1969-10-03", timezone="Pacific/Kwajalein")
    lengths = {
        key.text: (key.end - key.begin) / timedelta(hours=1) for key in days.between(None, None)
    }

    assert lengths == {"1969-09-29": 24, "1969-09-30": 47, "1969-10-01": 24, "1969-10-02": 24}


def test_weeks_begin_with_their_day():
    assert texts(weekly("2026-01-01", end="2026-01-20"))[0] == "2026-01-05"
    keys = texts(weekly("2026-01-01", end="2026-01-20", day="sunday", timezone=BERLIN))
    assert keys == ["2026-01-04", "2026-01-11", "2026-01-18"]


def test_months_begin_with_their_day():
    keys = texts(monthly("2025-11-02", end="2026-03-01", day=15))
    assert keys == ["2025-11-15", "2025-12-15", "2026-01-15", "2026-02-15"]


@pytest.mark.parametrize("expression", ["30 2 * * *", "*/15 * * * *", "0 */6 * * *", "7 1-3 * * 0"])
@pytest.mark.parametrize("dates", [("2026-03-27", "2026-04-01"), ("2026-10-23", "2026-10-28")])
def test_cron_ticks_as_cronsim_does(expression, dates):
    first, last = map(utc, dates)
    simulated = CronSim(expression, (first - timedelta(minutes=1)).astimezone(ZoneInfo(BERLIN)))
    expected = []
    while (tick := next(simulated).astimezone(first.tzinfo)) < last:
        expected += [tick] if tick >= first else []

    keys = list(cron(expression, first, end=last, timezone=BERLIN).between(None, None))

    assert [key.begin for key in keys] == expected
    assert len({key.text for key in keys}) == len(keys)


def test_cron_of_a_leap_day_ticks_every_four_years():
    leap = cron("0 0 29 2 *", "1990-01-01", end="2014-01-01")
    assert texts(leap) == [f"{year}-02-29T0000" for year in range(1992, 2013, 4)]
    assert leap.between(None, None).count() == 6


def test_cron_keys_are_minutes_that_file_names_can_hold():
    keys = texts(cron("0,30 2 * * *", "2026-10-25", end="2026-10-26", timezone=BERLIN))
    assert keys == ["2026-10-25T0200", "2026-10-25T0230"]
    keys = texts(cron("*/30 * * * *", "2026-10-25T02:00", end="2026-10-25T03:30", timezone=BERLIN))
    assert keys[2:5] == ["2026-10-25T0200+0100", "2026-10-25T0230+0100", "2026-10-25T0300"]


KINDS = [
    *((declare, timedelta(days=400)) for declare in (daily, weekly, monthly)),
    (hourly, timedelta(days=80)),
    *(
        (partial(cron, expression), timedelta(days=days))
        for expression, days in {
            "30 2 * * *": 300,
            "*/7 * * * *": 9,
            "0 0 1 * *": 900,
            "15 1,13 * * 1-5": 99,
            "0 */5 * * *": 99,
        }.items()
    ),
]


@st.composite
def times(draw):
    """Partitions of time, of some kind, some zone and some years."""
    declare, length = draw(st.sampled_from(KINDS))
    start = draw(st.datetimes(datetime(1900, 1, 1), datetime(2060, 1, 1)))
    return declare(start, end=start + length, timezone=draw(st.sampled_from(ZONES)))


@settings(deadline=None)
@given(times())
def test_partitions_follow_each_other_and_have_keys_of_their_own(partitions):
    keys = list(partitions.between(None, None))

    assert all(one.end == other.begin for one, other in pairwise(keys))
    assert all(key.begin < key.end for key in keys)
    assert len({key.text for key in keys}) == len(keys) == partitions.between(None, None).count()


@settings(deadline=None)
@given(times(), st.data())
def test_a_key_reads_as_it_is_written(partitions, data):
    keys = list(partitions.between(None, None))
    key = data.draw(st.sampled_from(keys))

    assert partitions.parse(key.text) == key
    assert partitions.parse(f"{partitions.time_name}={key.text}") == key


@settings(deadline=None)
@given(times(), st.data())
def test_counts_are_those_of_the_list(partitions, data):
    keys = list(partitions.between(None, None))
    low, high = sorted(data.draw(st.integers(0, len(keys) - 1)) for _ in range(2))
    part = partitions.between(keys[low].text, keys[high].text)

    assert list(part) == keys[low : high + 1]
    assert part.count() == high + 1 - low
    number = data.draw(st.integers(0, part.count() + 2))
    assert list(part.first(number)) == list(part)[:number]
    assert list(part.last(number)) == list(part)[max(part.count() - number, 0) :]
