"""Sets of partitions."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibepiper.errors import DefinitionError, PlanError
from vibepiper.partitions import set_text
from vibepiper.partitions.grid import end_of_first
from vibepiper.partitions.intervals import Intervals, common, holds, joined, united, without
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.span import Span

if TYPE_CHECKING:
    from vibepiper.partitions.definition import Partitions

__all__ = ["PartitionSet"]


@dataclass(frozen=True, slots=True)
class PartitionSet:
    """Partitions of one declaration, held as intervals: what is done with a set takes as long as
    it has gaps, and not as it has partitions. Its order is by label, then by time.

    ``every`` are the intervals of all labels that ``by_label`` does not have. Only where the
    keys of a dynamic dimension are not known are there any; such a set can be combined with
    others and asked what it contains, but neither counted nor listed.
    """

    partitions: Partitions
    by_label: Mapping[str, Intervals] = field(hash=False)
    every: Intervals = ()

    @classmethod
    def from_spans(cls, partitions: Partitions, spans: Iterable[Span]) -> PartitionSet:
        """What spans cover, in any order. What the declaration does not have (any more), such
        as days before its start or a label of other dimensions, is left out."""
        pieces: dict[str, list[tuple[int, int]]] = {}
        for span in spans:
            pieces.setdefault(span.label, []).append(partitions.row.clip(span.begin, span.end))
        known = {label: joined(each) for label, each in pieces.items() if partitions.knows(label)}
        return cls.made(partitions, known)

    @classmethod
    def made(
        cls, partitions: Partitions, by_label: Mapping[str, Intervals], every: Intervals = ()
    ) -> PartitionSet:
        """Of intervals that begin and end at boundaries."""
        kept = {label: joined(by_label[label]) for label in sorted(by_label)}
        every = joined(every)
        return cls(partitions, {k: v for k, v in kept.items() if v != every}, every)

    def spans(self) -> list[Span]:
        """The partitions of one label that follow each other as one, in order."""
        return [Span(label, *each) for label, found in self._listed() for each in found]

    def count(self) -> int:
        counted = Counter(found for _, found in self._listed())
        grid = self.partitions.row.grid
        return sum(n * sum(grid.count(*each) for each in found) for found, n in counted.items())

    @property
    def is_empty(self) -> bool:
        return not self.by_label and not self.every

    @property
    def is_one(self) -> bool:
        """Whether it holds exactly one partition."""
        return not self.every and len(spans := self.spans()) == 1 and self._count_of(spans[0]) == 1

    @property
    def text(self) -> str:
        """Exactly these partitions, as `Partitions.parse_set` reads them; of one its key."""
        return set_text.text_of(self)

    def describe(self, limit: int = 5) -> str:
        """For people: ``2026-01-01 .. 2026-03-31 (90), 2026-04-02 (1)``, at most ``limit``
        ranges of it."""
        return set_text.describe(self, limit)

    def first(self, number: int) -> PartitionSet:
        """The first so many."""
        return PartitionSet.from_spans(self.partitions, self._taken(self.spans(), number))

    def last(self, number: int) -> PartitionSet:
        """The last so many."""
        return self - self.first(max(self.count() - max(number, 0), 0))

    def only(self, key: PartitionKey) -> PartitionSet:
        """Of these partitions the one, or none if it is not among them."""
        found = {key.span.label: ((key.span.begin, key.span.end),)} if key in self else {}
        return PartitionSet.made(self.partitions, found)

    def split(self) -> Iterator[PartitionSet]:
        """A set for each range of partitions that follow each other, of one label."""
        for span in self.spans():
            yield PartitionSet(self.partitions, {span.label: ((span.begin, span.end),)})

    def __iter__(self) -> Iterator[PartitionKey]:
        return itertools.chain.from_iterable(map(self.partitions.keys_of, self.spans()))

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, PartitionKey):
            raise TypeError(f"a set of partitions holds keys, not {key!r}")
        return holds(self.by_label.get(key.span.label, self.every), key.span.begin)

    def __or__(self, other: PartitionSet) -> PartitionSet:
        return self._with(other, united)

    def __and__(self, other: PartitionSet) -> PartitionSet:
        return self._with(other, common)

    def __sub__(self, other: PartitionSet) -> PartitionSet:
        return self._with(other, without)

    def __str__(self) -> str:
        return self.describe()

    def _with(
        self, other: PartitionSet, combine: Callable[[Intervals, Intervals], Intervals]
    ) -> PartitionSet:
        if other.partitions is not self.partitions and other.partitions != self.partitions:
            raise DefinitionError(
                "sets of different partitions cannot be combined",
                hint="Translate one by a mapping first.",
            )
        mine, theirs = self.by_label, other.by_label
        found = {
            label: combine(mine.get(label, self.every), theirs.get(label, other.every))
            for label in mine.keys() | theirs.keys()
        }
        return PartitionSet.made(self.partitions, found, combine(self.every, other.every))

    def _listed(self) -> Iterable[tuple[str, Intervals]]:
        if self.every:
            names = "', '".join(self.partitions.dynamic_names)
            raise PlanError(
                f"the keys of the dynamic partitions '{names}' are known only at run time, so that "
                "these can be neither counted nor listed",
                hint="Take them from Partitions.universe(now, dynamic): universe & these.",
            )
        return self.by_label.items()

    def _taken(self, spans: Iterable[Span], number: int) -> Iterator[Span]:
        grid = self.partitions.row.grid
        for span in spans:
            if number <= 0:
                return
            end = end_of_first(grid, span.begin, span.end, number)
            yield Span(span.label, span.begin, end)
            number -= grid.count(span.begin, end)

    def _count_of(self, span: Span) -> int:
        return self.partitions.row.grid.count(span.begin, span.end)
