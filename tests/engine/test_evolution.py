"""Columns that change, by the policy of the asset."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper.errors import PlanError

PEOPLE = """
@asset(key="id", materialization="incremental", evolution="{policy}")
def people():
    return delivered()
"""
ADA = {"id": 1, "name": "Ada"}


def begin(stored, policy, rows=(ADA,)):
    stored.pipeline(PEOPLE.format(policy=policy)).deliver(list(rows)).make()
    return stored


def test_evolve_adds_a_new_column_that_is_null_in_the_rows_before(stored):
    run = begin(stored, "evolve").deliver([{"id": 2, "name": "Bo", "age": 7}]).make()
    assert stored.rows("people", "id") == [
        {"id": 1, "name": "Ada", "age": None},
        {"id": 2, "name": "Bo", "age": 7},
    ]
    assert run["people"].notes == ("column 'age' (int64) was added",)


def test_evolve_keeps_a_column_that_is_not_delivered_any_more(stored):
    run = begin(stored, "evolve").deliver([{"id": 2}]).make()
    assert stored.rows("people", "id") == [ADA, {"id": 2, "name": None}]
    assert run["people"].notes == ("column 'name' was not staged",)


def test_evolve_does_not_forget_a_column_of_the_rows_that_it_updates(stored):
    begin(stored, "evolve").deliver([{"id": 1}]).make()
    assert stored.rows("people") == [ADA]


def test_evolve_widens_a_type_and_loses_nothing(stored):
    stored.pipeline(PEOPLE.format(policy="evolve"))
    stored.deliver(pa.table({"id": [1], "n": pa.array([1], pa.int32())})).make()
    run = stored.deliver([{"id": 2, "n": 2**40}]).make()
    assert stored.values("people", "n") == [1, 2**40]
    assert run["people"].notes == ("column 'n' was widened from int32 to int64",)


def test_evolve_refuses_a_type_that_would_round_what_there_is(stored):
    begin(stored, "evolve", [{"id": 1, "n": 2**60 + 1}])
    message = stored.deliver([{"id": 2, "n": 1.5}]).run().message("people")
    assert "the column 'n' is double, and int64 is published" in message
    assert stored.values("people", "n") == [2**60 + 1]


def test_evolve_refuses_types_that_nothing_holds(stored):
    begin(stored, "evolve", [{"id": 1, "n": 1}])
    message = stored.deliver([{"id": 2, "n": "two"}]).run().message("people")
    assert "the column 'n' is string, and int64 is published" in message
    assert stored.rows("people") == [{"id": 1, "n": 1}]


def test_a_narrower_type_is_cast_to_the_one_that_is_published(stored):
    begin(stored, "freeze", [{"id": 1, "n": 1}])
    narrow = pa.table({"id": pa.array([2], pa.int16()), "n": pa.array([3], pa.int32())})
    stored.deliver(narrow).make()
    assert stored.values("people", "n") == [1, 3]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": 2, "name": "Bo", "age": 7}], "the column 'age' (int64) is new"),
        ([{"id": 2}], "the column 'name' (string) is published and not staged"),
        ([{"id": 2, "name": 7}], "the column 'name' is int64, and string is published"),
    ],
)
def test_freeze_refuses_columns_that_differ_and_changes_nothing(stored, rows, message):
    run = begin(stored, "freeze").deliver(rows).run()
    assert message in run.message("people")
    assert stored.rows("people") == [ADA]


def test_discard_column_leaves_out_new_columns_and_says_so(stored):
    run = begin(stored, "discard_column").deliver([{"id": 2, "name": "Bo", "age": 7}]).make()
    assert stored.rows("people", "id") == [ADA, {"id": 2, "name": "Bo"}]
    assert run["people"].notes == ("column 'age' is new: it was left out",)


def test_discard_column_leaves_out_a_column_of_a_type_that_does_not_fit(stored):
    run = begin(stored, "discard_column").deliver([{"id": 2, "name": 7}]).make()
    assert stored.rows("people", "id") == [ADA, {"id": 2, "name": None}]
    (note,) = run["people"].notes
    assert note == "column 'name' is int64, and string is published: it was left out"


def test_discard_row_leaves_out_rows_with_a_value_in_a_new_column(stored):
    rows = [{"id": 2, "name": "Bo", "age": 7}, {"id": 3, "name": "Cy", "age": None}]
    run = begin(stored, "discard_row").deliver(rows).make()
    assert stored.rows("people", "id") == [ADA, {"id": 3, "name": "Cy"}]
    assert run["people"].rows == 1
    assert run["people"].notes[0].startswith("column 'age' is new: rows with a value were left out")


def test_the_key_is_not_discarded(stored):
    begin(stored, "discard_column")
    message = stored.deliver([{"id": "two", "name": "Bo"}]).run().message("people")
    assert "The change needs this column" in message or "the column 'id' is string" in message
    assert stored.rows("people") == [ADA]


def test_notes_are_shown_on_the_command_line(engine):
    begin(engine, "evolve").deliver([{"id": 2, "name": "Bo", "age": 7}])
    assert "note: column 'age' (int64) was added" in engine.cli("run")


def test_names_that_differ_only_in_case_are_refused(stored):
    begin(stored, "evolve")
    message = stored.deliver([{"id": 2, "Name": "Bo"}]).run().message("people")
    assert "'Name' differs from 'name' only in case" in message


def test_a_new_column_is_filled_in_by_a_full_refresh(stored):
    begin(stored, "evolve").deliver([{"id": 2, "name": "Bo", "age": 7}]).make()
    every = [{**ADA, "age": 36}, {"id": 2, "name": "Bo", "age": 7}]
    stored.deliver(every).make(full_refresh=True)
    assert stored.rows("people", "id") == every


def test_a_new_column_is_filled_in_by_upserting_the_rows_again(stored):
    begin(stored, "evolve").deliver([{"id": 2, "name": "Bo", "age": 7}]).make()
    stored.deliver([{**ADA, "age": 36}]).make()
    assert [row["age"] for row in stored.rows("people", "id")] == [36, 7]


def test_a_new_column_is_filled_in_partition_by_partition(stored):
    code = """
        DAYS = daily("2026-03-01", end="2026-03-03", column="day")


        @asset(partitions=DAYS)
        def sales(date):
            from datetime import date as Date
            return [{"day": Date.fromisoformat(date), "n": 1}]
        """
    stored.pipeline(code).cli("run", "--from=2026-03-01", "--to=2026-03-02")
    stored.pipeline(code.replace('"n": 1', '"n": 1, "tax": 2'))
    stored.cli("run", "--partition=2026-03-02")
    assert stored.values("sales", "tax") == [2, None]
    stored.cli("backfill", "sales", "--from=2026-03-01", "--to=2026-03-02")
    assert stored.values("sales", "tax") == [2, 2]


def test_a_policy_is_refused_for_a_store_that_keeps_no_columns(engine):
    engine.pipeline('@asset(io_manager="memory", evolution="freeze")\ndef a(): return [{"n": 1}]')
    with pytest.raises(PlanError, match="asset 'a' has the schema policy 'freeze'; its store"):
        engine.plan()


@pytest.mark.parametrize("policy", ["freeze", "discard_column"])
def test_the_policy_holds_for_a_table_that_is_replaced(stored, policy):
    stored.pipeline(f'@asset(evolution="{policy}")\ndef people(): return delivered()')
    stored.deliver([ADA]).make()
    run = stored.deliver([{**ADA, "age": 7}]).run()
    assert run.statuses == {"people": "failed" if policy == "freeze" else "succeeded"}
    assert stored.rows("people") == [ADA]
