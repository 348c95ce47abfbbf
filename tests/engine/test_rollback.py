"""Versions that a store keeps, and an asset that is what it was before."""

from __future__ import annotations

import pytest

TEXT = """
@asset(key="id", materialization=incremental("upsert", cursor="at"))
def people(cursor):
    last = -1 if cursor.last is None else cursor.last
    return [row for row in delivered() if row["at"] > last]


@asset
def counted(people: pa.Table):
    return [{"n": people.num_rows}]
"""
FIRST, SECOND = {"id": 1, "at": 1}, {"id": 2, "at": 2}


@pytest.fixture
def two(engine):
    engine.pipeline(TEXT).deliver([FIRST]).make()
    engine.deliver([FIRST, SECOND]).make()
    assert engine.values("people", "id") == [1, 2]
    return engine


def older(engine, *arguments):
    """The version before the present one; the newest is first."""
    return engine.folder.json("versions", *arguments)[1]["load_id"]


def test_the_data_and_its_cursor_go_back_together(two):
    two.cli("rollback", "people", "--to", older(two, "people"))
    assert two.values("people", "id") == [1]
    # What was fetched before the rollback is fetched again, and nothing is lost.
    two.make()
    assert two.values("people", "id") == [1, 2]
    assert two.values("counted", "n") == [2]


def test_what_is_below_is_made_of_the_version_that_is_back(two):
    two.cli("rollback", "people", "--to", older(two, "people"))
    two.make("counted")
    assert two.values("counted", "n") == [1]


def test_a_rollback_is_on_record(two):
    two.cli("rollback", "people", "--to", older(two, "people"))
    assert two.last_run().status == "succeeded"
    assert [step["asset"] for step in two.folder.json("runs", "last")["steps"]] == ["people"]


def test_a_rollback_can_be_rolled_back(two):
    newest = two.committed("people").load_id
    two.cli("rollback", "people", "--to", older(two, "people"))
    two.cli("rollback", "people", "--to", newest)
    assert two.values("people", "id") == [1, 2]


@pytest.mark.parametrize("version", ["none", "0" * 32])
def test_a_version_that_is_not_kept_is_refused(two, version):
    assert version[:4] in two.cli("rollback", "people", "--to", version, code=2)
    assert two.values("people", "id") == [1, 2]


def test_one_partition_goes_back_alone(engine):
    engine.pipeline(
        """
        @asset(partitions=daily("2026-03-01", end="2026-03-03"))
        def sales(date: str):
            return [{"date": date, "n": delivered()}]
        """
    )
    engine.deliver(1).cli("backfill", "sales", "--missing")
    engine.deliver(2).cli("backfill", "sales", "--from", "2026-03-01", "--force")
    old = older(engine, "sales", "--partition", "2026-03-02")
    engine.cli("rollback", "sales", "--partition", "2026-03-02", "--to", old)
    assert [row["n"] for row in engine.rows("sales", "date")] == [2, 1]


def test_a_partition_that_went_back_has_the_code_of_then(engine):
    text = """
        from vibepiper.partitions import product, static

        DAYS = daily("2026-03-01", end="2026-03-03")

        @asset(partitions=product(date=DAYS, shop=static(["a", "b"])))
        def sales(date: str, shop: str):
            return [{"date": date, "n": 1}]
        """
    engine.pipeline(text).cli("backfill", "sales", "--missing")
    engine.pipeline(text.replace('"n": 1', '"n": 2')).cli("backfill", "sales", "--from=2026-03-01")
    key = ("sales", "--partition", "2026-03-02/a")
    engine.cli("rollback", *key, "--to", older(engine, *key))
    assert "would run: code changed" in engine.cli("why", *key)
    engine.pipeline(text)
    assert "would not run: same code" in engine.cli("why-not", *key)


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_a_store_that_keeps_no_versions_refuses_by_name(new_engine, store):
    engine = new_engine(store).pipeline("@asset\ndef a(): return [{'n': 1}]")
    engine.make()
    assert f"({store})" in engine.cli("rollback", "a", "--to", "0" * 16, code=2)
    assert engine.values("a", "n") == [1]
