"""The events of runs, kept for a test to look at."""

from __future__ import annotations

import threading

from vibepiper.events import Event
from vibepiper.state import StepKey

__all__ = ["EventRecorder"]


class EventRecorder:
    """An observer of runs. ``events`` are in the order they happened, ``rows`` are those written
    by step: ``orders``, or ``orders[2026-01-31]``."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rows: dict[str, int] = {}
        self._lock = threading.Lock()

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def on_rows(self, step: StepKey, rows: int) -> None:
        with self._lock:
            self.rows[str(step)] = self.rows.get(str(step), 0) + rows

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def of(self, asset: str) -> list[Event]:
        """The events of one asset."""
        return [event for event in self.events if event.asset == asset]
