"""Reads the text of a set of partitions."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.partitions import key_parsing
from vibepiper.partitions.dimensions import TimeDimension
from vibepiper.partitions.grid import first_after, floor
from vibepiper.partitions.key_text import EVERY
from vibepiper.partitions.partition_set import PartitionSet
from vibepiper.partitions.span import Span
from vibepiper.partitions.zone import DAY, wall_midnight

if TYPE_CHECKING:
    from vibepiper.partitions.definition import Partitions

__all__ = ["parse_set", "range_of", "time_of"]


def parse_set(text: str, declared: Partitions) -> PartitionSet:
    key_parsing.check_text(text, declared)
    if "=" in text and ".." not in text:
        return declared.set_of([declared.parse(text)])
    parts = [part for each in text.split(",") if (part := each.strip())]
    # Spans of keys are joined at once: thousands of unions would take long.
    spans = [_span_of(part, declared) for part in parts]
    whole = PartitionSet.from_spans(declared, [span for span in spans if span is not None])
    others = [_of_all(p, declared) for p, span in zip(parts, spans, strict=True) if span is None]
    return reduce(or_, others, whole)


def range_of(first: str | None, last: str | None, declared: Partitions) -> tuple[int, int]:
    """From the beginning of one key of time up to the end of another."""
    for text in (first, last):
        if text is not None:
            key_parsing.check_text(text, declared)
    if first is None and last is None:
        return declared.row.start, declared.row.end
    time = time_of(declared)
    begin = time.start if first is None else _days_of(first, time)[0]
    end = time.end if last is None else _days_of(last, time)[1]
    if begin >= end:
        raise PlanError(f"no partition lies from '{first}' to '{last}'", hint="Is one after it?")
    return time.clip(begin, end)


def time_of(declared: Partitions) -> TimeDimension:
    """Raises `PlanError` where there is no dimension of time."""
    if declared.time is None:
        raise PlanError(
            "these partitions have no dimension of time, so that none lies between others",
            hint=key_parsing.form_of(declared),
        )
    return declared.time


def _span_of(part: str, declared: Partitions) -> Span | None:
    """Of a key or a range of full keys; None for one of time alone, and for every key."""
    texts = part.split("..")
    if part == EVERY or (len(declared.named) > 1 and not any("/" in text for text in texts)):
        return None
    if len(texts) > 2:
        raise _no_set(part, declared)
    keys = [declared.parse(text.strip()) for text in texts] if "" not in texts else []
    if not keys or keys[0].span.label != keys[-1].span.label or keys[0].span > keys[-1].span:
        raise _no_set(part, declared)
    if len(keys) == 2 and declared.time is None:
        raise _no_set(part, declared)
    return Span(keys[0].span.label, keys[0].span.begin, keys[-1].span.end)


def _of_all(part: str, declared: Partitions) -> PartitionSet:
    if part == EVERY:
        return declared.between(None, None)
    first, dots, last = (text.strip() for text in part.partition(".."))
    if not dots:
        return declared.at(first)
    if not first or not last:
        raise _no_set(part, declared)
    return declared.between(first, last)


def _no_set(part: str, declared: Partitions) -> PlanError:
    return PlanError(
        f"{part!r} is neither a key nor a range of keys that follow each other, 'FIRST..LAST'",
        hint=key_parsing.form_of(declared),
    )


def _days_of(text: str, time: TimeDimension) -> tuple[int, int]:
    """Where the partition of a key begins and ends, or those that begin on a date."""
    if time.grid.parse(text) is None and (day := _date(text)) is not None:
        midnight, next_one = (time.grid.zone.instant(wall_midnight(day) + n) for n in (0, DAY))
        if next_one > floor(time.grid, time.start - 1):
            return midnight, next_one
    begin = time.find(text)
    return begin, first_after(time.grid, begin)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-01") else None
    except ValueError:
        return None
