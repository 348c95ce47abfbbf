"""Events: what a run tells its observers and keeps in its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from pydantic import JsonValue

from vibepiper.state.records import StepKey

__all__ = ["Event", "EventKind", "Observer", "now"]

EventKind = Literal[
    "run_started",
    "step_started",
    "log",
    "step_retrying",
    "step_succeeded",
    "step_cached",
    "step_failed",
    "step_skipped",
    "step_cancelled",
    "run_finished",
]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """``asset`` and ``partition`` name the step, where it is of one."""

    kind: EventKind
    run_id: str
    asset: str | None = None
    data: Mapping[str, JsonValue] = field(default_factory=dict)
    at: datetime = field(default_factory=now)
    partition: str = ""


class Observer(Protocol):
    """Watches a run. Called from the threads that do the work, so it must be quick and safe
    there; what it raises stops the run."""

    def on_event(self, event: Event) -> None: ...

    def on_rows(self, step: StepKey, rows: int) -> None:
        """``rows`` more have been written by the step."""
        ...
