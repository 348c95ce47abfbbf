"""Sets of whole numbers, held as sorted, disjoint intervals that do not touch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

__all__ = ["Intervals", "common", "holds", "joined", "united", "without"]

Intervals = tuple[tuple[int, int], ...]


def joined(pieces: Iterable[tuple[int, int]]) -> Intervals:
    """Pieces in any order, that may overlap, touch or be empty."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def united(left: Intervals, right: Intervals) -> Intervals:
    return joined((*left, *right))


def common(left: Intervals, right: Intervals) -> Intervals:
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            found.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(left: Intervals, right: Intervals) -> Intervals:
    """What of ``left`` is not in ``right``."""
    if not left or not right:
        return left
    return common(left, _between(right, left[0][0], left[-1][1]))


def holds(intervals: Intervals, value: int) -> bool:
    place = bisect_right(intervals, value, key=lambda interval: interval[0])
    return place > 0 and value < intervals[place - 1][1]


def _between(intervals: Intervals, begin: int, end: int) -> Intervals:
    """What lies outside of the intervals, from ``begin`` up to ``end``."""
    starts = [begin, *(stop for _, stop in intervals)]
    stops = [*(start for start, _ in intervals), end]
    return tuple(gap for gap in zip(starts, stops, strict=True) if gap[0] < gap[1])
