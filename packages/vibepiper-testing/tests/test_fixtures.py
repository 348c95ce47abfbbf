"""The fixtures, as a test uses them."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import (
    AssetRef,
    CheckContext,
    PluginHost,
    Session,
    asset,
    load_project,
    make_plan,
    run_plan,
)
from vibepiper.errors import StoreError
from vibepiper_testing import FixedInput, MemoryFileFormat, fixtures

PLUGIN = """
from vibepiper import ComponentSpec, hookimpl

@hookimpl
def vibepiper_components():
    return [ComponentSpec("io_manager", "tiny", "tiny:Store", "Tiny.")]
"""


@asset
def orders():
    return [{"id": 1}]


@asset
def report(orders: pa.Table):
    return orders


def test_materialize_works_in_the_tests_own_folder(materialize, tmp_path):
    @asset
    def written():
        (tmp_path / "seen").touch()
        return [{"id": 1}]

    assert materialize(written).rows(written) == [{"id": 1}]
    assert (tmp_path / "seen").exists()


def test_a_graph_and_a_context_for_functions_called_by_hand(asset_graph, asset_context):
    assert asset_graph(orders, report).upstream("report") == ("orders",)
    asset_context.log("one")
    assert (asset_context.lines, asset_context.environment) == (["one"], "test")


def test_time_stands_until_it_is_moved(frozen_clock, materialize):
    noon = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    assert {event.at for event in materialize(orders).events} == {noon}
    frozen_clock.shift(dt.timedelta(days=1))
    assert dt.datetime.now(dt.UTC) == noon + dt.timedelta(days=1)


def test_a_project_with_a_plugin_is_driven_from_outside(project_folder, plugin_site):
    plugin_site.install("tiny", PLUGIN)
    project_folder.write("from vibepiper import asset\n@asset\ndef a(): return [{'x': 1}]\n")
    assert project_folder.vibepiper("run").returncode == 0
    assert [row["asset"] for row in project_folder.json("list")] == ["a"]
    assert "tiny" in {plugin["name"] for plugin in project_folder.json("plugins")}
    with pytest.raises(AssertionError, match="no JSON"):
        project_folder.json("run", "--help")


def test_a_projects_run_is_recorded(project_folder, event_recorder, run_state, plugin_host):
    project_folder.write("from vibepiper import asset\n@asset\ndef a(): return [{'x': 1}]\n")
    with Session(load_project(project_folder.root), plugin_host) as session:
        run_plan(make_plan(session), session, run_state, observers=[event_recorder])
    assert event_recorder.kinds[-1] == "run_finished"
    assert (len(run_state.runs()), event_recorder.rows) == (1, {"a": 1})


def test_secrets_are_set_for_one_test(set_secret):
    set_secret("SHOP_PASSWORD", "x")
    assert os.environ["SHOP_PASSWORD"] == "x"


def test_fake_rows_are_the_same_at_every_run(fake_rows):
    assert fake_rows({"x": pa.int64()}, 20).equals(fake_rows({"x": pa.int64()}, 20))


def test_a_store_a_database_and_a_file_format_in_memory(
    memory_io_manager, memory_database, memory_file_format, tmp_path
):
    table = pa.table({"x": [1, 2]})
    memory_io_manager.save(AssetRef("a"), table)
    assert memory_io_manager.load(AssetRef("a")) == table
    assert memory_database.ingest("t", table) == 2
    assert memory_database.query("SELECT sum(x) AS s FROM t").read_all()["s"].to_pylist() == [3]
    assert memory_file_format.write(table, tmp_path / "t") == 2
    assert memory_file_format.read(tmp_path / "t").read_all() == table
    assert list(tmp_path.glob("t")) == []
    with pytest.raises(StoreError, match="no such file in memory"):
        memory_file_format.read(tmp_path / "u")


def test_an_executor_fails_the_steps_it_is_told_to(materialize, scripted_executor):
    scripted_executor.failing["report"] = "its machine went away"
    result = materialize(orders, report, executor=scripted_executor, raise_on_error=False)
    assert [step.status for step in result.run.steps] == ["succeeded", "failed"]
    assert scripted_executor.asked == ["orders", "report"]


def test_a_database_in_memory_is_a_database(memory_database):
    def fail():
        with memory_database.transaction() as transaction:
            transaction.ingest("t", pa.table({"x": [1]}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(StoreError, match="t does not exist"):
        memory_database.schema("t")
    memory_database.ping()
    memory_database.ingest("t", pa.table({"x": [1]}))
    memory_database.ingest("t", pa.table({"x": [2]}), mode="append")
    assert memory_database.execute("DELETE FROM t WHERE x = ?", [1]) == 1
    with pytest.raises(StoreError, match="already exists"):
        memory_database.ingest("t", pa.table({"x": [1]}))


def test_a_validator_and_an_input_that_do_as_they_are_told(scripted_validator, materialize):
    assert scripted_validator.evaluate([], pa.table({"x": [1]}), CheckContext("a")) == []
    given = FixedInput("value")
    source = type("Source", (), {"ref": AssetRef("orders")})()
    assert (given.load(source), given.asked) == ("value", ["orders"])


def test_pytest_starts_without_what_fixtures_need(tmp_path: Path):
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    heavy = {'pyarrow', 'duckdb', 'pydantic', 'sqlalchemy', 'sqlglot'}\n"
        "    assert sorted(heavy & set(sys.modules)) == []\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_fixture_is_used_here():
    used = (
        Path(__file__).read_text() + Path(__file__).with_name("test_testing_servers.py").read_text()
    )
    assert [name for name in fixtures.__all__ if f"{name}" not in used] == []


STAND_INS = """
from vibepiper import ComponentSpec, hookimpl
from vibepiper_testing import FixedInput, MemoryFileFormat

class Frame: ...

class GivenInput(FixedInput):
    def __init__(self):
        super().__init__("given")

@hookimpl
def vibepiper_components():
    return [
        ComponentSpec("input", "acme:Frame", "acme:GivenInput", "Gives one value."),
        ComponentSpec("file_format", "acme", "vibepiper_testing:MemoryFileFormat", "In memory."),
    ]
"""


def test_stand_ins_are_found_by_kind_and_name_like_a_plugins(plugin_site, materialize):
    plugin_site.install("acme", STAND_INS)
    frame = importlib.import_module("acme").Frame

    def taken(orders):
        return {"is": orders}

    taken.__annotations__["orders"] = frame
    assert materialize(orders, made := asset(taken)).data(made) == {"is": "given"}
    host = PluginHost()
    assert host.load(host.spec("file_format", "acme")) is MemoryFileFormat
