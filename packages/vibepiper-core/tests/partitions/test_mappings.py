"""Which upstream partitions a partition needs, and which partitions need an upstream one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError, PlanError
from vibepiper.partitions import (
    AllPartitions,
    LastPartition,
    Overlapping,
    PartitionMapping,
    SamePartition,
    Window,
    as_mapping,
    cron,
    daily,
    default_mapping,
    dynamic,
    hourly,
    monthly,
    product,
    static,
    weekly,
)

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"
DAYS = daily("2025-01-01", timezone=BERLIN)
HOURS = hourly("2025-01-01", timezone=BERLIN)
REGIONS = static(["eu", "us"])
BOTH = product(date=DAYS, region=REGIONS)
TENANT = dynamic("x", dimension="d")
TENANTS = product(date=DAYS, tenant=dynamic("tenants"))


def tenants(name):
    return ["a", "b"]


def needed(key, downstream, upstream, mapping=None, dynamic=tenants):
    mapping = mapping or default_mapping(downstream, upstream)
    return mapping.upstream(downstream.parse(key), downstream, upstream, NOW, dynamic)


def touched(key, downstream, upstream, mapping=None, dynamic=tenants):
    mapping = mapping or default_mapping(downstream, upstream)
    return mapping.downstream(upstream.parse(key), downstream, upstream, NOW, dynamic)


def test_the_same_day_of_two_assets():
    assert (
        default_mapping(DAYS, daily("2026-01-01", timezone=BERLIN, column="x")) == SamePartition()
    )
    assert needed("2026-03-01", DAYS, DAYS).text == "2026-03-01"
    assert touched("2026-03-01", DAYS, DAYS).text == "2026-03-01"


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2025-10-26", 25)]
)
def test_a_day_needs_its_hours(day, hours):
    assert needed(day, DAYS, HOURS).count() == hours
    assert touched(f"{day}T12", DAYS, HOURS).text == day


def test_a_day_of_another_zone_needs_what_overlaps_it():
    utc = daily("2025-01-01")
    assert default_mapping(DAYS, utc) == Overlapping()
    assert needed("2026-03-01", DAYS, utc).text == "2026-02-28..2026-03-01"
    assert touched("2026-03-01", DAYS, utc).text == "2026-03-01..2026-03-02"


def test_an_hour_needs_the_day_it_lies_in():
    assert needed("2026-03-01T23", HOURS, DAYS).text == "2026-03-01"
    assert touched("2026-03-29", HOURS, DAYS).count() == 23


def test_a_month_needs_weeks_that_reach_into_it():
    weeks, months = weekly("2025-12-01"), monthly("2026-01-01")
    assert needed("2026-02-01", months, weeks).text == "2026-01-26..2026-02-23"
    assert touched("2026-02-16", months, weeks).text == "2026-02-01"
    assert touched("2026-02-23", months, weeks).text == "2026-02-01..2026-03-01"


def test_what_the_upstream_does_not_have_yet_is_left_out_of_an_overlap():
    running = monthly("2026-01-01", end_offset=1, timezone=BERLIN)
    days = daily("2026-03-20", timezone=BERLIN)
    assert needed("2026-03-01", running, days).text == "2026-03-20..2026-03-31"
    with pytest.raises(PlanError, match="the upstream does not have them"):
        needed("2026-04-01", running, days)


@pytest.mark.parametrize("key", ["2025-12-31", "2026-04-01"])
def test_the_same_partition_has_to_be_there(key):
    upstream = daily("2026-01-01", timezone=BERLIN)
    with pytest.raises(PlanError, match=f"'{key}' needs upstream partitions"):
        needed(key, DAYS, upstream)


def test_a_product_and_one_of_its_dimensions():
    assert needed("2026-03-01/eu", BOTH, DAYS).text == "2026-03-01"
    assert needed("2026-03-01/eu", BOTH, static(["eu", "us"], name="region")).text == "eu"
    assert needed("2026-03-01", DAYS, BOTH).text == "2026-03-01"
    assert touched("2026-03-01", BOTH, DAYS).count() == 2
    assert touched("eu", BOTH, static(["eu", "us"], name="region")).text == (
        "2025-01-01/eu..2026-03-31/eu"
    )
    assert needed("eu", static(["eu"], name="region"), BOTH).spans() == [
        span for span in BOTH.universe(NOW).spans() if span.label == "eu"
    ]


def test_two_products_share_dimensions_in_any_order():
    upstream = product(region=static(["us", "eu", "asia"]), hour=HOURS)
    assert (
        needed("2026-03-29/eu", BOTH, upstream).describe()
        == "eu/2026-03-29T00 .. eu/2026-03-29T23 (23)"
    )
    assert touched("asia/2026-03-29T05", BOTH, upstream).is_empty


def test_dynamic_keys_are_asked_for_where_all_are_meant():
    assert needed("2026-03-01", DAYS, TENANTS).text == "2026-03-01/a,2026-03-01/b"
    assert needed("2026-03-01/b", TENANTS, TENANTS, dynamic=None).text == "2026-03-01/b"
    assert touched("2026-03-01/b", DAYS, TENANTS).text == "2026-03-01"
    with pytest.raises(PlanError, match="known only at run time, and were not given"):
        default_mapping(DAYS, TENANTS).upstream(DAYS.parse("2026-03-01"), DAYS, TENANTS, NOW)


def test_lone_dimensions_of_the_same_keys_need_no_common_name():
    assert needed("eu", REGIONS, static(["us", "eu"], name="region")).text == "eu"
    assert default_mapping(dynamic("x"), dynamic("x", dimension="y")) == SamePartition()


@pytest.mark.parametrize(
    ("downstream", "upstream", "message"),
    [
        (DAYS, REGIONS, "'date' and 'partition' have no dimension in common"),
        (static(["eu", "uk"]), REGIONS, "the keys of 'partition' are not those of the upstream's"),
        (
            dynamic("x", dimension="d"),
            dynamic("y", dimension="d"),
            "are not those of the upstream's",
        ),
        (dynamic("x", dimension="partition"), REGIONS, "are not those of the upstream's"),
        (static(["eu"], name="x"), REGIONS, "no dimension in common"),
    ],
)
def test_what_is_not_clear_has_to_be_declared(downstream, upstream, message):
    with pytest.raises(DefinitionError, match=rf"{message}(.|\n)*Declare it: mappings="):
        default_mapping(downstream, upstream)


def test_without_partitions_all_are_needed():
    assert default_mapping(None, DAYS) == default_mapping(DAYS, None) == AllPartitions()
    every = AllPartitions().upstream(None, None, DAYS, NOW)
    assert every == DAYS.universe(NOW)
    assert touched("2026-03-01", BOTH, DAYS, AllPartitions()) == BOTH.universe(NOW)


def test_a_window_reaches_to_partitions_beside_it():
    assert needed("2026-03-29", DAYS, DAYS, Window(before=6)).text == "2026-03-23..2026-03-29"
    assert needed("2026-03-29", DAYS, DAYS, Window(1, 1)).text == "2026-03-28..2026-03-30"
    assert needed("2026-03-29", DAYS, DAYS, Window(1, -1)).text == "2026-03-28"
    assert touched("2026-03-20", DAYS, DAYS, Window(before=6)).text == "2026-03-20..2026-03-26"
    assert needed("2026-03-29/us", BOTH, BOTH, Window(1)).text == "2026-03-28/us..2026-03-29/us"


def test_a_window_is_cut_to_what_the_upstream_has():
    upstream = daily("2026-03-10", timezone=BERLIN)
    assert needed("2026-03-12", DAYS, upstream, Window(6)).text == "2026-03-10..2026-03-12"
    assert needed("2026-03-31", DAYS, upstream, Window(0, 6)).text == "2026-03-31"
    assert needed("2026-03-01", DAYS, upstream, Window(6)).is_empty


@pytest.mark.parametrize("length", [5_000, 10**12])
@pytest.mark.parametrize("declare", [daily, hourly, monthly])
def test_a_window_may_be_longer_than_there_is_time(declare, length):
    declared = declare("2025-01-01", end="2030-01-01", timezone=BERLIN)
    key = declared.universe(NOW).last(1).text
    found = needed(key, declared, declared, Window(length, length))
    assert found.count() == min(length + 1, declared.universe(NOW).count())


def test_the_last_is_that_of_the_moment():
    assert needed("2026-01-01", DAYS, BOTH, LastPartition()).text == "2026-03-31"
    assert (
        needed("eu", static(["eu"], name="region"), BOTH, LastPartition()).text == "2026-03-31/eu"
    )
    assert touched("2026-03-31", DAYS, DAYS, LastPartition()) == DAYS.universe(NOW)
    assert touched("2026-03-30", DAYS, DAYS, LastPartition()).is_empty
    with pytest.raises(PlanError, match="there is none yet"):
        needed("2026-01-01", DAYS, daily("2030-01-01"), LastPartition())


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (SamePartition(), "SamePartition.. is of assets that are divided alike"),
        (Window(1), "do not divide time alike"),
    ],
)
def test_mappings_of_one_grid_refuse_another(mapping, message):
    with pytest.raises(DefinitionError, match=message):
        needed("2026-03-01", DAYS, HOURS, mapping)


def test_mappings_of_time_need_time():
    with pytest.raises(DefinitionError, match="the upstream has no dimension of time"):
        needed("2026-03-01", DAYS, REGIONS, LastPartition())
    with pytest.raises(DefinitionError, match="holds no partition"):
        Window(before=-2, after=1)
    with pytest.raises(DefinitionError, match="no whole number of partitions"):
        Window(before="2")


def test_a_function_gives_keys_texts_or_a_set():
    def year_before(key, downstream, upstream, now):
        return [key.text.replace("2026", "2025")]

    mapping = as_mapping(year_before)

    assert isinstance(mapping, PartitionMapping)
    assert needed("2026-03-01", DAYS, DAYS, mapping).text == "2025-03-01"
    assert touched("2025-03-01", DAYS, DAYS, mapping).text == "2025-03-01,2026-03-01"
    assert (
        needed("2026-03-01", DAYS, DAYS, as_mapping(lambda *of: DAYS.at("2025-01-01"))).count() == 1
    )
    assert needed("2026-03-01", DAYS, DAYS, as_mapping(lambda key, *of: [key])).count() == 1


@pytest.mark.parametrize("result", ["2026-03-01", None, 3, REGIONS.universe(NOW)])
def test_what_a_function_gives_is_checked(result):
    def wrong(key, downstream, upstream, now):
        return result

    with pytest.raises(
        DefinitionError, match="the mapping wrong gave for '2026-03-01' neither keys"
    ):
        needed("2026-03-01", DAYS, DAYS, as_mapping(wrong))


@pytest.mark.parametrize(
    ("given_", "message"), [(7, "7 is no mapping"), (Window, r"a class\n.*Window\(\)")]
)
def test_other_things_are_no_mapping(given_, message):
    with pytest.raises(DefinitionError, match=message):
        as_mapping(given_)
    assert as_mapping(Window(1)) == Window(1)


TIMES = [
    daily("2026-03-01", end="2026-03-31", timezone=BERLIN),
    daily("2026-03-01", end="2026-03-31"),
    hourly("2026-03-25", end="2026-03-31", timezone=BERLIN),
    weekly("2026-02-01", end="2026-04-01", day="sunday"),
    monthly("2026-01-01", timezone="America/New_York"),
    cron("*/90 * * * *", "2026-03-25", end="2026-03-30", timezone="Australia/Lord_Howe"),
]
MAPPINGS = st.sampled_from([Overlapping(), AllPartitions(), LastPartition()])


@settings(deadline=None)
@given(st.sampled_from(TIMES), st.sampled_from(TIMES), MAPPINGS, st.data())
def test_a_partition_touches_those_that_need_it(downstream, upstream, mapping, data):
    key = data.draw(st.sampled_from(list(upstream.universe(NOW).last(40))))
    touched = mapping.downstream(key, downstream, upstream, NOW)
    for each in downstream.universe(NOW).last(40):
        try:
            needs = mapping.upstream(each, downstream, upstream, NOW)
        except PlanError:
            needs = upstream.set_of([])
        assert (key in needs) == (each in touched)


@settings(deadline=None)
@given(st.sampled_from(TIMES), st.integers(-3, 3), st.integers(0, 4), st.data())
def test_a_window_touches_those_that_need_it(declared, before, length, data):
    mapping, there = Window(before, length - before), list(declared.universe(NOW).last(40))
    key, other = data.draw(st.sampled_from(there)), data.draw(st.sampled_from(there))
    needs = mapping.upstream(other, declared, declared, NOW)

    assert (key in needs) == (other in mapping.downstream(key, declared, declared, NOW))
    assert (key in needs) == (-before <= there.index(key) - there.index(other) <= length - before)
