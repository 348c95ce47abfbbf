"""State stores in SQLite and PostgreSQL, and runs in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vibepiper import StateStore, Stored
from vibepiper.events import Event
from vibepiper.state import Claim, Lease, StepKey

Open = Callable[..., StateStore]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / "state.db"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def open_store(place: Path | str) -> Iterator[Open]:
    """Opens the database once more; every store is closed at the end."""
    opened = []

    def open_(**options: Any) -> StateStore:
        opened.append(StateStore(place, **options))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> StateStore:
    return open_store()


@pytest.fixture
def begin() -> Callable[..., Lease]:
    """Begins a run of some assets, all of which it claims."""
    number = itertools.count(1)

    def begin_(store: StateStore, *assets: str, **given: Any) -> Lease:
        keys = [StepKey(asset) for asset in assets]
        claims = [Claim(asset) for asset in assets]
        values = {"project": "p", "environment": "dev", "params": {}, "request": None}
        run_id = given.pop("run_id", f"run-{next(number):04d}")
        return store.begin_run(run_id, **{**values, "steps": keys, "claims": claims, **given})

    return begin_


def event(lease: Lease, asset: str | None, kind: Any = "step_succeeded", **data: Any) -> Event:
    return Event(kind, lease.run_id, asset, data)


def make(store: StateStore, lease: Lease, asset: str, load_id: str, **given: Any) -> None:
    """Records a step that ends with a materialization."""
    partition = given.get("partition", "")
    store.start_step(event(lease, asset, "step_started"), partition)
    store.commit()
    done = event(lease, asset)
    store.end_step(done, partition=partition, rows=1, load_id=load_id)
    values = {"environment": "dev", "store": "default", "stored": Stored("file:x", 1)}
    store.record_materialization(done, load_id=load_id, **{**values, **given})
    store.commit()
