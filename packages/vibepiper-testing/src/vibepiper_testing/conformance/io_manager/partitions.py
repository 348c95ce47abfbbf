"""The capability ``partitions``: parts of an asset, each written and found by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.errors import NotMaterialized
from vibepiper.io_manager import HeldRange, Slice
from vibepiper.partitions import daily, product, static

from vibepiper_testing.conformance.io_manager.store import StoreSuite, contents
from vibepiper_testing.conformance.suite import needs

__all__ = ["PartitionsSuite"]

PARTS = product(day=daily("2026-03-01", column="day"), region=static(["eu", "us"], column="region"))
DAYS = daily("2001-01-01", column="day")
MANY = 6_000


class PartitionsSuite(StoreSuite):
    """What a store with ``partitions`` promises."""

    @needs("partitions")
    def test_a_partition_is_written_and_found_by_itself(self, subject: Any, ref: AssetRef) -> None:
        """What is saved of one partition is there and loaded as that partition, replaces it
        alone, and is part of the whole."""
        for key, number in (("2026-03-01/eu", 1), ("2026-03-02/eu", 2), ("2026-03-01/eu", 3)):
            save(subject, ref, key, number)
        assert numbers(subject, parts(ref, "2026-03-01/eu")) == [3]
        assert numbers(subject, ref) == [2, 3]

    @needs("partitions")
    @pytest.mark.parametrize("lacking", ["2026-03-04/eu", "2026-03-03/us"])
    def test_partitions_exist_when_each_of_them_does(
        self, subject: Any, ref: AssetRef, lacking: str
    ) -> None:
        """Of a reference to several partitions `exists` says whether all are there; when one is
        not, `load` raises `NotMaterialized`, and gives no part of them."""
        two = ("2026-03-02/eu", "2026-03-03/eu")
        for number, key in enumerate(two):
            save(subject, ref, key, number)
        assert subject.exists(parts(ref, *two))
        assert numbers(subject, parts(ref, *two)) == [0, 1]
        more = parts(ref, *two, lacking)
        assert not subject.exists(more)
        with pytest.raises(NotMaterialized, match=ref.key):
            contents(subject, more)

    @needs("partitions")
    def test_no_partition_exists_before_the_asset_does(self, subject: Any, ref: AssetRef) -> None:
        """Of what was never saved no partition exists, however many are asked for at once."""
        assert not subject.exists(parts(ref, "2026-03-01/eu"))
        assert not subject.exists(span(ref, MANY))

    @needs("held")
    def test_what_is_held_is_what_exists(self, subject: Any, ref: AssetRef) -> None:
        """`held` tells each partition that was saved, ones that follow each other as one range or
        as several, and none of an asset that is not there."""
        assert list(subject.held(ref)) == []
        for key in ("2026-03-01/eu", "2026-03-02/eu", "2026-03-04/eu", "2026-03-02/us"):
            save(subject, ref, key, 1)
        days = sorted(day for each in subject.held(ref) for day in _days_of(each))
        assert days == [("eu", 1), ("eu", 2), ("eu", 4), ("us", 2)]
        asked = parts(ref, "2026-03-02/eu", "2026-03-03/eu", "2026-03-02/us", "2026-03-03/us")
        told = {day for each in subject.held(asked) for day in _days_of(each)}
        assert {("eu", 2), ("us", 2)} <= told <= set(days)

    @needs("ranges")
    def test_very_many_partitions_are_asked_for_at_once(self, subject: Any, ref: AssetRef) -> None:
        """Of thousands of partitions of time `exists` is as exact as of a few."""
        subject.save(span(ref, MANY), pa.table({"day": [date(2001, 1, 1)], "n": [1]}))
        assert subject.exists(span(ref, MANY))
        assert not subject.exists(span(ref, MANY + 1))

    @needs("partitions")
    @needs("apply")
    def test_the_last_load_of_partitions_is_that_of_any(self, subject: Any, ref: AssetRef) -> None:
        """`committed` tells the last load of the partitions that are asked for: None when none of
        them is there, also when others are."""
        save(subject, ref, "2026-03-01/eu", 1)
        assert subject.committed(parts(ref, "2026-03-01/eu", "2026-03-02/eu")) is not None
        assert subject.committed(parts(ref, "2026-03-02/eu", "2026-03-03/eu")) is None


def parts(ref: AssetRef, *keys: str) -> AssetRef:
    """Partitions by day and region; several are all combinations of their keys."""
    slices = [PARTS.slices(PARTS.parse(key)) for key in keys]
    return AssetRef(ref.key, partition=tuple(map(_joined, zip(*slices, strict=True))))


def _joined(slices: Sequence[Slice]) -> Slice:
    keys = tuple(dict.fromkeys(key for each in slices for key in each.keys))
    return replace(slices[0], keys=keys, end=slices[-1].end)


def _days_of(held: HeldRange) -> Iterator[tuple[str, int]]:
    assert held.begin is not None
    assert held.end is not None
    for number in range((held.end - held.begin).days):
        yield held.keys[0], held.begin.day + number


def span(ref: AssetRef, number: int) -> AssetRef:
    """So many days that follow each other."""
    days = DAYS.between(None, None).first(number)
    return AssetRef(ref.key, partition=DAYS.slices_of(days))


def save(store: Any, ref: AssetRef, key: str, number: int) -> None:
    day, region = key.split("/")
    row = {"day": [date.fromisoformat(day)], "region": [region], "n": [number]}
    store.save(parts(ref, key), pa.table(row))


def numbers(store: Any, ref: AssetRef) -> list[int]:
    return sorted(contents(store, ref)["n"].to_pylist())
