"""Partitions of days and hours in Europe/Berlin, over both changes of the clock, in every store."""

from __future__ import annotations

import json
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")

CLOCKS = """
from vibepiper.partitions import hourly

DAYS = daily("2026-03-28", end="2026-10-27", timezone="Europe/Berlin", column="at")
HOURS = hourly("2026-03-28", end="2026-10-27", timezone="Europe/Berlin", column="at")


def quarters(context):
    \"\"\"A row for each quarter of an hour of the partitions that are made.\"\"\"
    rows = []
    for key in context.partitions:
        called(str(key))
        at = key.begin
        while at < key.end:
            rows.append({"at": at})
            at += timedelta(minutes=15)
    return pa.Table.from_pylist(rows, schema=pa.schema({"at": pa.timestamp("us", "UTC")}))


@asset(partitions=HOURS)
def hours(context):
    return quarters(context)


@asset(partitions=DAYS)
def days(hours):
    return hours
"""
CHANGES = {
    "spring": ("2026-03-28", "2026-03-30", [96, 92, 96], "2026-03-29"),
    "autumn": ("2026-10-24", "2026-10-26", [96, 100, 96], "2026-10-25"),
}


@pytest.fixture(params=list(CHANGES))
def change(request):
    return CHANGES[request.param]


def backfill(engine, first, last, *options):
    return engine.cli("backfill", "*", "--from", first, "--to", last, *options)


def test_days_hold_as_many_quarters_as_they_have(stored, change):
    first, last, quarters, day = change
    stored.pipeline(CLOCKS)
    backfill(stored, first, last)
    shown = [stored.table("hours").num_rows, stored.table("days").num_rows]
    assert shown == [sum(quarters)] * 2
    instants = stored.values("days", "at")
    assert len(set(instants)) == len(instants)
    assert instants[-1] - instants[0] == (len(instants) - 1) * (instants[1] - instants[0])
    of_days = Counter(f"{at.astimezone(BERLIN):%F}" for at in instants)
    assert [of_days[name] for name in sorted(of_days)] == quarters
    called = [key for key in stored.calls if key.startswith(day)]
    assert len(called) == quarters[1] / 4
    assert len(set(called)) == len(called)


def test_the_hour_that_is_not_there_is_refused_and_the_one_that_is_twice_is_two(stored):
    stored.pipeline(CLOCKS)
    backfill(stored, "2026-03-29", "2026-03-29")
    assert not [key for key in stored.calls if key.startswith("2026-03-29T02")]
    said = stored.cli("run", "-s", "hours", "--partition", "2026-03-29T02", code=2)
    assert "2026-03-29T02" in said
    backfill(stored, "2026-10-25", "2026-10-25")
    twice = [key for key in stored.calls if key.startswith("2026-10-25T02")]
    assert len(twice) == len(set(twice)) == 2
    for key in twice:
        stored.cli("run", "-s", "hours", "--partition", key, "--force")
    assert stored.calls[-2:] == twice
    assert stored.table("hours").num_rows == 92 + 100


def test_what_is_missing_is_counted_in_real_hours(engine, change):
    first, last, quarters, day = change
    engine.pipeline(CLOCKS)
    engine.cli("backfill", "hours", "--from", day, "--to", day)
    plan = ["--from", first, "--to", last, "--missing", "-s", "hours", "--json"]
    planned = json.loads(engine.folder.vibepiper("plan", *plan).stdout)
    counted = sum(group["steps"] for group in planned["steps"] if group["action"] == "make")
    assert counted == (quarters[0] + quarters[2]) / 4


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_a_range_over_the_change_is_one_step(new_engine, store, change):
    first, last, quarters, _ = change
    engine = new_engine(store)
    engine.pipeline(CLOCKS.replace("partitions=HOURS", "partitions=HOURS, ranges=True"))
    backfill(engine, first, last)
    assert len(engine.calls) == sum(quarters) / 4
    assert engine.table("days").num_rows == sum(quarters)
