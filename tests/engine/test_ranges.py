"""Assets that make several partitions in one step (``ranges=True``)."""

from __future__ import annotations

import pytest

SOURCE_IN_FILES = """
[io_managers.files]
use = "files"
root = "data"
"""
DAYS = """
DAYS = daily("2026-03-01", end="2026-03-06", column="date")


@asset(partitions=DAYS, cache=False, io_manager="files")
def source(date: str):
    return [{"date": datetime.fromisoformat(date).date(), "n": delivered()}]


@asset(partitions=DAYS, ranges=True)
def together(source, context):
    called("+".join(str(key)[-2:] for key in context.partitions))
    return source


@asset(partitions=DAYS)
def each(together, date):
    called(f"each-{date[-2:]}")
    return together
"""


@pytest.fixture(params=["duckdb", "postgres"])
def days(new_engine, request):
    """Days that are made together from days that are made alone, and read alone again."""
    return new_engine(request.param).pipeline(DAYS, SOURCE_IN_FILES).deliver(1)


def make(engine, first, last, *options):
    dates = ["--from", f"2026-03-{first:02}", "--to", f"2026-03-{last:02}"]
    return engine.cli("run", *dates, *options)


def new_calls(engine, before):
    return engine.calls[len(before) :]


def test_each_day_of_a_range_is_read_alone(days):
    make(days, 2, 4)
    assert days.calls == ["02+03+04", "each-02", "each-03", "each-04"]
    assert days.values("each", "n") == [1, 1, 1]


def test_a_day_of_a_range_is_made_again_when_its_source_is_as_long_ago(days):
    """Alone from 1, then with another from 2: from 1 again it is not as it was."""
    make(days, 3, 3)
    make(days.deliver(2), 2, 3)
    make(days.deliver(1), 3, 3)
    assert days.values("together", "n") == [1, 2]
    assert days.values("each", "n") == [1, 2]


def test_only_the_days_whose_source_changed_are_made_again(days):
    make(days, 1, 4)
    make(days.deliver(2), 2, 3, "-s", "source")
    before = days.calls
    make(days, 1, 4, "-s", "together", "-s", "each")
    assert new_calls(days, before) == ["02+03", "each-02", "each-03"]
    assert days.values("each", "n") == [1, 1, 2, 2]


def test_days_of_a_range_that_are_as_they_were_are_left(days):
    make(days, 1, 4)
    before = days.calls
    make(days, 2, 3)
    assert new_calls(days, before) == []
    make(days.deliver(2), 3, 5)
    assert sorted(new_calls(days, before)) == ["03+04", "05", "each-03", "each-04", "each-05"]


def test_days_that_were_made_in_several_ways_are_known_one_by_one(days):
    make(days, 1, 3)
    make(days.deliver(2), 2, 2)
    before = days.calls
    for day, made in (("02", "2026-03-02"), ("03", "2026-03-01..2026-03-03")):
        told = days.cli("why", "together", "--partition", f"2026-03-{day}")
        assert f"(partition {made})" in told
    plan = ["--from", "2026-03-01", "--to", "2026-03-03", "-s", "together", "-s", "each"]
    days.cli("run", *plan)
    assert new_calls(days, before) == []


def test_a_window_over_a_range_sees_which_day_changed(new_engine):
    engine = new_engine("duckdb").deliver(1)
    engine.pipeline(
        DAYS
        + """

from vibepiper.partitions import Window


@asset(partitions=DAYS, ranges=True, mappings={"source": Window(before=1)})
def two_days(source, context):
    called("w" + "+".join(str(key)[-2:] for key in context.partitions))
    return [{"date": key.begin.date(), "n": source.num_rows} for key in context.partitions]
""",
        SOURCE_IN_FILES,
    )
    make(engine, 1, 5)
    make(engine.deliver(2), 3, 3, "-s", "source")
    before = engine.calls
    make(engine, 1, 5, "-s", "two_days")
    assert new_calls(engine, before) == ["w03+04"]


def test_more_days_than_are_kept_one_by_one(new_engine):
    """The versions of 150 days of a source are kept as one: when one changed, all are made."""
    engine = new_engine("duckdb").deliver(1)
    engine.pipeline(DAYS.replace('end="2026-03-06"', 'end="2026-09-01"'), SOURCE_IN_FILES)
    dates = ["--from", "2026-03-01", "--to", "2026-07-28"]
    engine.cli("run", *dates, "-s", "source", "-s", "together")
    before = engine.calls
    engine.cli("run", *dates, "-s", "together")
    assert new_calls(engine, before) == []
    make(engine.deliver(2), 3, 3, "-s", "source")
    engine.cli("run", *dates, "-s", "together")
    assert len(new_calls(engine, before)) == 1
    assert engine.values("together", "n").count(2) == 1
