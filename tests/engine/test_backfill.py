"""Partitions that are chosen: by time, by key, missing or failed, by mappings."""

from __future__ import annotations

import pytest
from vibepiper.partition_choice import PartitionChoice

DAYS = """
DAYS = daily("2026-03-01", end="2026-03-08"{column})


@asset(partitions=DAYS)
def sales(date: str):
    called(date)
    if (ROOT / "broken").exists() and date == "2026-03-03":
        raise OSError("no such day")
    return [{{"date": date, "n": int(date[-2:])}}]


@asset(partitions=DAYS)
def doubled(sales: pa.Table, date: str):
    return [{{"date": date, "n": 2 * n}} for n in sales["n"].to_pylist()]
"""


def days(*numbers):
    return [f"2026-03-{number:02}" for number in numbers]


def steps(asset, *numbers):
    return [f"{asset}[{day}]" for day in days(*numbers)]


@pytest.fixture
def week(stored):
    column = "" if stored.store == "files" else ', column="date"'
    return stored.pipeline(DAYS.format(column=column))


def test_a_range_of_time_is_made_both_ends_included(week):
    made = week.cli_steps("backfill", "sales", "--from", "2026-03-02", "--to", "2026-03-04")
    assert made == dict.fromkeys(steps("sales", 2, 3, 4), "succeeded")
    assert week.values("sales", "n") == [2, 3, 4]


def test_only_what_is_missing_is_made(week):
    week.cli("backfill", "sales", "--from", "2026-03-02", "--to", "2026-03-04")
    made = week.cli_steps("backfill", "sales", "--missing")
    assert list(made) == steps("sales", 1, 5, 6, 7)
    assert week.values("sales", "n") == [1, 2, 3, 4, 5, 6, 7]
    assert week.cli_steps("backfill", "sales", "--missing") == {}


def test_only_what_failed_is_made(week):
    week.break_it()
    week.cli("backfill", "sales", "doubled", "--missing", code=1)
    assert week.values("doubled", "n") == [2, 4, 8, 10, 12, 14]
    week.mend_it()
    assert week.cli_steps("backfill", "sales", "--failed") == {"sales[2026-03-03]": "succeeded"}
    assert week.cli_steps("backfill", "sales", "--failed") == {}
    # What was skipped below it did not fail: it is missing.
    assert week.cli_steps("backfill", "doubled", "--missing") == {
        "doubled[2026-03-03]": "succeeded"
    }
    assert week.values("doubled", "n") == [2, 4, 6, 8, 10, 12, 14]
    assert sorted(week.calls) == sorted([*days(*range(1, 8)), *days(3)])


def test_without_a_choice_a_run_makes_the_latest(week):
    assert list(week.cli_steps("run")) == [*steps("sales", 7), *steps("doubled", 7)]


def test_a_dry_run_shows_what_would_be_made_and_makes_nothing(week):
    said = week.cli("backfill", "sales", "--to", "2026-03-03", "--dry-run")
    assert "2026-03-01" in said
    assert week.calls == []
    assert not week.exists("sales")


def test_a_partition_of_changed_code_is_made_again(week):
    week.cli("backfill", "sales", "--to", "2026-03-02")
    path = week.root / "pipeline.py"
    path.write_text(path.read_text().replace("int(date[-2:])", "int(date[-2:]) + 100"))
    made = week.cli_steps("backfill", "sales", "--to", "2026-03-03")
    assert list(made.values()) == ["succeeded"] * 3
    assert week.values("sales", "n") == [101, 102, 103]


def test_what_is_made_already_is_left_unless_forced(week):
    week.cli("backfill", "sales", "--to", "2026-03-02")
    assert set(week.cli_steps("backfill", "sales", "--to", "2026-03-02").values()) <= {"cached"}
    assert week.calls == days(1, 2)
    week.cli("backfill", "sales", "--to", "2026-03-02", "--force")
    assert week.calls == days(1, 2, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2026-03-09"), "2026-03-09"),
        (("--from", "2026-03-04", "--to", "2026-03-02"), "2026-03-0"),
        (("--partition", "March"), "March"),
        (("--partition", "2026-03-08"), "2026-03-08"),
    ],
)
def test_partitions_that_there_are_not_are_refused(engine, arguments, said):
    engine.pipeline(DAYS.format(column=""))
    assert said in engine.cli("backfill", "sales", *arguments, code=2)
    assert engine.calls == []


def test_an_asset_without_partitions_has_no_backfill(engine):
    engine.pipeline("@asset\ndef a(): return [{'n': 1}]")
    assert "no selected asset has any" in engine.cli("backfill", "a", "--missing", code=2)


def test_a_window_gives_a_step_the_partitions_before_it(engine):
    engine.pipeline(
        """
        from vibepiper.partitions import Window

        DAYS = daily("2026-03-01", end="2026-03-06")


        @asset(partitions=DAYS)
        def sales(date: str):
            return [{"n": int(date[-2:])}]


        @asset(partitions=DAYS, mappings={"sales": Window(before=2)})
        def lately(sales: pa.Table, date: str):
            return [{"date": date, "sum": sum(sales["n"].to_pylist())}]
        """
    )
    engine.make(partitions=PartitionChoice(missing=True))
    assert [row["sum"] for row in engine.rows("lately", "date")] == [1, 3, 6, 9, 12]
    # One day anew: of those that read it all are stale, and no others.
    (engine.root / "pipeline.py").write_text(
        (engine.root / "pipeline.py")
        .read_text()
        .replace('[{"n": int(date[-2:])}]', '[{"n": 10 * int(date[-2:])}]')
    )
    engine.make("sales", partitions=PartitionChoice(("2026-03-02",)))
    made = engine.make("lately", partitions=PartitionChoice(first="2026-03-01"))
    again = [name for name, status in made.statuses.items() if status == "succeeded"]
    assert again == steps("lately", 2, 3, 4)


def test_hours_are_gathered_into_their_day(engine):
    engine.pipeline(
        """
        from vibepiper.partitions import hourly

        @asset(partitions=hourly("2026-03-28", end="2026-03-30", timezone="Europe/Berlin"))
        def clicks(hour: str):
            return [{"hour": hour}]

        @asset(partitions=daily("2026-03-28", end="2026-03-30", timezone="Europe/Berlin"))
        def daily_clicks(clicks: pa.Table, date: str):
            return [{"date": date, "hours": clicks.num_rows}]
        """
    )
    engine.make(partitions=PartitionChoice(missing=True))
    assert [row["hours"] for row in engine.rows("daily_clicks", "date")] == [24, 23]


def test_a_uri_says_where_each_partition_lies(engine):
    engine.pipeline(
        """
        @asset(partitions=daily("2026-03-01", end="2026-03-04"), uri="lake/{date}/sales.csv")
        def sales(date: str):
            return [{"n": int(date[-2:])}]

        @asset
        def total(sales: pa.Table):
            return [{"n": sum(sales["n"].to_pylist())}]
        """
    )
    engine.make(partitions=PartitionChoice(missing=True))
    found = sorted(engine.root.glob("**/lake/*/sales.csv"))
    assert [path.parent.name for path in found] == days(1, 2, 3)
    assert engine.values("total", "n") == [6]


def test_keys_that_come_up_are_added_and_made(engine):
    engine.pipeline(
        """
        from vibepiper.partitions import dynamic, product

        TENANTS = dynamic("tenants", dimension="tenant")
        BOTH = product(date=daily("2026-03-01", end="2026-03-03"), tenant=TENANTS)


        @asset(partitions=BOTH)
        def usage(date: str, tenant: str):
            return [{"date": date, "tenant": tenant}]
        """
    )
    assert engine.cli_steps("backfill", "usage", "--missing") == {}
    engine.cli("partitions", "usage", "--add", "acme", "--add", "zoë & co")
    made = engine.cli_steps("backfill", "usage", "--missing")
    assert sorted(made) == [
        f"usage[2026-03-0{day}/{tenant}]" for day in (1, 2) for tenant in ("acme", "zoë & co")
    ]
    assert len(engine.rows("usage")) == 4
    engine.cli("partitions", "usage", "--remove", "acme")
    engine.cli("partitions", "usage", "--add", "late")
    assert list(engine.cli_steps("backfill", "usage", "--missing")) == [
        "usage[2026-03-01/late]",
        "usage[2026-03-02/late]",
    ]


def test_a_key_names_its_dimension_where_there_are_several(engine):
    engine.pipeline(
        """
        from vibepiper.partitions import dynamic, product


        @asset(partitions=product(tenant=dynamic("tenants"), shop=dynamic("shops")))
        def usage(tenant: str, shop: str):
            return [{"tenant": tenant, "shop": shop}]
        """
    )
    said = engine.cli("partitions", "usage", "--add", "acme", code=2)
    assert "Give NAME=KEY, where NAME is 'tenants' or 'shops'." in said
    engine.cli("partitions", "usage", "--add", "tenants=acme", "--add", "shops=north")
    assert engine.cli_steps("backfill", "usage", "--missing") == {"usage[acme/north]": "succeeded"}


def test_partitions_that_are_declared_take_no_keys(engine):
    engine.pipeline(
        """
        @asset(partitions=static(["eu"]))
        def usage(partition: str):
            return [{"region": partition}]
        """
    )
    said = engine.cli("partitions", "usage", "--add", "us", code=2)
    assert "the partitions of asset 'usage' are declared in the code" in said


def test_what_is_shown_of_partitions_is_all_of_them_or_the_one_that_is_named(week):
    week.cli("backfill", "sales", "--from", "2026-03-02", "--to", "2026-03-04")
    week.cli("backfill", "sales", "--partition", "2026-03-03", "--force")
    head = week.cli("show", "sales").splitlines()
    assert head[1] == "3 rows in partitions 2026-03-02 .. 2026-03-04 (3)"
    assert "last made 2026-03-03 2" in head[2]
    one = week.folder.json("show", "sales", "--partition", "2026-03-02")
    assert (one["rows"], one["partitions"]["which"]) == (1, "2026-03-02 (1)")
    assert one["first_rows"] == [{"date": "2026-03-02", "n": 2}]
    assert "is no key of these partitions" in week.cli(
        "show", "sales", "--partition", "yesterday", code=2
    )
