"""The capability ``staging``: written aside, then published in one step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from vibepiper import AssetRef
from vibepiper.errors import NotMaterialized, StoreError

from vibepiper_testing.conformance.io_manager.store import NEW, OLD, StoreSuite, contents, load_of
from vibepiper_testing.conformance.round_trips import failing_stream
from vibepiper_testing.conformance.suite import needs

__all__ = ["StagingSuite"]


class StagingSuite(StoreSuite):
    """What a store with ``staging`` promises."""

    @needs("staging")
    def test_staged_data_is_apart_until_it_is_published(self, subject: Any, ref: AssetRef) -> None:
        """Staged data is loaded by its load id; readers of the asset see it once published."""
        subject.save(ref, OLD)
        load = load_of(ref)
        staged = subject.stage(load, NEW)
        assert subject.exists(load)
        assert contents(subject, load).to_pylist() == NEW.to_pylist()
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()
        subject.publish(load, staged)
        assert contents(subject, ref).to_pylist() == NEW.to_pylist()
        assert not subject.exists(load), "what was published is still staged"

    @needs("staging")
    def test_the_first_load_is_not_there_before_it_is_published(
        self, subject: Any, ref: AssetRef
    ) -> None:
        """Staging an asset's first load does not make the asset exist."""
        subject.stage(load_of(ref), OLD)
        assert not subject.exists(ref)
        with pytest.raises(NotMaterialized, match=ref.key):
            contents(subject, ref)

    @needs("staging")
    def test_publishing_a_load_again_changes_nothing(self, subject: Any, ref: AssetRef) -> None:
        """To publish the same load id again changes nothing and is no error."""
        load = load_of(ref)
        staged = subject.stage(load, NEW)
        first = subject.publish(load, staged)
        again = subject.publish(load, staged)
        assert (again.uri, again.rows) == (first.uri, first.rows)
        assert contents(subject, ref).to_pylist() == NEW.to_pylist()

    @needs("staging")
    def test_a_load_that_was_replaced_does_not_come_back(self, subject: Any, ref: AssetRef) -> None:
        """To publish a load that another has replaced leaves the later one published."""
        first, second = load_of(ref), load_of(ref)
        staged = subject.stage(first, OLD)
        subject.publish(first, staged)
        subject.publish(second, subject.stage(second, NEW))
        with contextlib.suppress(StoreError):
            subject.publish(first, staged)
        assert contents(subject, ref).to_pylist() == NEW.to_pylist()

    @needs("staging")
    def test_discarded_data_is_gone(self, subject: Any, ref: AssetRef) -> None:
        """Discarded data is gone, cannot be published, and what was published stays."""
        subject.save(ref, OLD)
        load = load_of(ref)
        staged = subject.stage(load, NEW)
        subject.discard(load)
        subject.discard(load)
        assert not subject.exists(load)
        with pytest.raises(StoreError, match=ref.key):
            subject.publish(load, staged)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    @needs("staging")
    def test_a_failed_stage_leaves_nothing(self, subject: Any, ref: AssetRef) -> None:
        """When the data raises midway nothing is staged, and what was published stays."""
        subject.save(ref, OLD)
        load = load_of(ref)
        with pytest.raises(Exception, match=r"(?s)."):
            subject.stage(load, failing_stream())
        assert not subject.exists(load)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    @needs("staging")
    def test_loads_of_one_asset_are_staged_side_by_side(self, subject: Any, ref: AssetRef) -> None:
        """Two loads of one asset are staged at once; the one published last is what is read."""
        first, second = load_of(ref), load_of(ref)
        staged = [subject.stage(first, OLD), subject.stage(second, NEW)]
        assert contents(subject, first).to_pylist() == OLD.to_pylist()
        subject.publish(second, staged[1])
        subject.publish(first, staged[0])
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()

    @needs("staging")
    @needs("durable")
    def test_a_living_load_is_left_alone(
        self, make: Callable[[], Any], subject: Any, ref: AssetRef
    ) -> None:
        """What another, living component has staged survives a load of the same asset."""
        other, load = make(), load_of(ref)
        staged = other.stage(load, OLD)
        subject.save(ref, NEW)
        other.publish(load, staged)
        assert contents(subject, ref).to_pylist() == OLD.to_pylist()
