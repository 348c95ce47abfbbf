"""What the state store is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from vibepiper.partitions.span import Span

__all__ = [
    "AttemptRecord",
    "CheckRecord",
    "Claim",
    "Layer",
    "Materialization",
    "Pruned",
    "Retention",
    "RunRecord",
    "RunStatus",
    "StepKey",
    "StepRecord",
    "StepStatus",
    "Upstream",
]

RunStatus = Literal["running", "succeeded", "failed", "cancelled", "interrupted"]
StepStatus = Literal["pending", "running", "succeeded", "cached", "failed", "skipped", "cancelled"]
Layer = Literal["materialized", "failed"]
Upstream = Mapping[str, JsonValue]
"""The data version of each upstream asset that was read, or a list: those of its partitions."""


@dataclass(frozen=True, slots=True)
class StepKey:
    """Which step of a run: an asset, and the text of the partitions of it (empty without).
    ``span`` is what those cover. Prints as ``orders[2026-01-31]``."""

    asset: str
    partition: str = ""
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.asset}[{self.partition}]" if self.partition else self.asset


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run will write and no other may meanwhile. Without a span: all of the asset."""

    asset: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. ``interrupted``: its process died, or its lease ran out, before the run ended.

    ``succeeded`` and the like count its steps. ``token`` and ``lease_until`` are those of its
    lease, ``host`` and ``pid`` of the process that last carried it on, ``request`` what it was
    asked to do, ``code`` the version of the project that it ran.
    """

    id: str
    project: str
    environment: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    succeeded: int
    cached: int
    failed: int
    skipped: int
    cancelled: int
    params: Mapping[str, JsonValue]
    request: JsonValue
    code: str | None
    host: str
    pid: int
    token: int
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run. ``reason``: why it failed or was skipped."""

    asset: str
    status: StepStatus
    started_at: datetime | None
    ended_at: datetime | None
    rows: int | None
    reason: str | None
    partition: str = ""
    attempt: int = 0
    load_id: str | None = None
    profile: JsonValue = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One try of a step. ``error``: the message of what it failed by."""

    asset: str
    partition: str
    attempt: int
    started_at: datetime
    ended_at: datetime
    status: str
    error: str | None


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """What a check found in a run that began at ``at``. ``status`` is ``passed``, ``failed`` or,
    where the rows that failed were not published and the others were, ``set_aside``. ``examples``
    are as texts."""

    run_id: str
    at: datetime
    asset: str
    partition: str
    check: str
    status: str
    severity: str
    column: str | None
    rows: int | None
    failed_rows: int | None
    expected: str | None
    observed: str | None
    value: float | None
    seconds: float | None
    examples: tuple[Mapping[str, str], ...] = ()

    @property
    def share(self) -> float | None:
        """The failing share of the rows examined, 0 to 1."""
        return self.failed_rows / self.rows if self.rows and self.failed_rows is not None else None


@dataclass(frozen=True, slots=True)
class Materialization:
    """One published version of an asset, or of a partition of it.

    ``schema`` is name and type of each column. ``rows`` and ``bytes`` are of what the load
    wrote, ``total_rows`` of what there was after it, where the store says so. ``cursor``: how
    far an incremental load came. ``restored_from``: the load id of the version that this one
    brought back. ``upstream`` are the data versions it was made of, ``settings`` stand for the
    values of run parameters and the like. ``updated_at``: when the same load was recorded last.
    ``span``: the partitions of a load of several.
    """

    asset: str
    environment: str
    run_id: str
    load_id: str
    store: str
    uri: str
    rows: int | None
    bytes: int | None
    checksum: str | None
    schema: tuple[tuple[str, str], ...] | None
    created_at: datetime
    partition: str = ""
    total_rows: int | None = None
    code_version: str | None = None
    data_version: str | None = None
    upstream: Upstream | None = None
    settings: Mapping[str, str] | None = None
    cursor: str | None = None
    notes: tuple[str, ...] = ()
    restored_from: str | None = None
    updated_at: datetime | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept: the newest ``keep_runs`` runs of the last ``keep_days`` days, and the newest
    ``keep_versions`` materializations of each asset and partition. Of those of partitions none
    is older than ``keep_days``, for what was made stays known as spans; the newest of an asset
    without partitions always stays."""

    keep_runs: int = 1000
    keep_days: float = 90
    keep_versions: int = 10


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were deleted, or would be."""

    runs: int
    steps: int
    attempts: int
    events: int
    check_results: int
    materializations: int
