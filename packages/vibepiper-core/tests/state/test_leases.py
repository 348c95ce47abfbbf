"""Leases and claims: who may write what, and for how long."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from vibepiper.errors import AssetBusy, LeaseLost, StateError
from vibepiper.partitions.span import Span
from vibepiper.state import Claim, StateStore, StepKey
from vibepiper.state.tables import claims, fencing, runs

from .conftest import event, make

DAY = 86_400


def expire(store, run_id):
    """Ends a lease now, as time does."""
    store._channel.execute(runs.update().where(runs.c.id == run_id).values(lease_until=1))


def test_tokens_grow_with_every_lease(store, begin):
    tokens = []
    for _ in range(5):
        with_lease = begin(store, "a")
        tokens.append(with_lease.token)
        store.end_run(with_lease.run_id, "succeeded")
    assert tokens == sorted(set(tokens))
    assert abs(tokens[0] / 1e6 - time.time()) < 60


def test_tokens_grow_also_when_the_clock_went_back(store, begin):
    """A counter that is ahead of the clock goes on from where it is."""
    ahead = int(time.time() * 1e6) + 10**12
    store._channel.execute(fencing.update().values(token=ahead))
    assert begin(store, "a").token == ahead + 1


def test_a_run_of_the_same_asset_is_refused(store, open_store, begin):
    lease = begin(store, "orders")
    said = (
        rf"asset 'orders' is being made by run {lease.run_id} since \d{{4}}-.* UTC "
        rf"\(process \d+ on .*\)\n  Wait for it .*, or stop it. `vibepiper runs {lease.run_id}`"
    )
    other = open_store()
    with pytest.raises(AssetBusy, match=said):
        begin(other, "sums", "orders")
    assert [run.id for run in other.runs()] == [lease.run_id]
    begin(other, "sums")


def test_what_is_refused_leaves_nothing(store, open_store, begin):
    """Neither steps nor claims nor the lock that says that a process lives."""
    begin(store, "a")
    other = open_store()
    with pytest.raises(AssetBusy):
        begin(other, "a", "b", run_id="refused")
    assert other.steps("refused") == []
    begin(other, "b")


def test_other_environments_do_not_collide(store, open_store, begin):
    begin(store, "a")
    begin(open_store(), "a", environment="prod")


@pytest.mark.parametrize(
    ("held", "wanted", "busy"),
    [
        (Span("", 0, DAY), Span("", DAY, 2 * DAY), False),
        (Span("", 0, DAY), Span("", DAY - 1, 2 * DAY), True),
        (Span("eu", 0, DAY), Span("us", 0, DAY), False),
        (Span("eu", 0, DAY), Span("eu", 0, DAY), True),
        (Span("", 0, 9 * DAY), Span("", 3 * DAY, 4 * DAY), True),
        (Span("", 3 * DAY, 4 * DAY), Span("", 0, 9 * DAY), True),
        (Span("", 0, DAY), None, True),
        (None, Span("", 0, DAY), True),
        (None, None, True),
    ],
)
def test_claims_meet_where_their_spans_do(store, open_store, begin, held, wanted, busy):
    begin(store, claims=[Claim("a", held)])
    other = open_store()
    if not busy:
        begin(other, claims=[Claim("a", wanted)])
        return
    with pytest.raises(AssetBusy, match="asset 'a'"):
        begin(other, claims=[Claim("a", wanted)])


def test_a_busy_span_is_named(store, open_store, begin):
    begin(store, claims=[Claim("a", Span("eu", 1_767_225_600, 1_767_312_000))])
    said = re.escape("asset 'a', partitions 'eu' 2026-01-01 .. 2026-01-02, is being made by run")
    with pytest.raises(AssetBusy, match=said):
        begin(open_store(), claims=[Claim("a", Span("eu", 1_767_225_600, 1_767_229_200))])


def test_claims_that_touch_are_one_row(store, begin):
    spans = [Claim("a", Span("", n * DAY, (n + 1) * DAY)) for n in range(100)]
    begin(store, claims=[*spans, Claim("b"), Claim("b", Span("", 0, 1))])
    found = {(row.asset, row.label, row.end) for row in store._channel.rows(claims.select())}
    assert found == {("a", "", 100 * DAY), ("b", None, None)}


def test_the_end_of_a_run_frees_what_it_claimed(store, open_store, begin):
    lease = begin(store, "a")
    store.end_run(lease.run_id, "failed")
    begin(open_store(), "a")


def test_a_commit_renews_a_lease_that_has_run_out(store, begin):
    lease = begin(store, "a", lease_seconds=60)
    for _ in range(2):
        expire(store, lease.run_id)
        said = r"no longer holds its lease: it was not renewed for 60 s"
        with pytest.raises(LeaseLost, match=said):
            lease.check()
        store.commit()
        lease.check()


def test_commits_renew_a_lease_only_when_that_is_due(store, begin):
    lease = begin(store, "a", lease_seconds=60)
    until = []
    for _ in range(3):
        store.commit()
        until.append(store._channel.rows(runs.select())[0].lease_until)
    assert until[0] == until[1] == until[2]
    lease._due = 0.0
    store.commit()
    assert store._channel.rows(runs.select())[0].lease_until > until[0]


def test_a_lease_that_was_taken_writes_nothing(store, open_store, begin):
    lease = begin(store, "a")
    store.commit()
    expire(store, lease.run_id)
    other = open_store()
    taken = begin(other, "a")
    assert taken.token > lease.token
    with pytest.raises(LeaseLost, match="another process has taken the run over"):
        make(store, lease, "a", "late")
    with pytest.raises(LeaseLost):
        store.end_run(lease.run_id, "succeeded")
    with pytest.raises(LeaseLost):
        lease.check()
    assert other.latest("dev") == {}
    assert other.events(lease.run_id) == []
    assert [run.status for run in other.runs()] == ["running", "interrupted"]
    assert [step.reason for step in other.steps(lease.run_id)] == ["the run's lease ended"]


def test_one_of_many_has_the_claim_whatever_isolation_is_usual(postgres_database, begin):
    """Who waits for another's transaction sees what it wrote."""
    psycopg = pytest.importorskip("psycopg")
    name = postgres_database.rpartition("/")[2]
    with psycopg.connect(postgres_database) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation=serializable")

    def begun(number):
        try:
            return begin(stores[number], "orders", run_id=f"run-{number}")
        except AssetBusy:
            return None

    with ExitStack() as opened, ThreadPoolExecutor(4) as pool:
        stores = [opened.enter_context(StateStore(postgres_database)) for _ in range(4)]
        assert sum(lease is not None for lease in pool.map(begun, range(4))) == 1


def test_a_thread_renews_the_lease_of_a_long_step(store, begin):
    lease = begin(store, "a", lease_seconds=0.6)
    time.sleep(2)
    lease.check()


def test_check_may_be_called_from_any_thread(store, begin):
    lease = begin(store, "a")
    failed = []

    def check() -> None:
        try:
            for _ in range(50):
                lease.check()
        except StateError as error:
            failed.append(error)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_releasing_twice_changes_nothing(store, begin):
    lease = begin(store, "a")
    store.end_run(lease.run_id, "succeeded")
    lease.release()
    lease.release()
    assert store.run(lease.run_id).status == "succeeded"


def test_a_released_lease_is_a_run_that_died(store, open_store, begin):
    lease = begin(store, "a")
    lease.release()
    begin(open_store(), "a")
    assert store.run(lease.run_id).status == "interrupted"


def test_a_run_that_this_store_did_not_begin_is_not_ended(store, open_store, begin):
    lease = begin(store, "a")
    with pytest.raises(StateError, match=f"run {lease.run_id} cannot be ended here"):
        open_store().end_run(lease.run_id, "succeeded")


def test_a_resumed_run_does_what_is_not_done(store, begin):
    keys = [StepKey("a"), StepKey("b", "2026-01-01", Span("", 0, DAY)), StepKey("c"), StepKey("d")]
    lease = begin(store, steps=keys, claims=[], request={"select": ["größe"]})
    make(store, lease, "a", "load-a")
    store.end_step(event(lease, "b", "step_failed"), partition="2026-01-01", reason="no")
    store.end_step(event(lease, "c", "step_cached"))
    store.end_run(lease.run_id, "failed")

    again = store.resume_run(lease.run_id, claims=[Claim("b")], lease_seconds=30)

    assert again.token > lease.token
    left = store.unfinished_steps(lease.run_id)
    assert [(key.asset, key.partition, key.span) for key in left] == [
        ("b", "2026-01-01", Span("", 0, DAY)),
        ("d", "", None),
    ]
    statuses = {step.asset: (step.status, step.reason) for step in store.steps(lease.run_id)}
    assert statuses["b"] == statuses["d"] == ("pending", None)
    found = store.run(lease.run_id)
    assert (found.status, found.ended_at, found.request) == (
        "running",
        None,
        {"select": ["größe"]},
    )
    make(store, again, "b", "load-b", partition="2026-01-01")


def test_a_run_that_lives_is_not_resumed(store, open_store, begin):
    lease = begin(store, "a")
    said = rf"run {lease.run_id} is still under way \(process \d+ on .*\)"
    with pytest.raises(StateError, match=said):
        open_store().resume_run(lease.run_id, claims=[])
    lease.check()


def test_a_run_that_died_is_resumed(store, open_store, begin):
    lease = begin(store, "a")
    lease.release()
    other = open_store()
    again = other.resume_run(lease.run_id, claims=[Claim("a")])
    assert again.run_id == lease.run_id
    with pytest.raises(AssetBusy):
        begin(store, "a")


def test_a_run_that_is_unknown_is_not_resumed(store):
    with pytest.raises(StateError, match="there is no run nothing"):
        store.resume_run("nothing", claims=[])


def test_resuming_is_refused_while_another_makes_the_same(store, open_store, begin):
    lease = begin(store, "a")
    store.end_run(lease.run_id, "failed")
    other = begin(store, "a")
    with pytest.raises(AssetBusy, match=other.run_id):
        open_store().resume_run(lease.run_id, claims=[Claim("a")])
    assert store.run(lease.run_id).status == "failed"


def test_two_runs_of_one_id_are_refused(store, open_store, begin):
    begin(store, "a", run_id="same")
    with pytest.raises(StateError, match=r"UNIQUE constraint|duplicate key"):
        begin(open_store(), "b", run_id="same")
    assert [key.asset for key in store.unfinished_steps("same")] == ["a"]


def test_only_one_of_many_that_begin_at_once_gets_the_asset(open_store, begin):
    outcomes = []
    barrier = threading.Barrier(6)

    def run(number: int) -> None:
        store = open_store()
        barrier.wait()
        try:
            begin(store, "a", run_id=f"r{number}")
            outcomes.append("got it")
        except AssetBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy"] * 5 + ["got it"]


def test_twenty_thousand_steps_and_claims_begin(store, open_store, begin):
    assets = [f"a{number}" for number in range(20_000)]
    lease = begin(store, *assets)
    assert len(store.unfinished_steps(lease.run_id)) == 20_000
    with pytest.raises(AssetBusy, match="asset 'a19999'"):
        begin(open_store(), "a19999")
