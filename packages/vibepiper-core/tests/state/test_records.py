"""What is recorded comes back as it was."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from vibepiper import CheckResult, Stored
from vibepiper.data_versions import of_all_partitions
from vibepiper.errors import DataError, StateError
from vibepiper.events import Event
from vibepiper.partitions.span import Span

from .conftest import event, make

NASTY = "Grüße 👋 \0 \udcff\n'; DROP TABLE runs; --"
KEPT = "Grüße 👋 \\x00 \\udcff\n'; DROP TABLE runs; --"


@pytest.fixture
def lease(store, begin):
    return begin(store, "a", "b")


def test_a_step_from_its_start_to_its_end(store, lease):
    store.start_step(event(lease, "a", "step_started"), attempt=2)
    store.commit()
    assert [s.status for s in store.steps(lease.run_id)] == ["running", "pending"]
    profile = {"rows": 3, "columns": [{"name": "größe", "min": -(2**53), "mean": math.nan}]}
    done = event(lease, "a")
    store.end_step(done, rows=2**40, load_id="l1", profile=profile)
    store.commit()

    step = store.steps(lease.run_id)[0]
    assert (step.status, step.attempt, step.rows, step.load_id) == ("succeeded", 2, 2**40, "l1")
    assert step.ended_at == done.at
    assert step.profile == {
        "rows": 3,
        "columns": [{"name": "größe", "min": -(2**53), "mean": None}],
    }


def test_what_is_recorded_is_written_by_the_next_commit_alone(store, open_store, lease):
    store.end_step(event(lease, "a"), rows=1)
    assert open_store().steps(lease.run_id)[0].status == "pending"
    store.commit()
    assert open_store().steps(lease.run_id)[0].status == "succeeded"


def test_the_end_of_one_step_and_the_start_of_the_next_are_one_commit(store, lease):
    store.start_step(event(lease, "a", "step_started"))
    store.end_step(event(lease, "a"), rows=1)
    store.start_step(event(lease, "b", "step_started"))
    store.commit()
    assert [s.status for s in store.steps(lease.run_id)] == ["succeeded", "running"]


def test_a_commit_that_fails_writes_nothing(store, open_store, lease):
    store.end_step(event(lease, "a"), rows=1)
    store.record_materialization(
        event(lease, "a"), environment="dev", store=None, load_id="x", stored=Stored("x")
    )
    with pytest.raises(StateError, match=r"NOT NULL|not-null"):
        store.commit()
    other = open_store()
    assert other.steps(lease.run_id)[0].status == "pending"
    assert other.events(lease.run_id) == []


def test_partitions_are_steps_of_their_own(store, begin):
    from vibepiper.state import StepKey

    keys = [StepKey("a", day) for day in ("2026-01-02", "2026-01-01")]
    lease = begin(store, steps=keys, claims=[])
    store.end_step(event(lease, "a", "step_failed"), partition="2026-01-01", reason="no")
    store.end_step(Event("step_cached", lease.run_id, "a", partition="2026-01-02"))
    store.commit()
    found = [(s.partition, s.status, s.reason) for s in store.steps(lease.run_id)]
    assert found == [("2026-01-02", "cached", None), ("2026-01-01", "failed", "no")]
    assert [e.partition for e in store.events(lease.run_id)] == ["2026-01-01", "2026-01-02"]
    run = store.run(lease.run_id)
    assert (run.succeeded, run.cached, run.failed) == (0, 1, 1)


def test_text_that_databases_refuse_is_kept_as_escapes(store, lease):
    store.end_step(event(lease, "a", "step_failed", message=NASTY), reason=NASTY)
    store.record_attempt(
        event(lease, "a"), attempt=1, started_at=datetime.now(UTC), status="failed", error=NASTY
    )
    failed = CheckResult(
        check=NASTY, status="failed", severity="error", column=NASTY, rows=1, failed_rows=1,
        expected=NASTY, observed=NASTY, examples=({"a": NASTY},),
    )  # fmt: skip
    store.record_checks(event(lease, "a"), [failed])
    store.commit()
    assert store.steps(lease.run_id)[0].reason == KEPT
    assert store.attempts(lease.run_id)[0].error == KEPT
    assert store.events(lease.run_id)[0].data == {"message": NASTY}


def test_every_attempt_is_kept_also_after_a_resume(store, lease):
    for attempt in (1, 2, 1):
        store.record_attempt(
            event(lease, "a", "step_retrying"),
            partition="eu",
            attempt=attempt,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            status="failed",
            error="no",
        )
    store.commit()
    found = store.attempts(lease.run_id)
    assert [(a.asset, a.partition, a.attempt, a.error) for a in found] == [
        ("a", "eu", 1, "no"),
        ("a", "eu", 2, "no"),
        ("a", "eu", 1, "no"),
    ]
    assert found[0].started_at == datetime(2026, 1, 1, tzinfo=UTC)


def tries(store, run_id):
    return [(a.asset, a.attempt, a.status, a.error) for a in store.attempts(run_id)]


def test_the_last_attempt_of_a_step_is_in_its_own_row(store, lease):
    begun = event(lease, "a", "step_started")
    store.start_step(begun)
    store.record_attempt(
        event(lease, "a", "step_retrying"),
        attempt=1, started_at=begun.at, status="failed", error="no",
    )  # fmt: skip
    again = event(lease, "a", "step_started")
    store.start_step(again, attempt=2)
    store.commit()
    assert tries(store, lease.run_id) == [("a", 1, "failed", "no")]
    done = event(lease, "a")
    store.end_step(done)
    store.commit()
    assert tries(store, lease.run_id) == [("a", 1, "failed", "no"), ("a", 2, "succeeded", None)]
    last = store.attempts(lease.run_id)[-1]
    assert (last.started_at, last.ended_at) == (again.at, done.at)


def test_a_resumed_run_remembers_how_its_steps_failed(store, begin):
    lease = begin(store, "a", "b", "c")
    store.start_step(event(lease, "a", "step_started"))
    store.end_step(event(lease, "a"))
    store.start_step(event(lease, "b", "step_started"))
    store.end_step(event(lease, "b", "step_failed"), reason="no")
    store.end_step(event(lease, "c", "step_skipped"), reason="upstream 'b' failed")
    store.end_run(lease.run_id, "failed")
    kept = [("a", 1, "succeeded", None), ("b", 1, "failed", "no")]
    assert tries(store, lease.run_id) == kept

    lease = store.resume_run(lease.run_id)
    assert tries(store, lease.run_id) == kept
    store.start_step(event(lease, "b", "step_started"))
    store.end_step(event(lease, "b"))
    store.commit()
    assert tries(store, lease.run_id) == [*kept, ("b", 1, "succeeded", None)]


def test_what_older_versions_wrote_of_a_last_attempt_is_shown_once(store, lease):
    begun, done = event(lease, "a", "step_started"), event(lease, "a")
    store.start_step(begun)
    store.end_step(done)
    store.record_attempt(done, attempt=1, started_at=begun.at, status="succeeded", error=None)
    store.commit()
    assert tries(store, lease.run_id) == [("a", 1, "succeeded", None)]


def test_a_materialization_whole(store, lease):
    schema = pa.schema([("größe", pa.decimal128(38, 9)), ("at", pa.timestamp("us", "UTC"))])
    at = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    done = Event("step_succeeded", lease.run_id, "a", at=at)
    stored = Stored("file:größe", 0, 2**41, "sha:1", schema, total_rows=7, notes=("added 'x'",))
    store.record_materialization(
        done,
        environment="dev",
        store="s",
        load_id="00ff",
        stored=stored,
        partition="2026-03-29/eu",
        code_version="c1",
        data_version="d1",
        upstream={"x": "d0", "y": ["d1", "d2"]},
        cursor="9007199254740993",
        restored_from="00ee",
    )
    store.commit()
    made = store.latest("dev")["a"]
    assert made.schema == (("größe", "decimal128(38, 9)"), ("at", "timestamp[us, tz=UTC]"))
    assert made.created_at == made.updated_at == at
    assert (made.rows, made.bytes, made.total_rows) == (0, 2**41, 7)
    assert (made.notes, made.cursor) == (("added 'x'",), "9007199254740993")
    assert (made.code_version, made.data_version, made.restored_from) == ("c1", "d1", "00ee")
    assert made.upstream == {"x": "d0", "y": ["d1", "d2"]}
    assert store.latest_of("dev", "a") is None
    assert store.latest_of("dev", "a", "2026-03-29/eu") == made


def test_the_same_load_again_updates_what_is_recorded(store, lease):
    first = event(lease, "a")
    again = Event("step_succeeded", lease.run_id, "a", at=first.at + timedelta(hours=1))
    for done, rows in ((first, 1), (again, 2)):
        store.record_materialization(
            done, environment="dev", store="s", load_id="x", stored=Stored("u", rows)
        )
        store.commit()
    (made,) = store.history("dev", "a")
    assert (made.rows, made.created_at, made.updated_at) == (2, first.at, again.at)


def test_the_same_load_twice_in_one_commit(store, lease):
    for rows in (1, 2):
        store.record_materialization(
            event(lease, "a"), environment="dev", store="s", load_id="x", stored=Stored("u", rows)
        )
    store.commit()
    assert [made.rows for made in store.history("dev", "a")] == [2]


def test_the_newest_of_each(store, lease):
    for load_id, partition in (("l1", ""), ("l2", ""), ("l3", "eu"), ("l4", "us"), ("l5", "eu")):
        make(store, lease, "a" if not partition else "b", load_id, partition=partition)
    assert {k: m.load_id for k, m in store.latest("dev").items()} == {"a": "l2", "b": "l5"}
    assert store.latest("prod") == {}
    found = store.latest_partitions(
        "dev", "b", [(key, Span(key, 0, 1)) for key in ("us", "eu", "asia")]
    )
    assert {k: m.load_id for k, m in found.items()} == {"us": "l4", "eu": "l5"}
    assert [m.load_id for m in store.history("dev", "b")] == ["l5", "l4", "l3"]
    assert [m.load_id for m in store.history("dev", "b", "eu", limit=1)] == ["l5"]
    assert store.history("dev", "b", "") == []


def test_the_last_that_changed_a_partition(store, lease):
    """Not one that made a partition as it was; but one that made it so again, after another."""
    loads = [("l1", "eu", "d1"), ("l2", "us", "d2"), ("l3", "eu", "d1"), ("l4", "us", "d2")]
    for load_id, partition, version in loads:
        make(store, lease, "a", load_id, partition=partition, data_version=version)
    last = store.last_change("dev", "a")
    assert last is not None
    assert last.load_id == "l2"
    make(store, lease, "a", "l5", partition="eu..us", data_version="d5", span=Span("", 1, 4))
    make(store, lease, "a", "l6", partition="us", data_version="d2")
    assert store.last_change("dev", "a") == store.latest("dev")["a"]
    assert store.last_change("prod", "a") is None


def test_what_stands_for_all_partitions_finds_those_of_then(store, lease):
    for load_id, partition in (("l1", "eu"), ("l2", "us"), ("l3", "eu"), ("l4", "asia")):
        make(store, lease, "a", load_id, partition=partition)
    version = of_all_partitions(store.history("dev", "a", "eu")[0])
    found = store.of_data_version("dev", "a", version)
    assert [made.load_id for made in found] == ["l2", "l3"]
    assert store.of_data_version("dev", "b", version) == []


def test_the_newest_of_partitions_that_were_made_together(store, lease):
    make(store, lease, "a", "l1", partition="2")
    make(store, lease, "a", "l2", partition="1..3", span=Span("", 1, 4))
    make(store, lease, "a", "l3", partition="x/1..3", span=Span("x", 1, 4))
    make(store, lease, "b", "l4", partition="1..3", span=Span("", 1, 4))
    make(store, lease, "a", "l5", partition="3")
    store.commit()
    days = [(str(n), Span("", n, n + 1)) for n in range(6)]
    found = store.latest_partitions("dev", "a", days)
    assert {k: m.load_id for k, m in found.items()} == {"1": "l2", "2": "l2", "3": "l5"}
    assert found["1"].span == Span("", 1, 4)
    assert found["3"].span is None
    assert store.latest_partitions("prod", "a", days) == {}


def test_many_partitions_are_asked_for_at_once(store, lease):
    make(store, lease, "a", "l", partition="7")
    found = store.latest_partitions(
        "dev", "a", ((str(n), Span("", n, n + 1)) for n in range(70_000))
    )
    assert list(found) == ["7"]


def test_a_version_is_named_by_the_beginning_of_its_load_id(store, lease):
    for load_id in ("aa11", "aa22", "b_33"):
        make(store, lease, "a", load_id)
    assert store.materialization("dev", "a", "b_").load_id == "b_33"
    with pytest.raises(StateError, match="asset 'a' has 2 versions in environment 'dev' whose"):
        store.materialization("dev", "a", "aa")
    with pytest.raises(StateError, match=r"has no versions .* begins with '%'"):
        store.materialization("dev", "a", "%")


def test_a_run_is_named_by_the_beginning_of_its_id(store, begin):
    for run_id in ("r-1", "r-2", "q"):
        lease = begin(store, run_id=run_id, request={"n": [1, None]}, code="abc")
        store.end_run(lease.run_id, "failed" if run_id == "r-1" else "succeeded")
    assert store.run("q").request == {"n": [1, None]}
    assert (store.run("q").code, store.run("q").lease_until) == ("abc", None)
    with pytest.raises(StateError, match="2 runs have an id that begins with 'r'"):
        store.run("r")
    assert store.last_run("dev").id == "r-2"
    assert store.last_run("dev", ["failed"]).id == "r-1"
    assert store.last_run("dev", ["cancelled"]) is None
    assert store.last_run("prod") is None


def test_dynamic_partitions_come_in_the_order_of_adding(store, open_store):
    assert store.add_partitions("region", ["us", "eu", "größe"]) == 3
    assert open_store().add_partitions("region", ["eu", "asia", "asia"]) == 1
    store.add_partitions("other", ["x"])
    assert store.dynamic_partitions("region") == ["us", "eu", "größe", "asia"]
    assert store.remove_partitions("region", ["eu", "nowhere"]) == 1
    store.add_partitions("region", ["eu"])
    assert store.dynamic_partitions("region") == ["us", "größe", "asia", "eu"]


@pytest.mark.parametrize("key", ["", "a/b", "\0"])
def test_a_key_that_no_partition_can_have_is_refused(store, key):
    with pytest.raises(DataError, match="dynamic partitions 'region': a key may not be empty"):
        store.add_partitions("region", ["fine", key])
    assert store.dynamic_partitions("region") == []
