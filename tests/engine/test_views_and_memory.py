"""Assets that store nothing, and assets that one process alone keeps."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper import PluginHost, Session, StateStore, make_plan, run_plan
from vibepiper.errors import MissingCapability, MissingUpstreamData

VIEW = """
@asset
def numbers():
    called("numbers")
    return [{"n": 1}, {"n": 2}]


@asset(materialization="view")
def doubled(numbers):
    called("doubled")
    return [{"n": 2 * n} for n in numbers["n"].to_pylist()]


@asset
def total(doubled):
    called("total")
    return [{"n": sum(doubled["n"].to_pylist())}]
"""
MEMORY = """
@asset(materialization="in_memory")
def numbers():
    called("numbers")
    return [{"n": 1}, {"n": 2}]


@asset
def total(numbers):
    return [{"n": sum(numbers["n"].to_pylist())}]
"""


def test_a_view_stores_nothing_and_what_needs_it_computes_it(stored):
    run = stored.pipeline(VIEW).make()
    assert run.statuses == dict.fromkeys(("numbers", "doubled", "total"), "succeeded")
    assert stored.rows("total") == [{"n": 6}]
    assert (stored.exists("doubled"), run["doubled"].uri) == (False, None)


def test_a_view_is_computed_once_by_each_step_that_reads_it(engine):
    engine.pipeline(VIEW + "\n\n@asset\ndef other(doubled): return doubled").make()
    assert engine.calls.count("doubled") == 2


def test_a_view_of_a_view_is_computed_through(engine):
    engine.pipeline(
        VIEW
        + """

@asset(materialization="view")
def more(doubled):
    return [{"n": n + 1} for n in doubled["n"].to_pylist()]


@asset
def end(more):
    return more
"""
    ).make()
    assert engine.values("end", "n") == [3, 5]


@pytest.mark.parametrize("kind", ["pa.Table", "pa.RecordBatchReader", "list[dict]"])
def test_a_view_arrives_as_the_parameter_asks(engine, kind):
    engine.pipeline(
        f"""
        @asset(materialization="view")
        def lines():
            for n in range(3):
                yield {{"n": n}}


        @asset
        def kinds(lines: {kind}):
            rows = lines if isinstance(lines, list) else list(lines)
            return [{{"kind": type(lines).__name__}}] if rows else []
        """
    ).make()
    expected = {"pa.Table": "Table", "pa.RecordBatchReader": "RecordBatchReader"}
    assert engine.rows("kinds") == [{"kind": expected.get(kind, "list")}]


def test_what_is_below_a_view_is_made_again_when_what_is_above_it_changed(engine):
    engine.pipeline(VIEW).make()
    assert engine.make().statuses["total"] == "cached"
    engine.pipeline(VIEW.replace('{"n": 2}]', '{"n": 5}]')).make()
    assert engine.rows("total") == [{"n": 12}]


def test_what_is_below_a_view_is_made_again_when_the_views_code_changed(engine):
    engine.pipeline(VIEW).make()
    engine.pipeline(VIEW.replace("2 * n", "3 * n")).make("total")
    assert engine.rows("total") == [{"n": 9}]


def test_a_view_that_returns_nothing_is_named_by_what_reads_it(engine):
    run = engine.pipeline(
        """
        @asset(materialization="view")
        def nothing(): pass


        @asset
        def below(nothing): return nothing
        """
    ).run()
    assert "asset 'nothing' is a view and returned None" in run.message("below")


def test_what_a_view_raises_is_told_by_what_reads_it(engine):
    run = engine.pipeline(VIEW.replace("2 * n", "n / 0")).run()
    assert "ZeroDivisionError" in run.message("total")
    assert "in doubled" in run["total"].failure.traceback


def test_a_table_that_becomes_a_view_is_not_read_from_its_store(engine):
    engine.pipeline(VIEW.replace('(materialization="view")', "")).make()
    changed = VIEW.replace("2 * n", "5 * n")
    engine.pipeline(changed).make()
    assert engine.rows("total") == [{"n": 15}]


def test_a_view_that_becomes_a_table_is_stored(engine):
    engine.pipeline(VIEW).make()
    engine.pipeline(VIEW.replace('(materialization="view")', "")).make()
    assert engine.values("doubled", "n") == [2, 4]


def test_a_view_reads_only_what_is_published(engine):
    """Its upstream outside the selection has no data: refused before anything runs."""
    engine.pipeline(VIEW)
    with pytest.raises(MissingUpstreamData, match="'total' needs 'numbers', which is not part"):
        engine.plan("total")


def test_memory_is_read_within_the_run(engine):
    engine.pipeline(MEMORY).make()
    assert engine.rows("total") == [{"n": 3}]


def test_what_memory_kept_is_made_again_by_the_next_run(engine):
    engine.pipeline(MEMORY).make()
    run = engine.make()
    assert engine.calls == ["numbers", "numbers"]
    assert run.statuses == {"numbers": "succeeded", "total": "succeeded"}


def test_what_another_process_kept_in_memory_is_refused_when_the_plan_is_made(engine):
    engine.pipeline(MEMORY).make()
    with pytest.raises(MissingUpstreamData, match="'total' needs 'numbers', which is not part"):
        engine.plan("total", force=True)


@pytest.mark.parametrize("below", ["memory", "default"])
def test_memory_across_processes_is_refused_by_name_before_anything_runs(engine, below):
    engine.pipeline(MEMORY.replace("@asset\n", f'@asset(io_manager="{below}")\n'))
    if below == "default":
        engine.folder.add("vibepiper.toml", engine.config)
    with pytest.raises(MissingCapability, match="asset 'numbers' is kept in the memory of one"):
        engine.run(executor="processes")
    assert engine.calls == []


def test_memory_is_refused_across_processes_where_a_view_lies_between(engine):
    """What an earlier run of this process left in memory no other process reads."""
    text = VIEW.replace("@asset\ndef numbers", '@asset(materialization="in_memory")\ndef numbers')
    project = engine.pipeline(text).load()
    with Session(project, PluginHost()) as session, StateStore(project.state) as state:
        run_plan(make_plan(session, state, selectors=["numbers"]), session, state)
        plan = make_plan(session, state, selectors=["doubled", "total"])
        with pytest.raises(MissingCapability, match="asset 'numbers' is kept in the memory of one"):
            run_plan(plan, session, state, executor="processes")
    assert engine.calls == ["numbers"]


def test_objects_are_kept_in_memory(engine):
    engine.pipeline(
        """
        @asset(materialization="in_memory")
        def model():
            return {"slope": 2}


        @asset
        def scores(model: dict):
            return [{"score": model["slope"] * 3}]
        """
    ).make()
    assert engine.rows("scores") == [{"score": 6}]


def test_a_run_that_is_resumed_makes_again_what_only_memory_had(engine):
    engine.pipeline(MEMORY.replace('return [{"n": sum', 'assert False\n    return [{"n": sum'))
    failed = engine.run()
    engine.pipeline(MEMORY)
    engine.cli("run", "--resume", failed.id)
    assert engine.rows("total") == [{"n": 3}]


def test_a_file_is_written_at_its_uri(engine):
    engine.pipeline(
        """
        @asset(materialization="file", uri="out/numbers.csv")
        def numbers():
            return [{"n": 1}, {"n": 2}]
        """
    ).make()
    assert (engine.root / "data/out/numbers.csv").read_text().split() == ['"n"', "1", "2"]


def test_a_file_in_a_store_of_files_needs_no_uri(engine):
    engine.pipeline('@asset(materialization="file")\ndef numbers(): return [{"n": 1}]').make()
    assert engine.table("numbers") == pa.table({"n": [1]})


def test_a_view_is_shown_as_it_is_now(engine):
    engine.pipeline(VIEW)
    assert "Make it: vibepiper run --select +numbers" in engine.cli("show", "doubled", code=2)
    engine.make()
    assert engine.folder.json("show", "doubled")["first_rows"] == [{"n": 2}, {"n": 4}]
