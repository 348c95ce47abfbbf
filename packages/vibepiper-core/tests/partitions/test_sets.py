"""Sets of partitions are what sets of their keys would be."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError, PlanError
from vibepiper.partitions import (
    PartitionSet,
    Span,
    cron,
    daily,
    dynamic,
    hourly,
    product,
    static,
    weekly,
)

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
REGIONS = static(["us", "eu", "Ελλάδα"])
DECLARED = (
    daily("2026-03-10", end="2026-04-20", timezone="Europe/Berlin"),
    hourly("2026-03-28", end="2026-03-31", timezone="Europe/Berlin"),
    weekly("2025-11-01", end="2026-03-01"),
    cron("7 */5 * * *", "2026-03-25", end="2026-04-01", timezone="Europe/Berlin"),
    REGIONS,
    product(date=daily("2026-03-25", end="2026-04-05"), region=REGIONS),
    product(size=static(["s", "m"]), region=REGIONS, hour=hourly("2026-03-31", end="2026-04-01")),
)


def dynamic_keys(name):
    return {"tenants": ["b", "a", "ü"]}[name]


@st.composite
def several(draw, number):
    """Sets of the same partitions, and the keys of each in a Python set."""
    declared = draw(st.sampled_from(DECLARED))
    keys = list(declared.between(None, None))
    found = [draw(st.lists(st.sampled_from(keys))) for _ in range(number)]
    return [(declared.set_of(each), set(each)) for each in found]


@settings(deadline=None)
@given(several(2))
def test_they_are_combined_as_sets_of_keys_are(made):
    (one, keys), (other, others) = made

    assert set(one | other) == keys | others
    assert set(one & other) == keys & others
    assert set(one - other) == keys - others
    assert ((one - other).is_empty, one == other) == (keys <= others, keys == others)


@settings(deadline=None)
@given(several(1))
def test_they_are_counted_listed_and_searched_as_sets_of_keys_are(made):
    [(one, keys)] = made
    listed = list(one)

    assert (one.count(), len(listed), set(listed)) == (len(keys), len(keys), keys)
    assert listed == sorted(listed, key=lambda key: key.span)
    assert {key for key in one.partitions.between(None, None) if key in one} == keys


@settings(deadline=None)
@given(several(1))
def test_their_text_reads_as_the_same_set(made):
    [(one, _)] = made
    assert one.partitions.parse_set(one.text) == one


@settings(deadline=None)
@given(several(1))
def test_they_split_into_ranges_that_do_not_touch(made):
    [(one, keys)] = made
    parts = list(one.split())

    assert [part.spans() for part in parts] == [[span] for span in one.spans()]
    assert set().union(*parts) == keys
    assert all(a.label < b.label or a.end < b.begin for a, b in pairwise(one.spans()))


@settings(deadline=None)
@given(several(1), st.integers(0, 50))
def test_their_first_and_last_are_those_of_the_list(made, number):
    [(one, _)] = made
    listed = list(one)

    assert list(one.first(number)) == listed[:number]
    assert list(one.last(number)) == (listed[-number:] if number else [])


@settings(deadline=None)
@given(several(1))
def test_spans_give_the_same_set_again(made):
    [(one, _)] = made
    assert PartitionSet.from_spans(one.partitions, reversed(one.spans())) == one


def test_the_text_of_one_is_its_key():
    days = daily("2026-03-01")
    assert days.at("2026-03-05").text == "2026-03-05"
    both = product(date=days, region=static(["eu"]))
    assert both.at("2026-03-05").text == both.parse("2026-03-05/eu").text == "2026-03-05/eu"


def test_the_text_of_ranges_is_short():
    days = daily("2026-01-01")
    chosen = days.between("2026-01-01", "2026-03-31") | days.at("2026-04-02")
    assert chosen.text == "2026-01-01..2026-03-31,2026-04-02"


def test_the_text_of_all_labels_leaves_them_out():
    both = product(date=daily("2026-03-25", end="2026-04-05"), region=REGIONS)
    chosen = both.between("2026-03-25", "2026-03-27")

    assert chosen.text == "2026-03-25..2026-03-27"
    assert (chosen - chosen.first(1)).text.startswith("2026-03-26/eu..2026-03-27/eu,2026-03-25/us")


def test_a_description_shows_some_ranges_and_counts_the_rest():
    days = daily("2026-01-01")
    chosen = days.between("2026-01-01", "2026-03-31") | days.at("2026-04-02")
    assert chosen.describe() == "2026-01-01 .. 2026-03-31 (90), 2026-04-02 (1)"
    assert chosen.describe(1) == "2026-01-01 .. 2026-03-31 (90), and 1 more (1)"
    assert (chosen - chosen).describe() == "none"


def test_nothing_is_a_set_too():
    nothing = PartitionSet.from_spans(REGIONS, ())

    assert (nothing.count(), list(nothing), nothing.text, nothing.is_empty) == (0, [], "", True)
    assert REGIONS.parse_set("") == nothing
    assert list(nothing.split()) == nothing.spans() == []


def test_only_takes_one_of_those_that_there_are():
    days = daily("2026-03-01")
    key, other = days.parse("2026-03-02"), days.parse("2026-03-09")
    week = days.between("2026-03-01", "2026-03-07")

    assert list(week.only(key)) == [key]
    assert week.only(other).is_empty


def test_spans_of_another_declaration_lose_what_this_one_does_not_have():
    both = product(date=daily("2026-03-25", end="2026-04-05"), region=REGIONS)
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = PartitionSet.from_spans(
        both,
        [
            Span(label, int(begin.timestamp()), int(end.timestamp()))
            for label in ("eu", "gone", "", "eu/s")
        ],
    )
    assert found.text == "2026-03-25/eu..2026-04-04/eu"


def test_spans_between_boundaries_hold_what_begins_in_them():
    days = daily("2026-03-01")
    noon = int(datetime(2026, 3, 5, 12, tzinfo=UTC).timestamp())
    found = PartitionSet.from_spans(days, [Span("", noon, noon + 2 * 86_400), Span("", 9, 5)])
    assert found.text == "2026-03-06..2026-03-07"


def test_spans_that_no_clock_shows_are_cut_to_what_is_declared():
    days = daily("2026-03-01", end="2026-03-03")
    found = PartitionSet.from_spans(days, [Span("", -(2**62), 2**62)])
    assert found.text == "2026-03-01..2026-03-02"


def test_sets_of_different_partitions_are_not_mixed():
    one = daily("2026-03-01").at("2026-03-01")
    with pytest.raises(DefinitionError, match="sets of different partitions"):
        _ = one | daily("2026-03-01", timezone="Europe/Berlin").at("2026-03-01")


def test_equal_declarations_are_the_same_partitions():
    one, other = (daily("2026-03-01", timezone="Europe/Berlin") for _ in range(2))
    assert (one.at("2026-03-01") | other.at("2026-03-02")).count() == 2


TENANTS = product(date=daily("2026-03-25"), tenant=dynamic("tenants"))


def test_of_dynamic_keys_those_that_there_are_are_meant():
    there = TENANTS.universe(NOW, dynamic_keys)
    chosen = there & TENANTS.between("2026-03-30", None)

    assert (there.count(), chosen.count()) == (21, 6)
    assert [key.text for key in chosen.first(2)] == ["2026-03-30/a", "2026-03-31/a"]
    assert (there - TENANTS.at("2026-03-30")).count() == 18


def test_of_dynamic_keys_that_are_not_known_nothing_can_be_counted():
    chosen = TENANTS.between("2026-03-30", "2026-03-31")

    with pytest.raises(PlanError, match="'tenants' are known only at run time"):
        chosen.count()
    with pytest.raises(PlanError, match="known only at run time, and were not given"):
        TENANTS.universe(NOW)
    assert TENANTS.parse("2026-03-30/anyone") in chosen
    assert chosen.describe() == "2026-03-30..2026-03-31 (of all keys)"


@pytest.mark.parametrize("declared", [TENANTS, dynamic("tenants")])
def test_dynamic_sets_read_as_they_are_written(declared):
    everything = declared.between(None, None)
    some = declared.universe(NOW, dynamic_keys).last(2)

    assert declared.parse_set(everything.text) == everything
    assert declared.parse_set(some.text) == some


def test_all_dynamic_keys_but_some_have_no_text():
    but_one = TENANTS.at("2026-03-30") - TENANTS.set_of([TENANTS.parse("2026-03-30/a")])
    with pytest.raises(PlanError, match="no text says which partitions these are"):
        _ = but_one.text
    assert (TENANTS.universe(NOW, dynamic_keys) & but_one).count() == 2


@pytest.mark.parametrize("keys", [["a/b"], [""], ["ok", 7], ["a\n"], ["a,b"]])
def test_dynamic_keys_that_can_be_none_are_refused(keys):
    with pytest.raises(PlanError, match="can be no key of 'tenants'"):
        dynamic("tenants").universe(NOW, lambda name: keys)


def test_a_million_minutes_are_one_interval():
    minutes = cron("* * * * *", "2020-01-01", end="2021-11-25T10:40")
    there = minutes.universe(NOW)
    holes = minutes.parse_set("2020-02-01T0000,2020-03-01T0000..2020-03-01T0009")
    left = there - holes

    assert (there.count(), left.count(), len(left.spans())) == (1_000_000, 999_989, 3)
    assert left.first(10).describe() == "2020-01-01T0000 .. 2020-01-01T0009 (10)"
    assert left.last(2).text == "2021-11-25T1038..2021-11-25T1039"


def test_a_million_partitions_take_no_memory():
    hours = hourly("1910-01-01", timezone="Europe/Berlin")
    there = hours.universe(NOW)
    tracemalloc.start()
    left = there - hours.at("2000-01-01T00")
    counted, first = left.count(), list(left.first(10))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (counted, len(first)) == (there.count() - 1, 10)
    assert counted > 1_000_000
    assert peak < 1_000_000


@pytest.mark.parametrize("number", [1, 5, 10**12])
def test_the_first_of_a_few_are_found_however_many_are_asked_for(number):
    leap = cron("0 0 29 2 *", "2000-01-01", end="2013-01-01").between(None, None)
    assert leap.first(number).count() == min(number, 4)


def test_only_keys_are_looked_for():
    with pytest.raises(TypeError, match="holds keys, not '2026-03-01'"):
        _ = "2026-03-01" in daily("2026-03-01").at("2026-03-01")
