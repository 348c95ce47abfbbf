"""The partitions that an asset declares."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from vibepiper.errors import DataError, DefinitionError, PlanError
from vibepiper.io_manager import Slice
from vibepiper.partitions import arguments, key_parsing, set_parsing, slicing
from vibepiper.partitions.dimensions import (
    Dimension,
    DynamicDimension,
    Shape,
    StaticDimension,
    TimeDimension,
)
from vibepiper.partitions.grid import first_after
from vibepiper.partitions.intervals import Intervals
from vibepiper.partitions.key_text import DynamicKeys, fault_of, no_dynamic_keys
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.partition_set import PartitionSet
from vibepiper.partitions.point_grid import PointGrid
from vibepiper.partitions.span import Span

__all__ = ["Partitions"]

_NO_TIME = TimeDimension(PointGrid(), 0, 1)


@dataclass(frozen=True)
class Partitions:
    """The partitions of an asset: one for each combination of its dimensions' keys.

    `hourly`, `daily`, `weekly`, `monthly`, `cron`, `static`, `dynamic` and `product` make them.
    At most one dimension is of time.
    """

    named: tuple[tuple[str, Dimension], ...]

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """By name, in the order in which a key's text names them."""
        return dict(self.named)

    @cached_property
    def time(self) -> TimeDimension | None:
        found = (each for _, each in self.named if isinstance(each, TimeDimension))
        return next(found, None)

    @cached_property
    def time_name(self) -> str | None:
        """The name of the dimension of time."""
        found = (name for name, each in self.named if isinstance(each, TimeDimension))
        return next(found, None)

    @cached_property
    def labelled(self) -> Mapping[str, StaticDimension | DynamicDimension]:
        """The dimensions that are not of time: a label holds a key of each."""
        return {name: each for name, each in self.named if not isinstance(each, TimeDimension)}

    @cached_property
    def dynamic_names(self) -> tuple[str, ...]:
        """The names under which the keys of its dynamic dimensions are kept."""
        found = self.labelled.values()
        return tuple(each.source for each in found if isinstance(each, DynamicDimension))

    @cached_property
    def row(self) -> TimeDimension:
        """Its dimension of time, or one of a single partition that stands for none."""
        return _NO_TIME if self.time is None else self.time

    def universe(self, now: datetime, dynamic: DynamicKeys = no_dynamic_keys) -> PartitionSet:
        """The partitions that there are at a moment: of time those that are over by then
        (``end_offset`` shifts that). ``dynamic`` gives the keys of a dynamic dimension by the
        name they are kept under."""
        end = 1 if self.time is None else self.time.end_at(_aware(now))
        return self.of_every_label(((self.row.start, end),), dynamic)

    def latest(self, now: datetime) -> PartitionKey | None:
        """The last partition of time that there is at a moment and that is over; None when there
        is none, and without a dimension of time. Its key is of that dimension alone."""
        begin = None if self.time is None else self.time.latest_at(_aware(now))
        if self.time is None or self.time_name is None or begin is None:
            return None
        items = ((self.time_name, self.time.grid.text(begin)),)
        return PartitionKey(items, Span("", begin, first_after(self.time.grid, begin)), True)

    def parse(self, text: str) -> PartitionKey:
        """The partition that a text names: ``2026-03-01/eu``, or
        ``date=2026-03-01,region=eu``. Raises `PlanError` for any other, and for a key that the
        declaration does not have; it does not know which keys of a dynamic dimension there are,
        nor what time it is."""
        keys = key_parsing.keys_in(text, self)
        begin = 0
        for name, dimension in self.named:
            with key_parsing.told_of(name, self):
                if isinstance(dimension, TimeDimension):
                    begin = dimension.find(keys[name])
                else:
                    dimension.check(keys[name])
        label = self.label_of(keys)
        return self.key_of(Span(label, begin, first_after(self.row.grid, begin)))

    def parse_set(self, text: str) -> PartitionSet:
        """The partitions that a text names: keys, and ranges of which both ends are included,
        joined by commas (``2026-03-01..2026-03-31,2026-04-02``). A key of time alone means all
        keys of the other dimensions. What `PartitionSet.text` gives reads as the same set."""
        return set_parsing.parse_set(text, self)

    def set_of(self, keys: Iterable[PartitionKey]) -> PartitionSet:
        """Raises `PlanError` for a key of other partitions."""
        return PartitionSet.from_spans(self, [self._own(key).span for key in keys])

    def between(
        self, first: str | None, last: str | None, labels: Iterable[str] | None = None
    ) -> PartitionSet:
        """Those from one key of time to another, both included; None is the end of what there
        is. Of every label, or of those given. A date where it is no key itself (of hours, say)
        stands for the partitions that begin on that day."""
        ends = set_parsing.range_of(first, last, self)
        if labels is None:
            return self.of_every_label((ends,))
        return PartitionSet.from_spans(self, [Span(label, *ends) for label in labels])

    def at(self, time_key: PartitionKey | str) -> PartitionSet:
        """One partition of time, in all keys of the other dimensions."""
        if isinstance(time_key, PartitionKey):
            if self.time_name is None or self.time_name not in time_key.keys:
                raise PlanError(f"'{time_key}' has no key of '{self.time_name}'")
            time_key = time_key.keys[self.time_name]
        key_parsing.check_text(time_key, self)
        begin = set_parsing.time_of(self).find(time_key)
        return self.of_every_label(((begin, first_after(self.row.grid, begin)),))

    def slices(self, key: PartitionKey) -> tuple[Slice, ...]:
        """What a store is told of one partition: a slice for each dimension."""
        return slicing.slices_of(self.set_of([key]))

    def slices_of(self, partitions: PartitionSet) -> tuple[Slice, ...]:
        """What a store is told of partitions that follow each other, of one label. Raises
        `PlanError` for any others (`PartitionSet.split` parts them)."""
        return slicing.slices_of(partitions)

    def convert(self, partitions: PartitionSet, dimension: str, annotation: object) -> object:
        """What the parameter ``dimension`` of a function receives: by its annotation the text
        of the key (`str`, or none), the local `date`, the aware `datetime` of its beginning in
        the zone of the partitions, the `PartitionKey`, `PartitionSet` or `Span`, or whatever
        pydantic makes of the text. Raises `DefinitionError` where the annotation is of one
        partition and there are several, and where the key cannot be converted."""
        return arguments.convert(partitions, dimension, annotation)

    def check_keys(self, name: str, keys: Iterable[str]) -> None:
        """Raises `DataError` for what can be no key of the dynamic dimension whose keys are kept
        under ``name``."""
        if name not in self.dynamic_names:
            raise DefinitionError(f"there are no dynamic partitions '{name}' here")
        for key in keys:
            if (fault := fault_of(key)) is not None:
                raise DataError(f"{key!r} can be no key of the partitions '{name}': {fault}")

    def to_json(self) -> Mapping[str, Shape]:
        """What decides what a partition holds, for a code version: not how many there are, so
        that a later ``end`` or another key makes no partition out of date."""
        return {
            name: {**each.shape(), **({} if each.column is None else {"column": each.column})}
            for name, each in self.named
        }

    def labels(self, dynamic: DynamicKeys = no_dynamic_keys) -> Iterator[str]:
        """The keys of the dimensions that are not time, joined by ``/``; one empty text where
        there are none."""
        keys = (each.there_are(dynamic) for each in self.labelled.values())
        return map("/".join, itertools.product(*keys))

    def label_of(self, keys: Mapping[str, str]) -> str:
        return "/".join(keys[name] for name in self.labelled)

    def knows(self, label: str) -> bool:
        """Whether partitions of a label may be declared here."""
        keys = label.split("/") if label else []
        if len(keys) != len(self.labelled):
            return False
        pairs = zip(self.labelled.values(), keys, strict=True)
        return all(isinstance(d, DynamicDimension) or key in d.known for d, key in pairs)

    def key_of(self, span: Span) -> PartitionKey:
        """The key of a span of one partition."""
        return next(self.keys_of(span))

    def keys_of(self, span: Span) -> Iterator[PartitionKey]:
        """The keys within a span that begins and ends at boundaries, in order."""
        grid, keys = self.row.grid, dict(zip(self.labelled, span.label.split("/"), strict=False))
        begins = grid.boundaries(span.begin, span.end)
        for begin, end in itertools.pairwise(itertools.chain(begins, [span.end])):
            if self.time_name is not None:
                keys[self.time_name] = grid.text(begin)
            items = tuple((name, keys[name]) for name, _ in self.named)
            yield PartitionKey(items, Span(span.label, begin, end), self.time is not None)

    def of_every_label(
        self, intervals: Intervals, dynamic: DynamicKeys | None = None
    ) -> PartitionSet:
        """The same intervals in all labels; where some are dynamic and not given, of whichever
        there are."""
        if dynamic is None and self.dynamic_names:
            return PartitionSet.made(self, {}, intervals)
        labels = self.labels(dynamic or no_dynamic_keys)
        return PartitionSet.made(self, dict.fromkeys(labels, intervals))

    def _own(self, key: PartitionKey) -> PartitionKey:
        span, row = key.span, self.row
        names = tuple(name for name, _ in key.items) == tuple(self.dimensions)
        if not (
            names
            and self.knows(span.label)
            and row.clip(span.begin, span.end) == (span.begin, span.end)
            and first_after(row.grid, span.begin) == span.end
        ):
            raise PlanError(f"'{key}' is no key of these partitions: {key_parsing.form_of(self)}")
        return key


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise PlanError(f"the moment {now.isoformat()} has no time zone, so that it may be any")
    return now
