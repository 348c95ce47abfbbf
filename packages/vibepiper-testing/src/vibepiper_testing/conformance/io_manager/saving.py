"""Saving and loading."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentSpec
from vibepiper.data import as_reader
from vibepiper.errors import NotMaterialized

from vibepiper_testing.conformance.io_manager.store import NEW, OLD, StoreSuite, contents
from vibepiper_testing.conformance.round_trips import failing_stream

__all__ = ["SavingSuite"]

METHODS = {
    "places": ("place",),
    "query": ("relation",),
    "staging": ("stage", "publish", "discard"),
}


class SavingSuite(StoreSuite):
    """What every IO manager promises."""

    @pytest.mark.parametrize("capability", sorted(METHODS))
    def test_methods_are_there_as_declared(
        self, subject: Any, spec: ComponentSpec, capability: str
    ) -> None:
        """A declared capability has its methods; one that is not declared has none of them."""
        found = [name for name in METHODS[capability] if callable(getattr(subject, name, None))]
        assert found == (list(METHODS[capability]) if spec.supports(capability) else [])

    def test_nothing_is_there_before_it_is_saved(self, subject: Any, ref: AssetRef) -> None:
        """What was never saved does not exist, and loading it raises `NotMaterialized`, which
        names the asset."""
        assert not subject.exists(ref)
        with pytest.raises(NotMaterialized, match=ref.key):
            contents(subject, ref)

    def test_save_tells_what_it_wrote(self, subject: Any, ref: AssetRef) -> None:
        """`save` tells where the data is, and rows and schema as they are loaded (or None)."""
        stored = subject.save(ref, OLD)
        assert stored.uri
        assert stored.rows in (None, 2)
        assert stored.schema is None or stored.schema.equals(contents(subject, ref).schema)
        assert stored.bytes is None or stored.bytes > 0

    def test_saving_replaces_the_table_and_its_columns(self, subject: Any, ref: AssetRef) -> None:
        """A save replaces what was there, columns and all."""
        subject.save(ref, OLD)
        subject.save(ref, pa.table({"other": ["x"]}))
        assert contents(subject, ref).to_pydict() == {"other": ["x"]}

    def test_loading_twice_gives_the_same(self, subject: Any, ref: AssetRef) -> None:
        """What is loaded can be loaded again, also while the first is half read."""
        subject.save(ref, OLD)
        half = as_reader(subject.load(ref))
        half.read_next_batch()
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()
        del half
        subject.save(ref, NEW)
        assert contents(subject, ref).to_pylist() == NEW.to_pylist()

    def test_an_asset_may_read_itself_while_it_is_replaced(
        self, subject: Any, ref: AssetRef
    ) -> None:
        """An asset's own table may be the source of its next one."""
        subject.save(ref, OLD)
        subject.save(ref, subject.load(ref))
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    def test_a_failed_save_leaves_what_was_there(self, subject: Any, ref: AssetRef) -> None:
        """When the data raises midway, what was saved before is unchanged."""
        subject.save(ref, OLD)
        with pytest.raises(Exception, match=r"(?s)."):
            subject.save(ref, failing_stream())
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    def test_threads_share_a_store(self, subject: Any, ref: AssetRef) -> None:
        """Threads save and load assets at once, each table whole."""

        def work(number: int) -> int:
            one = AssetRef(f"{ref.key}_{number % 4}")
            subject.save(one, pa.table({"n": [number] * 500}))
            return len(set(contents(subject, one)["n"].to_pylist()))

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(32))) == [1] * 32

    def test_readers_see_the_old_table_or_the_new_whole(self, subject: Any, ref: AssetRef) -> None:
        """A reader sees the table before a save or after it, never a mixture or nothing."""
        subject.save(ref, pa.table({"n": [0] * 5_000}))
        with ThreadPoolExecutor(2) as pool:
            done = threading.Event()
            readers = [pool.submit(_read_until, done, subject, ref) for _ in range(2)]
            try:
                for number in range(1, 16):
                    subject.save(ref, pa.table({"n": [number] * 5_000}))
            finally:
                done.set()
            assert [reader.result() for reader in readers] == [{(5_000, 1)}] * 2


def _read_until(done: threading.Event, store: Any, ref: AssetRef) -> set[tuple[int, int]]:
    """The row counts, and how many different values, that a reader saw: at least once."""
    seen = set()
    while True:
        column = contents(store, ref)["n"]
        seen.add((len(column), len(column.unique())))
        if done.is_set():
            return seen
