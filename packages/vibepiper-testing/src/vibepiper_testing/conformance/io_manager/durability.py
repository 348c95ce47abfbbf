"""The capability ``durable``: other processes, killed processes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper import AssetRef

from vibepiper_testing.conformance.io_manager.store import (
    NEW,
    OLD,
    StoreSuite,
    contents,
    load_of,
)
from vibepiper_testing.conformance.suite import needs
from vibepiper_testing.conformance.writer import ROWS, Order, start_writer

__all__ = ["DurabilitySuite"]

Writer = Callable[..., Any]


class DurabilitySuite(StoreSuite):
    """What a store with ``durable`` promises. ``kills`` is how many writers are killed, and
    ``kills_long`` in the tests that are marked ``long``; ``patience`` how many seconds a server
    may take to notice that a client is dead."""

    kills: ClassVar[int] = 8
    kills_long: ClassVar[int] = 200
    patience: ClassVar[float] = 30

    @pytest.fixture
    def writer(self, settings: Mapping[str, object], tmp_path: Path) -> Writer:
        """Starts a process that writes to the same store; it is killed at the block's end."""

        def start(ref: AssetRef, value: int, *, times: int, stage: bool = False) -> Any:
            order = Order(self.component, dict(settings), str(tmp_path), ref, value, times, stage)
            return start_writer(order)

        return start

    @needs("durable")
    def test_what_is_saved_outlives_the_component(
        self, make: Callable[[], Any], subject: Any, ref: AssetRef
    ) -> None:
        """What was saved is there for another component of the same settings."""
        subject.save(ref, OLD)
        other = make()
        assert other.exists(ref)
        assert contents(other, ref).to_pylist() == OLD.to_pylist()

    @needs("durable")
    def test_what_another_process_saves_is_seen(
        self, subject: Any, ref: AssetRef, writer: Writer
    ) -> None:
        """What another process has saved is loaded, though this one has read the asset before."""
        subject.save(ref, OLD)
        contents(subject, ref)
        with writer(ref, 7, times=1) as process:
            assert process.wait() == 0
        assert set(contents(subject, ref)["n"].to_pylist()) == {7}

    @needs("durable")
    def test_two_processes_at_once_leave_the_table_of_one(
        self, subject: Any, ref: AssetRef, writer: Writer
    ) -> None:
        """Of two processes that save one asset at once, one's table is left, whole."""
        with writer(ref, 1, times=6) as one, writer(ref, 2, times=6) as two:
            assert (one.wait(), two.wait()) == (0, 0), "a writer failed: see above"
        check_whole(subject, ref, {1, 2})

    @needs("durable")
    def test_a_killed_process_leaves_the_table_whole(
        self, subject: Any, ref: AssetRef, writer: Writer
    ) -> None:
        """A process killed at any moment of a save leaves the old table or the new one, and the
        next save works."""
        kill_writers(subject, ref, writer, self.kills)

    @needs("durable")
    @pytest.mark.long
    @pytest.mark.timeout(1800)
    def test_many_killed_processes_leave_the_table_whole(
        self, subject: Any, ref: AssetRef, writer: Writer
    ) -> None:
        """A process killed at any moment of a save leaves the old table or the new one, and the
        next save works: hundreds of times."""
        kill_writers(subject, ref, writer, self.kills_long)

    @needs("durable")
    @needs("staging")
    def test_what_a_killed_process_staged_is_collected(
        self, subject: Any, ref: AssetRef, writer: Writer
    ) -> None:
        """What a killed process has left staged is removed by the asset's next loads."""
        dead = load_of(ref)
        with writer(dead, 1, times=1, stage=True) as process:
            assert process.stdout.readline() == "done\n"
            assert subject.exists(dead)
            process.kill()
        deadline = time.monotonic() + self.patience
        while subject.exists(dead) and time.monotonic() < deadline:
            time.sleep(0.05)
            subject.save(ref, NEW)
        assert not subject.exists(dead), "litter was left"


def kill_writers(store: Any, ref: AssetRef, writer: Writer, kills: int) -> None:
    """Kills writers at moments of their second save, as long as their first one took: however
    slow the store or the machine, all of a save is hit."""
    dice = random.Random(kills)
    store.save(ref, pa.table({"n": [0] * ROWS}))
    for value in range(1, kills + 1):
        with writer(ref, value, times=1_000_000) as process:
            began = time.monotonic()
            assert process.stdout.readline() == "done\n", "the writer failed: see above"
            time.sleep(dice.random() * (time.monotonic() - began))
            process.kill()
        check_whole(store, ref, set(range(value + 1)))
    store.save(ref, NEW)
    assert contents(store, ref).to_pylist() == NEW.to_pylist()


def check_whole(store: Any, ref: AssetRef, values: set[int]) -> None:
    """The table is that of one save: all its rows, one value in all of them."""
    column = contents(store, ref)["n"]
    assert len(column) == ROWS, "rows were lost or added"
    found = set(column.unique().to_pylist())
    assert len(found) == 1, "two saves are mixed"
    assert found <= values
