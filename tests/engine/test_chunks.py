"""Streams of chunks, each published by itself: what dies is gone on with behind the last one."""

from __future__ import annotations

import pytest
from vibepiper.cursor import decode_cursor

CHUNKS = """
@asset(key="id", materialization=incremental("{mode}", cursor="id", chunks=True))
def feed(cursor):
    for begin in range(cursor.last or 0, 10, 2):
        called(str(begin))
        if (ROOT / "broken").exists() and begin == 6:
            raise OSError("the source went away")
        yield [{{"id": begin + 1}}, {{"id": begin + 2}}]
"""


def cursor(engine):
    kept = engine.committed("feed").cursor
    return None if kept is None else decode_cursor(kept)


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_chunks_that_die_in_the_middle_go_on_after_the_last_that_was_committed(stored, mode):
    stored.pipeline(CHUNKS.format(mode=mode))
    stored.break_it()
    failed = stored.run()
    assert (failed.statuses, cursor(stored)) == ({"feed": "failed"}, 6)
    assert stored.values("feed", "id") == [1, 2, 3, 4, 5, 6]
    stored.mend_it()
    stored.cli("run", "--resume", failed.id)
    assert stored.calls == ["0", "2", "4", "6", "6", "8"]
    assert stored.values("feed", "id") == [*range(1, 11)]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_new_run_goes_on_after_the_last_chunk_too(stored, mode):
    stored.pipeline(CHUNKS.format(mode=mode))
    stored.break_it()
    stored.run()
    stored.mend_it()
    stored.make()
    assert stored.values("feed", "id") == [*range(1, 11)]


def test_chunks_count_all_their_rows(stored):
    run = stored.pipeline(CHUNKS.format(mode="upsert")).make()
    assert (run["feed"].rows, cursor(stored)) == (10, 10)


def test_a_chunk_that_breaks_a_rule_keeps_those_before_it(stored):
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental("upsert", cursor="id", chunks=True))
        def feed(cursor):
            yield [{"id": 1}, {"id": 2}]
            yield [{"id": 3}, {"id": None}]
        """
    )
    run = stored.run()
    assert "null" in run.message("feed")
    assert (stored.values("feed", "id"), cursor(stored)) == ([1, 2], 2)


def test_chunks_without_a_cursor_are_not_published_twice_by_a_resumed_run(stored):
    stored.pipeline(
        """
        @asset(materialization=incremental("append", chunks=True))
        def feed():
            for number in range(3):
                if (ROOT / "broken").exists() and number == 2:
                    raise OSError("the source went away")
                yield [{"id": number}]
        """
    )
    stored.break_it()
    failed = stored.run()
    stored.mend_it()
    stored.cli("run", "--resume", failed.id)
    assert stored.values("feed", "id") == [0, 1, 2]


@pytest.mark.parametrize("options", [(), ("--full-refresh",)])
def test_a_chunk_that_grew_before_the_run_was_resumed_loses_nothing(stored, options):
    """The last chunk was published, the process died, and then the source had more."""
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental("append", cursor="id", chunks=True))
        def feed(cursor):
            rows = [n for n in range(delivered()) if cursor.last is None or n > cursor.last]
            for start in range(0, len(rows), 4):
                yield [{"id": n} for n in rows[start : start + 4]]
        """
    )
    stored.deliver(6).make()
    stored.deliver(10).die("step_succeeded", "feed", *options)
    stored.deliver(13).cli("run", "--resume")
    assert stored.values("feed", "id") == [*range(13)]
    assert cursor(stored) == 12


def test_pages_without_rows_are_passed_over(stored):
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental("upsert", cursor="id", chunks=True))
        def feed(cursor):
            yield []
            yield [{"id": 1}]
            yield []
            yield [{"id": 2}]
        """
    )
    stored.make()
    assert stored.values("feed", "id") == [1, 2]


def test_a_chunk_that_is_no_table_is_refused(stored):
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental("upsert", cursor="id", chunks=True))
        def feed(cursor):
            yield [{"id": 1}]
            yield None
            yield [{"id": 2}]
        """
    )
    run = stored.run()
    assert "after 1 rows the generator yielded builtins.NoneType" in run.message("feed")
    assert stored.values("feed", "id") == [1]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_process_that_is_killed_between_chunks_is_resumed_after_the_last(stored, mode):
    killed = CHUNKS.replace('raise OSError("the source went away")', "os.kill(os.getpid(), 9)")
    stored.pipeline("import os\n" + killed.format(mode=mode))
    stored.break_it()
    stored.cli("run", code=-9)
    assert (stored.values("feed", "id"), cursor(stored)) == ([1, 2, 3, 4, 5, 6], 6)
    stored.mend_it()
    stored.cli("run", "--resume")
    assert stored.values("feed", "id") == [*range(1, 11)]


DIES_LAST = """
import os


@asset(materialization=incremental("append", cursor="id", chunks=True))
def feed(cursor):
    if cursor.last is None:
        yield [{"id": 1}]
        os._exit(9)
"""


def test_what_a_dead_run_left_of_its_last_chunk_goes_also_when_nothing_follows(engine):
    """The process may die between the publish and the clearing up after it."""
    engine.pipeline(DIES_LAST).cli("run", code=9)
    table = engine.root / "data" / "feed"
    (published,) = table.glob("*.parquet")
    litter = published.with_name(published.name.replace("-0.", "-7."))
    litter.write_bytes(published.read_bytes())
    engine.cli("run", "--resume")
    assert [*table.glob("*.parquet")] == [published]
    assert engine.values("feed", "id") == [1]


LATE = """
@asset(key="id", materialization=incremental("{mode}", cursor="ts", chunks=True))
def feed(cursor):
    for id, ts in [(1, 5), (2, 5), (3, 5), (4, 2), (5, 9)]:
        called(str(id))
        if (ROOT / "broken").exists() and id == 3:
            raise OSError("the source went away")
        yield [{{"id": id, "ts": ts}}]
"""


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_chunks_that_leave_the_cursor_where_it_was_are_published(stored, mode):
    run = stored.pipeline(LATE.format(mode=mode)).make()
    assert run["feed"].rows == 5
    assert sorted(stored.values("feed", "id")) == [1, 2, 3, 4, 5]
    assert cursor(stored) == 9


def test_a_resumed_stream_drops_no_chunk_that_leaves_the_cursor_where_it_was(stored):
    stored.pipeline(LATE.format(mode="upsert"))
    stored.break_it()
    failed = stored.run()
    assert sorted(stored.values("feed", "id")) == [1, 2]
    stored.mend_it()
    stored.cli("run", "--resume", failed.id)
    assert sorted(stored.values("feed", "id")) == [1, 2, 3, 4, 5]


def test_the_time_that_chunks_take_is_in_the_profile(engine):
    """Also where there is nothing new to publish."""
    slow = CHUNKS.format(mode="upsert").replace("    for", "    time.sleep(0.1)\n    for")
    engine.pipeline(f"import time\n{slow}")
    for _ in range(2):
        (step,) = engine.folder.json("run", "--profile")["steps"]
        assert step["profile"]["compute"] >= 0.1
