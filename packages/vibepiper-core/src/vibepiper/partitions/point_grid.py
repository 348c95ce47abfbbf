"""The grid of partitions that are not of time: one boundary, 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vibepiper.partitions.zone import Zone

__all__ = ["PointGrid"]


@dataclass(frozen=True, slots=True)
class PointGrid:
    """Lets sets treat partitions with and without a dimension of time alike: of each label there
    is one partition, which lasts from 0 up to 1."""

    @property
    def zone(self) -> Zone:
        return Zone("UTC")

    @property
    def example(self) -> str:
        return ""

    def ceil(self, instant: int) -> int:
        return 0 if instant <= 0 else 1

    def count(self, begin: int, end: int) -> int:
        return int(begin <= 0 < end)

    def step(self, boundary: int, number: int) -> int:
        return min(max(boundary + number, 0), 1)

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        yield from range(self.count(begin, end))

    def text(self, boundary: int) -> str:
        return ""

    def parse(self, text: str) -> int | None:
        return 0 if text == "" else None

    def to_json(self) -> Mapping[str, str | int]:
        return {}
