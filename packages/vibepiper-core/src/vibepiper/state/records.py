"""What the state store gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["Materialization", "RunRecord", "RunStatus", "StepRecord", "StepStatus"]

RunStatus = Literal["running", "succeeded", "failed", "cancelled", "interrupted"]
StepStatus = Literal["pending", "running", "succeeded", "failed", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. ``interrupted``: its process died before the run ended."""

    id: str
    project: str
    environment: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    succeeded: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run. ``reason``: why it failed or was skipped."""

    asset: str
    status: StepStatus
    started_at: datetime | None
    ended_at: datetime | None
    rows: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Materialization:
    """One published version of an asset. ``schema`` is name and type of each column."""

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
