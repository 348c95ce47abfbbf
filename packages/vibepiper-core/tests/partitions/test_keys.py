"""Keys: how they are read, which are refused, and what the engine makes of them."""

from __future__ import annotations

import pickle
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper.errors import DataError, DefinitionError, PlanError
from vibepiper.io_manager import Slice
from vibepiper.partitions import PartitionKey, daily, dynamic, hourly, product, static
from vibepiper.partitions.key_text import fault_of

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAYS = daily("2026-01-01", end="2027-01-01", timezone="Europe/Berlin", column="ordered_on")
BOTH = product(date=DAYS, region=static(["eu", "us"], column="region"))


def test_a_key_knows_its_dimensions_and_its_time():
    key = BOTH.parse("2026-03-29/eu")

    assert dict(key.keys) == {"date": "2026-03-29", "region": "eu"}
    assert (key.text, str(key)) == ("2026-03-29/eu", "2026-03-29/eu")
    assert key.begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert key.end == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert key.span.label == "eu"


def test_a_key_without_time_has_no_beginning():
    key = static(["eu"]).parse("eu")
    assert (key.begin, key.end, key.span.begin, key.span.end) == (None, None, 0, 1)


def test_keys_can_be_hashed_and_sent():
    key = BOTH.parse("2026-03-29/eu")
    assert {pickle.loads(pickle.dumps(key))} == {key}
    assert pickle.loads(pickle.dumps(BOTH.at("2026-03-29"))) == BOTH.at("2026-03-29")


@pytest.mark.parametrize(
    "text", ["2026-03-29/eu", "date=2026-03-29,region=eu", "region=eu, date=2026-03-29"]
)
def test_both_forms_are_read(text):
    assert BOTH.parse(text).text == "2026-03-29/eu"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-03-29/uk", r"dimension 'region': 'uk' is no key of these partitions\n.*are: eu, us"),
        ("2025-03-29/eu", "'2025-03-29' is before the first partition, '2026-01-01'"),
        ("2027-01-01/eu", "'2027-01-01' is after the last partition, '2026-12-31'"),
        ("2026-3-29/eu", r"'2026-3-29' is no key(.|\n)*like '2026-01-01/eu' or 'date=2026-01-01,"),
        ("2026-02-30/eu", "'2026-02-30' is no key"),
        ("\uff12026-03-29/eu", "is no key"),
        ("2026-03-29", "holds 1 key, and these partitions have 2"),
        ("2026-03-29/eu/x", "holds 3 keys, and these partitions have 2"),
        ("", "holds 1 key"),
        ("date=2026-03-29", "has no key of 'region'"),
        ("dat=2026-03-29,region=eu", "there is no dimension 'dat'\n.*Did you mean 'date'"),
        ("date=2026-03-29,date=2026-03-30", "names 'date' twice"),
        ("date=2026-03-29,eu", "has no name for 'eu'"),
    ],
)
def test_other_texts_are_refused_with_the_right_form(text, message):
    with pytest.raises(PlanError, match=message):
        BOTH.parse(text)


@pytest.mark.parametrize(
    "use",
    [
        lambda days: days.parse(5),
        lambda days: days.parse_set(["2026-03-01"]),
        lambda days: days.at(date(2026, 3, 1)),
        lambda days: days.between(date(2026, 3, 1), None),
    ],
)
def test_a_partition_is_named_by_a_text(use):
    with pytest.raises(PlanError, match=r"by a text, found (.|\n)*A key looks like '2026-03-01'"):
        use(daily("2026-03-01"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-25T02+0200",
        "2026-10-25T02+01:00",
        "2026-03-29T02",
        "2026-03-29T24",
        "2026-03-29T3",
        "2026-03-29T03\n",
    ],
)
def test_an_hour_has_one_text(text):
    with pytest.raises(PlanError, match="is no key of these partitions of time"):
        hourly("2026-01-01", timezone="Europe/Berlin").parse(text)


@given(st.text())
def test_any_text_is_a_key_or_refused(text):
    for declared in (BOTH, DAYS, hourly("2026-01-01"), dynamic("tenants")):
        with suppress(PlanError):
            assert declared.parse(text).text == text or "=" in text


@given(st.text().filter(lambda text: fault_of(text) is None))
def test_dynamic_keys_read_as_they_are_written(text):
    declared = product(tenant=dynamic("tenants"), date=daily("2026-01-01"))
    key = declared.parse(f"{text}/2026-01-02")

    assert key.keys["tenant"] == text
    assert declared.parse(f"date=2026-01-02,tenant={text}") == key
    assert declared.parse_set(key.text) == declared.set_of([key])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a/b",
        "..",
        ".",
        "a\x00",
        "a\n",
        " a",
        "a,b",
        "a=b",
        "a..b",
        "{date}",
        "\ud800",
        "*",
        None,
        3,
    ],
)
def test_what_can_be_no_key_is_refused_before_it_is_kept(key):
    with pytest.raises(DataError, match="can be no key of the partitions 'tenants'"):
        dynamic("tenants").check_keys("tenants", ["fine", key])


def test_keys_of_unknown_partitions_are_refused():
    dynamic("tenants").check_keys("tenants", ["a", "Ünï", "user:1"])
    with pytest.raises(DefinitionError, match="no dynamic partitions 'tenant' here"):
        dynamic("tenants").check_keys("tenant", ["a"])
    assert product(a=dynamic("x"), b=dynamic("y"), c=static(["k"])).dynamic_names == ("x", "y")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2026-03-01", 2),
        ("2026-03-01/eu", 1),
        ("2026-03-01..2026-03-31", 62),
        ("2026-03-01/eu..2026-03-31/eu", 31),
        (" 2026-03-01/eu , 2026-03-01/us..2026-03-02/us", 3),
        ("date=2026-03-01,region=eu", 1),
        ("*", 730),
        ("2026-03-01..2026-03-03,2026-03-02", 6),
    ],
)
def test_sets_are_read(text, count):
    assert BOTH.parse_set(text).count() == count


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02/eu..2026-03-01/eu",
        "2026-03-01/eu..2026-03-02/us",
        "2026-03-01/eu..",
        "2026-03-01..",
        "..2026-03-01",
        "2026-03-01/eu..2026-03-02/eu..2026-03-03/eu",
        "2026-03-02..2026-03-01",
    ],
)
def test_ranges_that_are_none_are_refused(text):
    with pytest.raises(PlanError, match=r"neither a key nor a range|no partition lies from"):
        BOTH.parse_set(text)


def test_a_range_needs_time():
    with pytest.raises(PlanError, match="neither a key nor a range"):
        static(["a", "b", "c"]).parse_set("a..c")
    with pytest.raises(PlanError, match="have no dimension of time"):
        static(["a", "b", "c"]).between("a", "c")


def test_a_date_stands_for_its_hours():
    hours = hourly("2026-03-28T12:00", timezone="Europe/Berlin")
    assert hours.between("2026-03-29", "2026-03-29").count() == 23
    assert hours.between("2026-03-28", "2026-03-29").count() == 12 + 23
    assert hours.between(None, "2026-03-29").first(1).text == "2026-03-28T12"
    with pytest.raises(PlanError, match="'2026-03-20' is no key"):
        hours.between("2026-03-20", None)


def test_a_part_of_the_labels_can_be_asked_for():
    assert BOTH.between("2026-03-01", "2026-03-02", ["us"]).text == "2026-03-01/us..2026-03-02/us"


def test_keys_of_other_partitions_are_no_keys_of_these():
    with pytest.raises(PlanError, match=r"'2026-03-01' is no key of these partitions: A key looks"):
        DAYS.set_of([daily("2026-01-01").parse("2026-03-01")])
    with pytest.raises(PlanError, match="is no key of these partitions"):
        BOTH.set_of([DAYS.parse("2026-03-01")])


def test_a_store_is_told_of_each_dimension():
    begin, end = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert BOTH.slices(BOTH.parse("2026-03-29/eu")) == (
        Slice("date", ("2026-03-29",), "ordered_on", begin, end),
        Slice("region", ("eu",), "region"),
    )


def test_a_store_is_told_of_all_keys_of_a_range():
    [days, region] = BOTH.slices_of(BOTH.parse_set("2026-03-28/eu..2026-03-30/eu"))

    assert days.keys == ("2026-03-28", "2026-03-29", "2026-03-30")
    assert (days.begin.hour, days.end.hour, region.keys) == (23, 22, ("eu",))


def test_slices_are_of_one_range():
    for text in ("2026-03-28,2026-03-30", ""):
        with pytest.raises(PlanError, match="do not follow each other"):
            DAYS.slices_of(DAYS.parse_set(text))


def test_the_latest_is_over_and_there():
    def latest(**options):
        return str(daily("2026-03-30", timezone="Europe/Berlin", **options).latest(NOW))

    assert latest() == latest(end_offset=1) == "2026-03-31"
    assert (latest(end_offset=-1), latest(end="2026-03-31")) == ("2026-03-30", "2026-03-30")
    assert latest(end_offset=-2) == "None"
    assert static(["a"]).latest(NOW) is None


def test_the_latest_of_a_product_is_of_time_alone():
    latest = BOTH.latest(NOW)
    assert isinstance(latest, PartitionKey)
    assert (latest.text, BOTH.at(latest).text, BOTH.at(latest).count()) == (
        "2026-03-31",
        "2026-03-31",
        2,
    )
    with pytest.raises(PlanError, match="'eu' has no key of 'date'"):
        BOTH.at(static(["eu"], name="region").parse("eu"))


@pytest.mark.parametrize(
    ("offset", "last"),
    [(0, "2026-03-31"), (1, "2026-04-01"), (3, "2026-04-03"), (-1, "2026-03-30"), (-90, None)],
)
def test_the_end_offset_shifts_how_many_there_are(offset, last):
    there = daily("2026-03-01", end_offset=offset).universe(NOW)
    assert [key.text for key in there.last(1)] == ([last] if last else [])


def test_the_end_offset_does_not_pass_the_end():
    there = daily("2026-03-01", end="2026-04-01", end_offset=5).universe(NOW)
    assert there.last(1).text == "2026-03-31"
    past = daily("2026-03-01", end="2026-03-10", end_offset=-3).universe(NOW)
    assert past.last(1).text == "2026-03-09"


@pytest.mark.parametrize("offset", [-(10**12), 10**12])
@pytest.mark.parametrize("now", [datetime.min, NOW, datetime.max])
def test_no_offset_and_no_moment_is_too_far(offset, now):
    days = daily("2026-03-01", end="2026-03-08", end_offset=offset)
    there = days.universe(now.replace(tzinfo=UTC))
    assert there.count() == (7 if offset > 0 else 0)


def test_before_its_start_there_is_nothing():
    assert daily("2027-01-01").universe(NOW).is_empty
    assert daily("2027-01-01").latest(NOW) is None


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(PlanError, match="has no time zone"):
        DAYS.universe(NOW.replace(tzinfo=None))


def test_a_code_version_stays_when_partitions_are_added():
    longer = daily("2025-01-01", end="2028-01-01", timezone="Europe/Berlin", column="ordered_on")
    assert longer.to_json() == DAYS.to_json()
    assert static(["a"]).to_json() == static(["a", "b"]).to_json()
    for other in (daily("2026-01-01"), hourly("2026-01-01", timezone="Europe/Berlin"), BOTH):
        assert other.to_json() != DAYS.to_json()


def test_dates_before_1970_have_keys():
    old = daily(date(1850, 1, 1), timezone="Europe/Berlin")
    key = old.parse("1850-01-01")
    assert old.slices(key)[0].keys == ("1850-01-01",)
    assert old.between(None, "1969-12-31").count() == 43_829
