"""What the suites of IO managers share."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.component import Kind
from vibepiper.data import as_reader

from vibepiper_testing.conformance.round_trips import RoundTripSuite

__all__ = ["NEW", "OLD", "StoreSuite", "contents", "load_of"]

OLD = pa.table({"id": [1, 2], "v": ["a", None]})
NEW = pa.table({"id": [3], "v": ["c"]})


class StoreSuite(RoundTripSuite):
    """A store, and the reference of an asset that no other test uses."""

    kind: ClassVar[Kind] = "io_manager"

    @pytest.fixture
    def ref(self, name: str) -> AssetRef:
        return AssetRef(f"conformance/{name}")

    def write(self, subject: Any, name: str, data: object) -> None:
        subject.save(AssetRef(name), data)

    def read(self, subject: Any, name: str) -> pa.Table | None:
        return contents(subject, AssetRef(name)) if subject.exists(AssetRef(name)) else None


def contents(store: Any, ref: AssetRef) -> pa.Table:
    """The whole table that a store loads."""
    return as_reader(store.load(ref)).read_all()


def load_of(ref: AssetRef) -> AssetRef:
    """A new load of the asset."""
    return AssetRef(ref.key, ref.uri, uuid.uuid4().hex)
