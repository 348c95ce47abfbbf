"""Sets of partitions as texts: exact ones, and ones for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.partitions.intervals import Intervals
from vibepiper.partitions.key_text import EVERY
from vibepiper.partitions.span import Span

if TYPE_CHECKING:
    from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["describe", "text_of"]


def text_of(partitions: PartitionSet) -> str:
    if (shared := _shared(partitions)) is not None:
        return _text_of_time(partitions, shared)
    ends = (_ends(partitions, span) for span in partitions.spans())
    return ",".join(first if first == last else f"{first}..{last}" for first, last in ends)


def describe(partitions: PartitionSet, limit: int) -> str:
    if partitions.every:
        return f"{text_of(partitions)} (of all keys)"
    if partitions.is_empty:
        return "none"
    spans, grid = partitions.spans(), partitions.partitions.row.grid
    shown = []
    for span in spans[:limit]:
        first, last = _ends(partitions, span)
        ends = first if first == last else f"{first} .. {last}"
        shown.append(f"{ends} ({grid.count(span.begin, span.end):,})")
    if rest := spans[limit:]:
        count = sum(grid.count(span.begin, span.end) for span in rest)
        shown.append(f"and {len(rest):,} more ({count:,})")
    return ", ".join(shown)


def _shared(partitions: PartitionSet) -> Intervals | None:
    """The intervals that are those of every label; None where labels differ, and where there is
    but one."""
    declared, found = partitions.partitions, list(partitions.by_label.values())
    if partitions.every:
        if found:
            raise PlanError(
                "no text says which partitions these are: of all keys of "
                f"'{declared.dynamic_names[0]}' but some",
                hint="Take them from Partitions.universe(now, dynamic): universe & these.",
            )
        return partitions.every
    if declared.time is None or declared.dynamic_names or len(found) < 2:
        return None
    alike = all(each is found[0] or each == found[0] for each in found)
    return found[0] if alike and len(found) == sum(1 for _ in declared.labels()) else None


def _text_of_time(partitions: PartitionSet, shared: Intervals) -> str:
    declared = partitions.partitions
    if declared.time is None:
        return EVERY
    grid, texts = declared.time.grid, []
    for begin, end in shared:
        first, last = grid.text(begin), grid.text(grid.step(end, -1))
        texts.append(first if first == last else f"{first}..{last}")
    return ",".join(texts)


def _ends(partitions: PartitionSet, span: Span) -> tuple[str, str]:
    declared = partitions.partitions
    last = declared.row.grid.step(span.end, -1)
    first_key = next(declared.keys_of(span))
    last_key = declared.key_of(Span(span.label, last, span.end))
    return first_key.text, last_key.text
