"""Partitions whose data is gone behind the state's back: they are seen, told and made again."""

from __future__ import annotations

import shutil

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper import AssetRef, ComponentContext, ComponentSpec, partition_presence
from vibepiper.partition_choice import PartitionChoice
from vibepiper.partition_presence import held_by
from vibepiper.partitions import daily
from vibepiper.partitions.slicing import slices_of
from vibepiper.session import Store
from vibepiper_files import FileIOManager, FileSettings

LOST = """
@asset(partitions=daily("2026-03-01", end="2026-03-05"), uri="lake/{date}/sales.parquet"@how)
def sales(date: str):
    called(date)
    return [{"date": date, "n": int(date[-2:])}]


@asset(partitions=static(["eu", "us"], column="region"), io_manager="warehouse")
def shops(partition: str):
    called(partition)
    return [{"region": partition, "n": 100}]


@asset
def total(sales: pa.Table, shops: pa.Table):
    called("total")
    return [{"n": sum(sales["n"].to_pylist()) + sum(shops["n"].to_pylist())}]
"""
WAREHOUSE = '\n[io_managers.warehouse]\nuse = "duckdb"\npath = "warehouse.duckdb"\n'
ALL = PartitionChoice(missing=True)


def pipeline(engine, how=""):
    return engine.pipeline(LOST.replace("@how", how), WAREHOUSE)


def lose(engine, *days):
    for day in days:
        shutil.rmtree(engine.root / "data" / "lake" / f"2026-03-0{day}")


def lose_shops(engine):
    with duckdb.connect(engine.root / "warehouse.duckdb") as database:
        database.sql("DROP TABLE shops")


@pytest.fixture
def made(engine):
    """All is made, then a day's folder is removed and the table of all regions dropped."""
    pipeline(engine).make(partitions=ALL)
    lose(engine, 2)
    lose_shops(engine)
    (engine.root / "calls.txt").unlink()
    return engine


def told(engine, *arguments):
    steps = engine.folder.json("plan", *arguments)["steps"]
    return {(s["asset"], s["partitions"]): s["reason"] for s in steps if s["action"] == "make"}


def test_a_backfill_makes_just_what_is_gone(made):
    assert told(made, "--missing") == {
        ("sales", "2026-03-02 (1)"): "not in the store 'default'",
        ("shops", "eu (1), us (1)"): "not in the store 'warehouse'",
        ("total", None): "upstream 'sales', 'shops' is made again",
    }
    steps = made.cli_steps("backfill", "sales", "shops", "--missing")
    assert list(steps) == ["sales[2026-03-02]", "shops[eu]", "shops[us]"]
    assert made.cli_steps("backfill", "sales", "shops", "--missing") == {}
    assert (made.values("sales", "n"), made.values("shops", "n")) == ([1, 2, 3, 4], [100, 100])


def test_files_that_another_program_wrote_are_there(engine):
    """No load tells of them, and yet one of them can be gone."""
    pipeline(engine).make(partitions=ALL)
    for file in (engine.root / "data" / "lake").glob("*/sales.parquet"):
        pq.write_table(pq.read_table(file), file, compression="gzip")
    lose(engine, 2)
    assert next(iter(told(engine, "--missing"))) == ("sales", "2026-03-02 (1)")


def test_partitions_that_are_gone_are_shown(made):
    said = made.cli("partitions", "sales")
    assert "made, and not in the store 'default'" in said
    found = made.folder.json("partitions", "sales")
    assert found["not_stored"] == found["missing"] == {"count": 1, "which": "2026-03-02 (1)"}
    assert made.folder.json("partitions", "shops")["made"]["count"] == 0
    shown = made.cli("show", "sales")
    assert "3 rows in partitions 2026-03-01 (1), 2026-03-03 .. 2026-03-04 (2)" in shown
    lost = made.cli("show", "sales", "--partition", "2026-03-02", code=2)
    assert "Make it: vibepiper backfill sales --partition 2026-03-02" in lost


def test_nothing_is_made_of_what_is_left(made):
    """Not by a run of the asset alone, nor of one whose table is there again in part."""
    made.make("shops", partitions=PartitionChoice(("eu",)))
    said = made.cli("run", "--select", "total", "--force", code=2)
    assert "partitions of 'sales' that were made and are not in the store 'default'" in said
    assert "vibepiper backfill sales --missing" in said
    made.cli("backfill", "sales", "--missing")
    said = made.cli("run", "--select", "total", "--force", code=2)
    assert "that were made and are not in the store 'warehouse': us (1)" in said
    assert "total" not in made.calls


def test_a_run_makes_again_what_its_steps_read(made):
    steps = made.cli_steps("run")
    assert steps == {
        "sales[2026-03-02]": "succeeded",
        "shops[eu]": "succeeded",
        "shops[us]": "succeeded",
        "total": "succeeded",
    }
    assert made.values("total", "n") == [210]


def test_a_partition_that_another_needs_is_made_again(engine):
    more = """
@asset(partitions=sales.partitions)
def doubled(sales: pa.Table, date: str):
    return [{"n": 2 * n} for n in sales["n"].to_pylist()]
"""
    engine.pipeline(LOST.replace("@how", "") + more, WAREHOUSE)
    engine.make("sales", "doubled", partitions=ALL)
    lose(engine, 3)
    partitions = PartitionChoice(("2026-03-03",))
    said = engine.cli("run", "--select", "doubled", "--partition", "2026-03-03", "--force", code=2)
    assert "needs partitions of 'sales' that were made and are not in the store" in said
    run = engine.make("doubled", "sales", partitions=partitions)
    assert run.statuses["sales[2026-03-03]"] == "succeeded"


def test_another_store_has_nothing_of_it_and_the_first_one_what_is_old(engine):
    """Also where a store is taken again that has the partitions as they were before."""
    pipeline(engine).make("sales", partitions=ALL)
    other = '\n[io_managers.other]\nuse = "files"\nroot = "other"\n'
    for how, number in ((', io_manager="other"', 4), ("", 4), ("", 0)):
        engine.pipeline(LOST.replace("@how", how), WAREHOUSE + other)
        run = engine.make("sales", partitions=ALL)
        assert list(run.statuses.values()) == ["succeeded"] * number


@pytest.mark.parametrize("options", ["", ', materialization="incremental"'])
def test_what_is_left_of_a_partition_is_no_data(engine, options):
    """A partition is there when its files are, however these are kept."""
    pipeline(engine, options).make("sales", partitions=ALL)
    for path in (engine.root / "data" / "lake" / "2026-03-04").rglob("*.parquet"):
        if ".versions" not in path.parts:
            path.unlink()
    run = engine.make("sales", partitions=ALL)
    assert run.statuses == {"sales[2026-03-04]": "succeeded"}
    assert engine.values("sales", "n") == [1, 2, 3, 4]


def test_the_rest_of_a_run_is_not_made_of_what_is_left(engine):
    pipeline(engine).make("sales", "shops", partitions=ALL)
    engine.die("step_started", "total")
    dead = engine.last_run().id
    lose(engine, 2)
    said = engine.cli("run", "--resume", code=2)
    assert "partitions of 'sales' that were made and are not in the store 'default'" in said
    engine.cli("backfill", "sales", "--missing")
    engine.cli("run", "--resume", dead)
    assert engine.values("total", "n") == [210]


def test_of_very_many_files_the_last_and_a_sample_are_looked_at(engine, monkeypatch):
    """And all where one of the sample is gone, or where they are asked for."""
    monkeypatch.setattr(partition_presence, "_LOOKED_AT", 1)
    monkeypatch.setattr(partition_presence, "_SAMPLED", 2)
    pipeline(engine).make("sales", partitions=ALL)
    lose(engine, 2, 4)
    assert list(engine.make("sales", partitions=ALL).statuses) == ["sales[2026-03-04]"]
    lose(engine, 1)
    assert list(engine.make("sales", partitions=ALL).statuses) == [
        f"sales[2026-03-0{day}]" for day in (1, 2)
    ]
    lose(engine, 2)
    early = PartitionChoice(("2026-03-01..2026-03-02",), missing=True)
    assert list(engine.make("sales", partitions=early).statuses) == ["sales[2026-03-02]"]


class _Asked(FileIOManager):
    """Counts the questions about all of an asset."""

    wholes = 0

    def exists(self, ref):
        self.wholes += not ref.partition
        return super().exists(ref)


def test_all_files_are_looked_at_once_however_many_are_gone(tmp_path):
    days = daily("2026-03-01", end="2026-03-09")
    wanted = days.between("2026-03-01", "2026-03-08")
    manager = _Asked(FileSettings(root="data"), ComponentContext("lake", tmp_path))
    kinds = {"files": "full", "apply": "full"}
    spec = ComponentSpec("io_manager", "files", "lake:Lake", "files", kinds)
    for part in list(wanted)[::2]:
        ref = AssetRef("sales", partition=slices_of(wanted.only(part)))
        manager.save(ref, pa.table({"n": [1]}))
    found = held_by(Store("lake", spec, manager, "default"), AssetRef("sales"), wanted)
    assert list(found) == list(wanted)[::2]
    assert manager.wholes == 1


TICKS = """
from datetime import datetime, UTC
from vibepiper.partitions import hourly
PARTS = @grid("2026-03-01", end="2026-03-03", column="at", name="time")

@asset(partitions=PARTS, io_manager="warehouse")
def ticks(time: str):
    return [{"at": datetime.fromisoformat(time).replace(tzinfo=UTC)}]
"""


def test_what_was_made_by_hours_is_there_by_days_where_the_day_is_whole(engine):
    engine.pipeline(TICKS.replace("@grid", "hourly"), WAREHOUSE)
    engine.cli("backfill", "ticks", "--from", "2026-03-01T00", "--to", "2026-03-01T22")
    engine.cli("backfill", "ticks", "--from", "2026-03-02T00")
    engine.pipeline(TICKS.replace("@grid", "daily"), WAREHOUSE)
    found = engine.folder.json("partitions", "ticks")
    assert found["made"] == {"count": 1, "which": "2026-03-02 (1)"}
    assert found["missing"] == {"count": 1, "which": "2026-03-01 (1)"}
    engine.pipeline(TICKS.replace("@grid", "hourly"), WAREHOUSE)
    assert engine.folder.json("partitions", "ticks")["missing"]["which"] == "2026-03-01T23 (1)"
