"""What can be declared, and what is refused with the place of the mistake."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from vibepiper.errors import DefinitionError
from vibepiper.partitions import (
    check_uri,
    cron,
    daily,
    dynamic,
    hourly,
    monthly,
    product,
    static,
    weekly,
)

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-01",
        date(2026, 3, 1),
        datetime(2026, 3, 1),
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        "2026-03-01T00:00+01:00",
        "2026-02-28T12:00",
        datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))) - timedelta(hours=1),
    ],
)
def test_a_start_is_a_date_a_datetime_or_its_text(start):
    assert daily(start, timezone=BERLIN).between(None, None).first(1).text == "2026-03-01"


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2026-03-29T02:30", "2026-03-29T03"),
        ("2026-10-25T02:00", "2026-10-25T02"),
        ("2026-10-25T02:30", "2026-10-25T02+0100"),
        ("2026-10-25T02:00+01:00", "2026-10-25T02+0100"),
    ],
)
def test_wall_times_that_are_left_out_or_come_twice_follow_the_rule(start, first):
    assert hourly(start, timezone=BERLIN).between(None, None).first(1).text == first


def test_the_end_is_not_included():
    assert daily("2026-01-01", end="2026-02-01").between(None, None).count() == 31


def test_dimensions_have_names_that_can_be_set():
    lone = [daily("2026-01-01"), weekly("2026-01-01"), monthly("2026-01-01"), hourly("2026-01-01")]
    lone += [cron("@daily", "2026-01-01"), static(["a"]), dynamic("tenants")]
    names = [name for each in lone for name in each.dimensions]

    assert names == ["date", "date", "date", "hour", "time", "partition", "tenants"]
    assert [*daily("2026-01-01", name="day").dimensions] == ["day"]
    assert [*dynamic("tenants", dimension="tenant").dimensions] == ["tenant"]
    assert product(x=daily("2026-01-01"), y=static(["a"])).time_name == "x"


def test_a_product_has_as_many_dimensions_as_it_is_given():
    many = product(**{f"d{n}": static(["a", "b"]) for n in range(8)}, date=daily("2026-01-01"))
    assert many.at("2026-01-01").count() == 256
    assert many.parse("a/b/a/b/a/b/a/b/2026-01-01").span.label == "a/b/a/b/a/b/a/b"


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: daily("yesterday"), "start='yesterday' is no moment"),
        (lambda: daily(20260101), "start=20260101 is no moment"),
        (lambda: daily("0001-01-01"), "is not in the years 1000 to 8999"),
        (lambda: daily("2026-01-01", end="2026-01-01"), "no partition begins between"),
        (lambda: daily("2026-01-01", end="2025-01-01"), "no partition begins between"),
        (lambda: daily("2026-01-01", timezone="Europe/Berln"), "Did you mean 'Europe/Berlin'"),
        (lambda: daily("2026-01-01", timezone="../etc/passwd"), "no time zone"),
        (lambda: daily("2026-01-01", timezone=None), "no name of a time zone"),
        (lambda: daily("2026-01-01", end_offset=1.5), "end_offset=1.5 is no whole number"),
        (lambda: daily("2026-01-01", column=""), "column='' is no name"),
        (lambda: daily("2026-01-01", name="the day"), "cannot be called 'the day'"),
        (lambda: daily("2026-01-01", name="class"), "cannot be called 'class'"),
        (lambda: daily("2026-01-01", name="context"), "means something else"),
        (lambda: weekly("2026-01-01", day="Monday"), "Did you mean 'monday'"),
        (lambda: monthly("2026-01-01", day=29), "day=29 is no day on which every month"),
        (lambda: monthly("2026-01-01", day=True), "day=True is no day"),
        (lambda: cron("* * * *", "2026-01-01"), "has not five fields"),
        (lambda: cron("61 * * * *", "2026-01-01"), "cron expression '61"),
        (lambda: cron("0 0 30 2 *", "2026-01-01"), "cron expression '0 0 30 2"),
        (lambda: cron(None, "2026-01-01"), "cron expression None"),
        (lambda: static([]), r"at least one key\n.*dynamic"),
        (lambda: static("abc"), r"one text\n.*\['abc'\]"),
        (lambda: static(["a", "b", "a"]), "the key 'a' is there twice"),
        (lambda: static(["a/b"]), r"'a/b' can be no partition's key: it holds '/'"),
        (lambda: static([1]), "it is of type int"),
        (lambda: dynamic(""), "can be no name"),
        (lambda: product(), "needs dimensions"),
        (lambda: product(a=["x"]), r"the dimension 'a' is \['x'\]"),
        (lambda: product(a=product(b=static(["x"]), c=static(["y"]))), "is a product itself"),
        (
            lambda: product(day=daily("2026-01-01"), hour=hourly("2026-01-01")),
            "'day' and 'hour' are both of time",
        ),
    ],
)
def test_what_cannot_be_is_refused(declare, message):
    with pytest.raises(DefinitionError, match=message):
        declare()


@pytest.mark.parametrize("uri", ["data/{date}/{region}.csv", "data/{region}", "data"])
def test_a_uri_may_name_dimensions(uri):
    check_uri(uri, product(date=daily("2026-01-01"), region=static(["eu"])))


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("data/{dat}", r"asks for 'dat', which is no dimension of the partitions\n.*'date'"),
        ("data/{}", "asks for ''"),
        ("data/{date", "braces of the uri 'data/{date' do not pair"),
    ],
)
def test_a_uri_names_nothing_else(uri, message):
    with pytest.raises(DefinitionError, match=message):
        check_uri(uri, daily("2026-01-01"))


def test_importing_partitions_imports_nothing_large():
    code = (
        "import sys, vibepiper.partitions as p; p.daily('2026-01-01').between(None, None).text;"
        "print({'pyarrow', 'pydantic', 'cronsim', 'zoneinfo', 'sqlalchemy'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
