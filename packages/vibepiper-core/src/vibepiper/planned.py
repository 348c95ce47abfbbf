"""What a plan is made of: assets as they will be made, the groups of their partitions, steps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue

from vibepiper.analysis import Problem
from vibepiper.assets import Asset
from vibepiper.component import ComponentSpec
from vibepiper.errors import DefinitionError, PlanError
from vibepiper.graph import Binding
from vibepiper.io_manager import AssetRef, Change, Slice
from vibepiper.partitions.span import WHOLE, Span
from vibepiper.run_request import RunRequest
from vibepiper.session import Store
from vibepiper.state.records import Materialization, StepKey

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionKey, PartitionMapping, Partitions, PartitionSet
    from vibepiper.partitions.key_text import DynamicKeys
    from vibepiper.project_analysis import ProjectAnalysis

__all__ = [
    "Plan",
    "PlannedAsset",
    "PlannedGroup",
    "PlannedInput",
    "PlannedStep",
    "Reason",
    "ReasonKind",
    "UpstreamPartitions",
]

ReasonKind = Literal[
    "never_made",
    "not_stored",
    "partition_missing",
    "failed_before",
    "code_changed",
    "settings_changed",
    "upstream_changed",
    "reads_outside",
    "forced",
    "rest_of_run",
    "unchanged",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is in a plan, for programs and for people. ``unchanged`` is why it is not run."""

    kind: ReasonKind
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class UpstreamPartitions:
    """Which partitions of an upstream, ``above``, those of an asset need."""

    asset: Asset
    above: str
    mapping: PartitionMapping
    downstream: Partitions
    upstream: Partitions
    now: datetime
    dynamic: DynamicKeys

    def of(self, part: PartitionSet) -> PartitionSet:
        """Raises `PlanError` where the mapping finds none, and `DefinitionError` where it is no
        mapping of these, or is a function that raises."""
        needed = (self._of_one(key) for key in part)
        return part.from_spans(self.upstream, [span for each in needed for span in each.spans()])

    def _of_one(self, key: PartitionKey) -> PartitionSet:
        try:
            return self.mapping.upstream(
                key, self.downstream, self.upstream, self.now, self.dynamic
            )
        except (DefinitionError, PlanError) as error:
            message, hint = f"{self._who}: {error.message}", error.hint
            raise type(error)(message, at=error.at or self.asset.location, hint=hint) from None
        except Exception as error:
            # A function of the user's may raise anything.
            raised = f"{type(error).__name__}: {error}"
            raise DefinitionError(
                f"{self._who}: the function in mappings raised {raised} for '{key}'",
                at=self.asset.location,
                hint="It takes the key, the partitions of both assets and the moment.",
            ) from error

    @property
    def _who(self) -> str:
        return f"asset '{self.asset.key}', upstream '{self.above}'"


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An upstream asset that a parameter takes, where it lies, and how it arrives. ``view`` is
    how an upstream that stores nothing is computed."""

    parameter: str
    upstream: Asset
    store: Store
    adapter: ComponentSpec | None
    uri: str | None = None
    view: PlannedAsset | None = None

    @property
    def ref(self) -> AssetRef:
        """All of it."""
        return AssetRef(self.upstream.key, self.uri)


@dataclass(frozen=True, slots=True)
class PlannedAsset:
    """What all steps of an asset share. ``change`` is how each of its loads changes the store;
    ``code_version`` stands for its code and settings, ``explain`` tells what that is of;
    ``full_refresh`` says that an incremental asset is made from nothing.
    ``published`` are the parameters that take what is published of the asset itself.
    ``referred`` are the assets that its checks compare with, by the names that these call them.
    ``upstream`` maps every direct upstream to which of its partitions are needed (None: all, or
    it has none), at the moment ``at``."""

    asset: Asset
    store: Store
    upstream: Mapping[str, UpstreamPartitions | None]
    inputs: tuple[PlannedInput, ...]
    resources: tuple[Binding, ...]
    dimensions: tuple[Binding, ...]
    arguments: Mapping[str, object]
    wants_context: bool
    wants_cursor: bool
    uri: str | None
    change: Change
    code_version: str
    explain: Callable[[], Mapping[str, str]]
    full_refresh: bool = False
    published: tuple[PlannedInput, ...] = ()
    referred: Mapping[str, PlannedInput] = field(default_factory=dict)

    def needed(self, upstream: str, part: PartitionSet | None) -> PartitionSet | None:
        """The partitions of an upstream that those in ``part`` need; None for all of it."""
        taken = self.upstream[upstream]
        return None if taken is None or part is None else taken.of(part)

    def view(self, upstream: str) -> PlannedAsset | None:
        """How an upstream that stores nothing is computed."""
        return next((i.view for i in self.inputs if i.upstream.key == upstream), None)

    @property
    def key(self) -> str:
        return self.asset.key

    @property
    def ref(self) -> AssetRef:
        """All that is published of it."""
        return AssetRef(self.asset.key, self.uri)


@dataclass(frozen=True)
class PlannedStep:
    """One call of an asset's function: for the whole asset, for one partition, or for several
    that follow each other. ``upstream`` are the steps of this plan that come first, ``needs`` the
    partitions that it reads of each upstream of which it does not read everything."""

    of: PlannedAsset
    reason: Reason
    partitions: PartitionSet | None = None
    upstream: tuple[StepKey, ...] = ()
    needs: Mapping[str, PartitionSet] = field(default_factory=dict)

    @property
    def asset(self) -> Asset:
        return self.of.asset

    @cached_property
    def key(self) -> StepKey:
        if self.partitions is None:
            return StepKey(self.of.key)
        # A step makes partitions that follow each other.
        return StepKey(self.of.key, self.partitions.text, self.partitions.spans()[0])

    @property
    def partition_keys(self) -> tuple[PartitionKey, ...]:
        return () if self.partitions is None else tuple(self.partitions)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What state records as made."""
        return (WHOLE,) if self.partitions is None else tuple(self.partitions.spans())

    def ref(self, run_id: str) -> AssetRef:
        """The staged data of this step in a run: its load id is the same at every attempt."""
        name = f"{run_id}/{self.key.asset}/{self.key.partition}"
        digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        return AssetRef(self.of.key, self.of.uri, digest, self.slices)

    @property
    def slices(self) -> tuple[Slice, ...]:
        if self.partitions is None or self.asset.partitions is None:
            return ()
        return self.asset.partitions.slices_of(self.partitions)


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Steps of one asset that share a reason: one of an asset without partitions, else one a
    partition in ``partitions`` (or one a span, where the asset takes ranges). ``previous`` is
    the newest materialization, which says what to expect."""

    of: PlannedAsset
    reason: Reason
    partitions: PartitionSet | None = None
    previous: Materialization | None = None

    @property
    def is_made(self) -> bool:
        return self.reason.kind != "unchanged"

    @property
    def is_destructive(self) -> bool:
        """Whether rows that are published make way for others, and no version keeps them."""
        nothing = ("never_made", "partition_missing", "not_stored")
        if self.previous is None or self.reason.kind in nothing:
            return False
        if self.of.asset.is_view:
            return False
        change = self.of.change
        if change.mode not in ("replace", "delete_insert") and not change.anew:
            return False
        return not self.of.store.supports("versions")

    @property
    def expected_rows(self) -> int | None:
        """As many as the last load had, for each partition as many as its partitions had."""
        return None if self.previous is None else self._expected(self.previous.rows)

    @property
    def expected_bytes(self) -> int | None:
        return None if self.previous is None else self._expected(self.previous.bytes)

    def _expected(self, last: int | None) -> int | None:
        if last is None or self.partitions is None or self.previous is None:
            return last
        span, before = self.previous.span, 1
        if span is not None:
            before = self.partitions.from_spans(self.partitions.partitions, [span]).count()
        return round(last / before * self.partitions.count()) if before else last

    def __len__(self) -> int:
        """How many steps."""
        if self.partitions is None:
            return 1
        return len(self.partitions.spans()) if self.of.asset.ranges else self.partitions.count()

    def parts(self) -> Iterator[PartitionSet | None]:
        """What each step makes."""
        if self.partitions is None:
            yield None
        elif self.of.asset.ranges:
            yield from self.partitions.split()
        else:
            for key in self.partitions:
                yield self.partitions.only(key)


@dataclass(frozen=True)
class Plan:
    """The groups of steps of a run, in the order of execution. ``request`` is what was asked
    for, which a resumed run repeats; ``problems`` are warnings about columns, which ``analysis``
    knows."""

    groups: tuple[PlannedGroup, ...]
    params: Mapping[str, JsonValue]
    request: RunRequest
    problems: tuple[Problem, ...] = ()
    analysis: ProjectAnalysis | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        """How many steps would run."""
        return sum(len(group) for group in self.groups if group.is_made)

    @property
    def left_out(self) -> Iterator[PlannedGroup]:
        """The groups of partitions that are not made, and have no steps."""
        return (g for g in self.groups if g.partitions is not None and not g.is_made)

    @cached_property
    def steps(self) -> tuple[PlannedStep, ...]:
        """The steps that run, and those of assets without partitions that do not."""
        from vibepiper.plan_steps import expand

        return tuple(expand(self.groups))
