"""What the run state costs: a step's two commits, the beginning of a large run, and reading."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from vibepiper import StateStore, Stored
from vibepiper.events import Event
from vibepiper.partitions.span import Span
from vibepiper.state import Claim, Lease, StepKey

from benchmarks.measure import Measure, compare

_SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("at", pa.timestamp("us", "UTC"))])
_BUDGET = "under 0.35 ms a step, flat"


def measure() -> list[Measure]:
    return [*_steps(), _begin(), _reading()]


def _steps() -> list[Measure]:
    """A step: its start and, in a second commit, its end with a materialization."""
    found = []
    for number in (200, 2_000, 20_000):
        sides = {
            "two bare commits to SQLite": lambda n=number: _bare(n),
            "two commits of the state store": lambda n=number: _run(n, _step),
            "one, with the start of the next step": lambda n=number: _run(n, _merged_step),
            "two, of a partition and its span": lambda n=number: _run(n, _partition),
        }
        measured = compare(f"{number:,} steps", sides, budget=_BUDGET, repeats=3)
        per_step = {name: seconds / number for name, seconds in measured.medians.items()}
        found.append(Measure(f"a step of {measured.question}", per_step, _BUDGET))
    return found


def _bare(number: int) -> None:
    with TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value TEXT)")
        for turn in range(2 * number):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO t (value) VALUES (?)", (str(turn),))
            connection.execute("COMMIT")
        connection.close()


Step = Callable[[StateStore, Lease, int], None]


def _run(number: int, step: Step) -> None:
    with TemporaryDirectory() as folder, StateStore(Path(folder) / "state.db") as store:
        keys = [_key(n) for n in range(number)] if step is _partition else _keys(number)
        lease = _begun(store, keys)
        for turn in range(number):
            step(store, lease, turn)
        store.end_run(lease.run_id, "succeeded")


def _keys(number: int) -> list[StepKey]:
    return [StepKey(f"asset_{turn}") for turn in range(number)]


def _key(turn: int) -> StepKey:
    return StepKey("asset", f"p{turn}")


def _begun(store: StateStore, keys: list[StepKey]) -> Lease:
    claims = [Claim(asset) for asset in {key.asset for key in keys}]
    return store.begin_run(
        "run", project="p", environment="dev", params={}, steps=keys, claims=claims
    )


def _step(store: StateStore, lease: Lease, turn: int) -> None:
    store.start_step(Event("step_started", lease.run_id, f"asset_{turn}"))
    store.commit()
    _end(store, lease, f"asset_{turn}", "", turn)
    store.commit()


def _merged_step(store: StateStore, lease: Lease, turn: int) -> None:
    _end(store, lease, f"asset_{turn}", "", turn)
    store.start_step(Event("step_started", lease.run_id, f"asset_{turn + 1}"))
    store.commit()


def _partition(store: StateStore, lease: Lease, turn: int) -> None:
    store.start_step(Event("step_started", lease.run_id, "asset", partition=f"p{turn}"))
    store.commit()
    _end(store, lease, "asset", f"p{turn}", turn)
    store.record_span("dev", "asset", Span("", turn, turn + 1), "materialized", "c1")
    store.commit()


def _end(store: StateStore, lease: Lease, asset: str, partition: str, turn: int) -> None:
    done = Event("step_succeeded", lease.run_id, asset, {"rows": 1}, partition=partition)
    store.end_step(done, rows=1, load_id=f"{turn:032x}")
    store.record_materialization(
        done,
        environment="dev",
        store="default",
        load_id=f"{turn:032x}",
        stored=Stored("file:data/x.parquet", 1, 2, "sha256:0", _SCHEMA),
    )


def _begin() -> Measure:
    """A run of 20,000 steps and claims, from nothing to its lease."""
    seconds = []
    for _ in range(5):
        with TemporaryDirectory() as folder, StateStore(Path(folder) / "state.db") as store:
            started = time.perf_counter()
            _begun(store, _keys(20_000))
            seconds.append(time.perf_counter() - started)
    return Measure("a run of 20,000 steps begins", {"begin_run": sorted(seconds)[2]}, "under 1 s")


def _reading() -> Measure:
    """After 20,000 partitions of one asset, and 2,000 assets without partitions."""
    with TemporaryDirectory() as folder, StateStore(Path(folder) / "state.db") as store:
        keys = [*_keys(2_000), *(_key(turn) for turn in range(20_000))]
        lease = _begun(store, keys)
        for turn in range(2_000):
            _end(store, lease, f"asset_{turn}", "", turn)
        for turn in range(20_000):
            _end(store, lease, "asset", f"p{turn}", 2_000 + turn)
            store.record_span("dev", "asset", Span("", turn, turn + 1), "materialized", "c1")
        store.end_run(lease.run_id, "succeeded")
        sides = {
            "latest_of one partition": lambda: store.latest_of("dev", "asset", "p777"),
            "latest of 2,001 assets": lambda: store.latest("dev"),
            "spans of 20,000 partitions": lambda: store.spans("dev", "asset", "materialized"),
            "the last 20 runs": lambda: store.runs(20),
        }
        return compare("reading", sides, budget="none")
