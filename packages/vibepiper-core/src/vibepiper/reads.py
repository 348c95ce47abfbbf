"""What an asset reads from stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibepiper.planned import PlannedAsset, PlannedInput

__all__ = ["read_by", "read_whole"]


def read_by(of: PlannedAsset) -> Iterator[PlannedInput]:
    """The inputs that an asset or its checks read from stores, also through views."""
    for planned in (*of.inputs, *of.referred.values()):
        if planned.view is None:
            yield planned
        else:
            yield from read_by(planned.view)


def read_whole(of: PlannedAsset) -> Iterator[PlannedInput]:
    """Those among them that have partitions, of which all are read."""
    for planned in read_by(of):
        above = planned.upstream
        if above.partitions is not None and of.upstream.get(above.key) is None:
            yield planned
