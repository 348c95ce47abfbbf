"""Data versions: the texts that stand for what is published, and for what a step read."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from vibepiper.state.records import Materialization

__all__ = ["digest", "is_other", "last_load", "of_all_partitions", "of_one", "of_several"]

_LISTED = 100
"""Partitions of an upstream whose versions are kept one by one; of more a digest is."""
_ALL = "all partitions up to load "


def of_one(made: Materialization | None) -> str:
    """The version of what was published whole, or of a partition. Empty where nothing was."""
    return "" if made is None else made.data_version or made.load_id


def of_several(found: list[JsonValue]) -> JsonValue:
    """Of one its own; of several a list, of many what stands for it."""
    if len(found) == 1:
        return found[0]
    return found if len(found) <= _LISTED else f"{len(found)} partitions {digest(found)}"


def of_all_partitions(last_change: Materialization | None) -> str:
    """The version of an asset with all its partitions, of which ``last_change`` was the last to
    become another."""
    return "" if last_change is None else f"{_ALL}{last_change.load_id}"


def is_other(before: JsonValue, now: JsonValue) -> bool:
    """Whether one of the versions ``now`` is known and not the one ``before``."""
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return any(is_other(*pair) for pair in zip(before, now, strict=True))
    return now not in ("", before)


def last_load(version: str) -> str | None:
    """The load in a version that `of_all_partitions` gave; None for any other."""
    return version.removeprefix(_ALL) if version.startswith(_ALL) else None


def digest(value: object) -> str:
    """16 hexadecimal digits that stand for a value."""
    text = json.dumps(value, default=str, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
