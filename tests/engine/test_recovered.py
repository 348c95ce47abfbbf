"""What a run published that died before it was on record: not made twice, and not lost."""

from __future__ import annotations

import pytest

CHAIN = """
@asset
def first():
    called("first")
    return [{"n": 1}]


@asset
def second(first):
    called("second")
    if (ROOT / "broken").exists():
        raise OSError("the source went away")
    return first


@asset
def third(second):
    called("third")
    return second


@asset
def aside():
    called("aside")
    return [{"n": 2}]
"""
RECOVERED = """
@asset
def source():
    return [{"n": 1}]


@asset
def doubled(source):
    return [{"n": 2 * source["n"][0].as_py()}]
"""
UNRECORDED = """
@asset(key="id", materialization=incremental("upsert", cursor="id"))
def feed(cursor):
    return [row for row in delivered() if cursor.last is None or row["id"] > cursor.last]


@asset
def count(feed):
    return [{"n": feed.num_rows}]
"""


@pytest.mark.parametrize("mode", ["append", "upsert", "scd2", "delete_insert"])
def test_a_step_that_was_published_and_not_recorded_is_not_made_again(stored, mode):
    stored.pipeline(
        f"""
        @asset(key="id", materialization=incremental("{mode}"))
        def people():
            called("people")
            return [{{"id": 1}}, {{"id": 2}}]


        @asset(materialization=incremental("append"))
        def below(people):
            return [{{"n": people.num_rows}}]
        """
    )
    stored.die("step_succeeded", "people")
    assert "published by an earlier attempt" in stored.cli("run", "--resume")
    assert (stored.calls, stored.values("people", "id")) == (["people"], [1, 2])
    assert stored.rows("below") == [{"n": 2}]


def test_a_table_that_was_published_and_not_recorded_is_not_made_again(stored):
    stored.pipeline(CHAIN)
    stored.die("step_succeeded", "second")
    stored.cli("run", "--resume")
    assert sorted(stored.calls) == ["aside", "first", "second", "third"]


def test_a_step_that_had_begun_and_not_ended_is_made_again(stored):
    stored.pipeline(CHAIN)
    stored.die("step_started", "second")
    stored.cli("run", "--resume")
    assert sorted(stored.calls) == ["aside", "first", "second", "third"]
    assert stored.rows("third") == [{"n": 1}]


def test_what_was_recovered_has_its_rows_on_record(stored):
    stored.pipeline(CHAIN)
    stored.die("step_succeeded", "first")
    stored.cli("run", "--resume")
    shown = stored.folder.json("show", "first")
    assert shown["rows"] == 1


def test_after_a_resumed_run_nothing_is_left_to_do(stored):
    stored.pipeline(CHAIN)
    stored.die("step_succeeded", "second")
    stored.cli("run", "--resume")
    assert stored.run("second", "third").statuses == {"second": "cached", "third": "cached"}


def test_what_code_made_that_changed_since_it_was_published_is_made_by_the_next_run(stored):
    """What the store has is the old code's, and does not count as the new code's."""
    stored.pipeline(RECOVERED)
    stored.die("step_succeeded", "doubled")
    stored.pipeline(RECOVERED.replace("2 *", "20 *")).cli("run", "--resume")
    assert stored.rows("doubled") == [{"n": 2}]
    stored.make("doubled")
    assert stored.rows("doubled") == [{"n": 20}]
    assert stored.make("doubled").statuses == {"doubled": "cached"}


def test_what_was_made_of_an_upstream_that_was_made_again_since_is_made_by_the_next_run(stored):
    stored.pipeline(RECOVERED)
    stored.die("step_succeeded", "doubled")
    dead = stored.last_run()
    stored.pipeline(RECOVERED.replace('"n": 1', '"n": 5')).make("source")
    stored.cli("run", "--resume", dead.id)
    stored.make("doubled")
    assert stored.rows("doubled") == [{"n": 10}]


def test_what_was_recovered_of_the_same_code_and_inputs_is_not_made_again(stored):
    stored.pipeline(RECOVERED)
    stored.die("step_succeeded", "doubled")
    stored.cli("run", "--resume")
    assert stored.make("doubled").statuses == {"doubled": "cached"}


def test_rows_of_a_dead_run_reach_what_is_below_also_by_a_new_run(stored):
    """The run that published them died before it was on record, and nothing came after them."""
    stored.pipeline(UNRECORDED).deliver([{"id": 1}]).make()
    stored.deliver([{"id": 1}, {"id": 2}])
    stored.die("step_succeeded", "feed")
    stored.make()
    assert stored.rows("count") == [{"n": 2}]


def test_chunks_of_a_dead_run_reach_what_is_below_also_by_a_new_run(stored):
    stored.pipeline(UNRECORDED.replace('cursor="id")', 'cursor="id", chunks=True)'))
    stored.deliver([{"id": 1}]).make()
    stored.deliver([{"id": 1}, {"id": 2}])
    stored.die("step_succeeded", "feed")
    stored.make()
    assert stored.rows("count") == [{"n": 2}]


def test_a_run_without_new_rows_does_not_make_what_is_below_again(stored):
    stored.pipeline(UNRECORDED).deliver([{"id": 1}]).make()
    assert stored.make().statuses == {"feed": "succeeded", "count": "cached"}
    stored.pipeline(UNRECORDED.replace('cursor="id")', 'cursor="id", chunks=True)'))
    stored.deliver([{"id": 1}, {"id": 2}]).make()
    assert stored.make().statuses == {"feed": "succeeded", "count": "cached"}


def test_from_failure_refuses_a_run_that_died(stored):
    """It would publish once more what that one had published and not recorded."""
    stored.pipeline(
        """
        @asset(materialization=incremental("append"))
        def people():
            return [{"n": 1}]
        """
    )
    stored.die("step_succeeded", "people")
    said = stored.cli("run", "--from-failure", code=2)
    assert "could publish it twice" in said
    stored.cli("run", "--resume")
    assert stored.rows("people") == [{"n": 1}]
