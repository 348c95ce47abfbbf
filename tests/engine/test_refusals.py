"""What a store cannot do is refused when the plan is made, by name; nothing has run then."""

from __future__ import annotations

import pytest
from vibepiper.errors import DefinitionError, DuplicateAsset, MissingCapability, VibePiperError


def refused(engine, text, message):
    engine.pipeline(text)
    with pytest.raises(MissingCapability, match=message):
        engine.run()
    assert engine.calls == []


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert", "scd2"])
def test_an_incremental_asset_in_memory(engine, mode):
    refused(
        engine,
        f"""
        @asset(key="id", io_manager="memory", materialization=incremental("{mode}"))
        def people():
            called("people")
        """,
        "asset 'people' is incremental; its store 'memory' .memory. does not declare 'apply'",
    )


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_a_file_in_a_database(new_engine, store):
    refused(
        new_engine(store),
        '@asset(materialization="file")\ndef people(): called("people")',
        f"'people' is materialized as a file; its store 'default' .{store}. does not declare",
    )


def test_partitions_in_memory(engine):
    refused(
        engine,
        """
        @asset(io_manager="memory", partitions=daily("2026-03-01"))
        def people(date): called("people")
        """,
        "asset 'people' has partitions; its store 'memory' .memory. does not declare 'partitions'",
    )


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_partitions_in_a_database_that_name_no_column(new_engine, store):
    refused(
        new_engine(store),
        '@asset(partitions=daily("2026-03-01"))\ndef people(date): called("people")',
        "the dimension 'date' names no column that tells them apart",
    )


def test_ranges_where_partitions_are_kept_apart(engine):
    refused(
        engine,
        '@asset(partitions=daily("2026-03-01"), ranges=True)\ndef people(): called("people")',
        r"makes several partitions in one step \(ranges=True\); its store",
    )


def test_one_asset_that_is_refused_keeps_the_others_from_running(engine):
    refused(
        engine,
        """
        @asset
        def before(): called("before")


        @asset(io_manager="memory", materialization="incremental")
        def people(before): called("people")
        """,
        "'people' is incremental",
    )


def test_an_upsert_of_a_format_that_keeps_no_types_is_refused(engine):
    engine.pipeline(
        """
        @asset(key="id", uri="people.csv", materialization="incremental")
        def people():
            return [{"id": 1}]
        """
    )
    run = engine.run()
    assert "upsert needs Parquet" in run.message("people")


def test_an_object_in_a_database_is_refused(new_engine):
    run = new_engine("duckdb").pipeline("@asset\ndef model(): return {'slope': 1}").run()
    assert "returned a dict, which is no table, and its store 'default'" in run.message("model")


def test_an_incremental_object_is_refused(engine):
    run = engine.pipeline(
        """
        @asset(materialization="incremental")
        def model(): return {"slope": 1}
        """
    ).run()
    assert run.statuses == {"model": "failed"}
    assert "dict" in run.message("model")


def test_a_store_that_there_is_not_is_named(engine):
    engine.pipeline('@asset(io_manager="lake")\ndef people(): return [{"id": 1}]')
    with pytest.raises(VibePiperError, match=r"asset 'people': .*lake"):
        engine.plan()


def test_a_strategy_that_there_is_not_is_named(engine):
    engine.pipeline('@asset(materialization="vieww")\ndef people(): return [{"id": 1}]')
    with pytest.raises(VibePiperError, match="materialization 'vieww' is not known"):
        engine.plan()


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_first_load_of_nothing_without_columns(stored, mode):
    text = f"@asset(key='id', materialization=incremental('{mode}'))\ndef people(): return []"
    run = stored.pipeline(text).run()
    assert "returned an empty list, of which no columns are known" in run.message("people")
    assert not stored.exists("people")


@pytest.mark.parametrize("store", ["duckdb", "postgres"])
def test_an_empty_list_for_a_store_of_tables(new_engine, store):
    run = new_engine(store).pipeline("@asset\ndef people(): return []").run()
    assert "returned an empty list" in run.message("people")


def test_missing_keys_are_not_closed_by_a_cursor_that_is_no_time(stored):
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental("scd2", cursor="n", close_missing=True))
        def people(): return [{"id": 1, "n": 1}]
        """
    )
    failure = stored.run()["people"].failure
    assert (
        "its cursor 'n' is int64, and close_missing closes a key at the moment" in failure.message
    )
    assert not stored.exists("people")


def test_a_mapping_that_raises_is_told_with_its_asset(engine):
    engine.pipeline(
        """
        DAYS = daily("2026-03-01", end="2026-03-03")

        @asset(partitions=DAYS)
        def up(date): return [{"n": 1}]

        @asset(partitions=DAYS, mappings={"up": lambda key, down, up, now: 1 / 0})
        def down(up, date): return up
        """
    )
    said = "asset 'down', upstream 'up': the function in mappings raised ZeroDivisionError"
    with pytest.raises(DefinitionError, match=said):
        engine.run()


@pytest.mark.parametrize(
    ("store", "uri", "place"),
    [
        ("files", "raw/a.parquet", "data/raw/a, in"),
        ("files", "./raw//a.parquet", "data/raw/a, in"),
        ("duckdb", "RAW__A", "main.raw__a, in"),
        ("postgres", "public.raw__a", "public.raw__a, in"),
    ],
)
def test_two_assets_at_one_place(new_engine, store, uri, place):
    """However a uri spells it: each run would leave the data of one of them."""
    engine = new_engine(store).pipeline(
        f"""
        @asset(name="raw/a")
        def a(): called("a")

        @asset(uri="{uri}")
        def b(): called("b")
        """
    )
    with pytest.raises(
        DuplicateAsset, match=f"assets 'raw/a' and 'b' are both stored at .*{place}"
    ):
        engine.run()
    assert engine.calls == []


def test_two_assets_of_one_uri_in_a_store_that_tells_no_places(engine):
    engine.pipeline(
        """
        @asset(uri="t", io_manager="memory")
        def a(): called("a")

        @asset(uri="t", io_manager="memory")
        def b(): called("b")
        """
    )
    with pytest.raises(DuplicateAsset, match="'a' and 'b' are both stored at t, in the store"):
        engine.run()
