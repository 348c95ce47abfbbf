"""The capability ``objects``: data that is no table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from vibepiper import AssetRef, ComponentSpec
from vibepiper.errors import DataError

from vibepiper_testing.conformance.io_manager.store import OLD, StoreSuite, contents
from vibepiper_testing.conformance.suite import lacks, needs

__all__ = ["ObjectsSuite"]

OBJECTS = [
    "text é", "", b"\x00\xff", 3, 2**70, 1.5, True, None, [1, [None]], {"a": {"b": [1]}}, (1, 2),
    {3, 4}, {1: "a"}, Decimal("0.10"), dt.date(2024, 2, 29),
]  # fmt: skip


class ObjectsSuite(StoreSuite):
    """What a store with ``objects`` promises: fully, or partly."""

    @needs("objects")
    @pytest.mark.parametrize("value", OBJECTS, ids=repr)
    def test_an_object_comes_back(
        self, subject: Any, spec: ComponentSpec, ref: AssetRef, value: object
    ) -> None:
        """An object comes back equal and of its type. In part supported, it may be refused by
        `DataError` instead, and leaves nothing."""
        try:
            subject.save(ref, value)
        except DataError:
            assert spec.capabilities["objects"] == "partial"
            assert not subject.exists(ref), "something was written"
            return
        found = subject.load(ref)
        assert (found, type(found)) == (value, type(value))

    @needs("objects")
    def test_a_table_may_follow_an_object(self, subject: Any, ref: AssetRef) -> None:
        """An asset that was an object may become a table, and back."""
        subject.save(ref, "text")
        subject.save(ref, OLD)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()
        subject.save(ref, "text")
        assert subject.load(ref) == "text"

    @lacks("objects")
    @pytest.mark.parametrize("value", OBJECTS, ids=repr)
    def test_an_object_is_refused(self, subject: Any, ref: AssetRef, value: object) -> None:
        """A store of tables alone refuses an object with `DataError`; what was there stays."""
        subject.save(ref, OLD)
        with pytest.raises(DataError):
            subject.save(ref, value)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()
