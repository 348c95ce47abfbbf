"""How much of the past is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from vibepiper.events import Event, now
from vibepiper.partitions.span import Span
from vibepiper.state import Retention
from vibepiper.state.tables import check_results, events, materializations, metadata, runs, steps

from .conftest import event, make

ALL = Retention(keep_runs=10**6, keep_days=10**4, keep_versions=10**6)


def count(store, table):
    return store._channel.rows(select(func.count()).select_from(table))[0][0]


def age(store, table, days, **chosen):
    """Makes rows older than they are."""
    column = table.c.started_at if table is runs else table.c.created_at
    where = [table.c[name] == value for name, value in chosen.items()]
    store._channel.execute(
        update(table).where(*where).values({column: now() - timedelta(days=days)})
    )


def run(store, begin, *assets, status="succeeded", **given):
    lease = begin(store, *assets, **given)
    for asset in assets:
        make(store, lease, asset, f"{asset}-{lease.run_id}")
    store.end_run(lease.run_id, status)
    return lease.run_id


def test_what_is_kept_is_not_deleted(store, begin):
    for _ in range(3):
        run(store, begin, "a")
    before = {table.name: count(store, table) for table in metadata.sorted_tables}
    store.prune(ALL)
    assert {table.name: count(store, table) for table in metadata.sorted_tables} == before


def test_too_many_runs_go_with_all_that_was_theirs(store, begin):
    ids = [run(store, begin, "a", "b") for _ in range(5)]
    pruned = store.prune(Retention(keep_runs=2, keep_days=90, keep_versions=10))
    assert [record.id for record in store.runs()] == ids[:2:-1]
    assert (pruned.runs, pruned.steps, pruned.events) == (3, 6, 12)
    assert (count(store, steps), count(store, events)) == (4, 8)
    assert len(store.history("dev", "a")) == 5


def test_runs_that_are_too_old_go(store, begin):
    old, young = (run(store, begin, "a") for _ in range(2))
    age(store, runs, 91, id=old)
    store.prune(Retention())
    assert [record.id for record in store.runs()] == [young]


def test_a_run_that_is_under_way_loses_nothing(store, begin):
    lease = begin(store, "a")
    store.record_event(event(lease, "a", "log"))
    store.commit()
    age(store, runs, 10_000)
    pruned = store.prune(Retention(keep_runs=0, keep_days=1, keep_versions=1))
    assert pruned.runs == 0
    make(store, lease, "a", "x")
    store.end_run(lease.run_id, "succeeded")
    assert store.run(lease.run_id).succeeded == 1


def test_the_newest_versions_stay(store, begin):
    for _ in range(12):
        run(store, begin, "a", "b")
    before = store.history("dev", "a")
    pruned = store.prune(Retention(keep_versions=10))
    assert store.history("dev", "a") == before[:10]
    assert pruned.materializations == 4


def test_the_newest_of_an_asset_stays_however_old(store, begin):
    run(store, begin, "a")
    age(store, materializations, 10_000)
    age(store, runs, 10_000)
    store.prune(Retention(keep_runs=0, keep_days=1, keep_versions=1))
    assert store.runs() == []
    assert list(store.latest("dev")) == ["a"]


def test_old_versions_of_partitions_go_and_their_spans_stay(store, begin):
    lease = begin(store, "a", "whole")
    make(store, lease, "whole", "w")
    for day in range(20):
        make(store, lease, "a", f"l{day}", partition=str(day))
        store.record_span("dev", "a", Span("", day, day + 1), "materialized")
    store.end_run(lease.run_id, "succeeded")
    age(store, materializations, 91, asset="whole")
    for day in range(15):
        age(store, materializations, 91, load_id=f"l{day}")

    pruned = store.prune(Retention())

    assert pruned.materializations == 15
    kept = [made.partition for made in store.history("dev", "a")]
    assert kept == ["19", "18", "17", "16", "15"]
    assert store.spans("dev", "a", "materialized") == [Span("", 0, 20)]
    assert sorted(store.latest("dev")) == ["a", "whole"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_counts_what_would_go(store, begin, dry_run):
    for _ in range(4):
        run(store, begin, "a")
    pruned = store.prune(Retention(keep_runs=1, keep_versions=2), dry_run=dry_run)
    assert (pruned.runs, pruned.steps, pruned.events, pruned.materializations) == (3, 3, 6, 2)
    assert count(store, runs) == (4 if dry_run else 1)


def test_many_rows_go_in_batches_between_which_others_write(store, open_store, begin):
    """A run of 20,000 events is not one long lock."""
    lease = begin(store, "a")
    for number in range(20_000):
        store.record_event(Event("log", lease.run_id, "a", {"n": number}))
    store.end_run(lease.run_id, "succeeded")
    other = open_store(wait_seconds=5.0)
    pruned = store.prune(Retention(keep_runs=0))
    run(other, begin, "b")
    assert (pruned.events, count(store, check_results)) == (20_000, 0)


def test_the_project_file_says_how_much_is_kept(project):
    project.write(
        "@asset\ndef a(): return 1",
        '[project]\nname = "p"\nmodules = ["pipeline.py"]\n[state]\nkeep_runs = 2\n',
    )
    for _ in range(4):
        project.cli("run")
    assert len(project.json("runs")) == 2


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("keep_runs = 0", "'state.keep_runs': input should be greater than or equal to 1"),
        ("keep_run = 5", "unknown key 'state.keep_run'\n  Did you mean 'keep_runs'?"),
    ],
)
def test_a_wrong_key_of_the_section_is_refused(project, section, said):
    config = f'[project]\nname = "p"\nmodules = ["pipeline.py"]\n[state]\n{section}\n'
    project.write("@asset\ndef a(): return 1", config)
    done = project.cli("list")
    assert (done.returncode, said in done.stderr) == (2, True)
