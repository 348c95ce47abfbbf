"""Progress of a run: live on a terminal, plain lines elsewhere. Both on standard error."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from typing import cast

from vibepiper.cli.output import notes_on_terminal, print_note
from vibepiper.events import Event, Observer
from vibepiper.planned import Plan, PlannedGroup
from vibepiper.state.records import StepKey

__all__ = ["Lines", "progress"]

SECONDS_BETWEEN_LINES = 10.0
"""How often a long step tells its rows where there is no terminal."""

STYLES = {"failed": "red", "skipped": "yellow", "cancelled": "yellow", "cached": "dim"}


@contextlib.contextmanager
def progress(plan: Plan, expected: Mapping[str, int | None]) -> Iterator[Observer]:
    """The observer to show a run with. ``expected``: each asset's rows last time, which give
    the time left."""
    names = [str(step.key) for step in plan.steps] + [group.of.key for group in plan.left_out]
    lines = Lines(max(map(len, names), default=0))
    for group in plan.left_out:
        lines.print_left_out(group)
    if not notes_on_terminal():
        yield lines
        return
    from vibepiper.cli.progress_bars import bars

    with bars(lines, expected) as observer:
        yield observer


class Lines:
    """A line when a step ends, and now and then while a long one runs."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._started: dict[StepKey, float] = {}
        self._told: dict[StepKey, float] = {}
        self._rows: dict[StepKey, int] = {}
        self._lock = threading.Lock()

    def on_event(self, event: Event) -> None:
        if event.asset is None:
            if event.kind == "log":
                print_note(str(event.data["message"]), style="yellow")
            return
        key = StepKey(event.asset, event.partition)
        if event.kind == "step_started":
            self._started[key] = self._told[key] = time.monotonic()
            self._rows.pop(key, None)
        elif event.kind == "log":
            self._print(key, str(event.data["message"]))
        elif event.kind == "step_retrying":
            self._print_retry(key, event)
        else:
            self._print_end(key, event)

    def on_rows(self, step: StepKey, rows: int) -> None:
        with self._lock:
            self._rows[step] = self._rows.get(step, 0) + rows
            due = time.monotonic() - self._told[step] >= SECONDS_BETWEEN_LINES
            if due:
                self._told[step] = time.monotonic()
        if due:
            self._print(step, f"running    {self.rate(step)}")

    def rate(self, step: StepKey) -> str:
        """``1,000 rows, 500 rows/s``."""
        rows = self._rows.get(step, 0)
        if not rows:
            return ""
        seconds = max(time.monotonic() - self._started[step], 1e-6)
        return f"{rows:,} rows, {rows / seconds:,.0f} rows/s"

    def print_left_out(self, group: PlannedGroup) -> None:
        assert group.partitions is not None
        text = f"{'cached':<10} {group.partitions.describe()}: {group.reason.text}"
        self._print(StepKey(group.of.key), text, style=STYLES["cached"])

    def _print_retry(self, key: StepKey, event: Event) -> None:
        data = event.data
        message = str(data["message"]).partition("\n")[0]
        text = f"attempt {data['attempt']} failed, the next in {data['after']} s: {message}"
        self._print(key, text, style="yellow")

    def _print_end(self, key: StepKey, event: Event) -> None:
        status = event.kind.removeprefix("step_")
        parts = [f"{status:<10}"]
        if event.kind == "step_succeeded" and "reason" not in event.data:
            seconds = time.monotonic() - self._started[key]
            if isinstance(rows := event.data.get("rows"), int):
                parts.append(f"{rows:>12,} rows {seconds:8.2f} s {rows / seconds:>14,.0f} rows/s")
            else:
                parts.append(f"{'':17} {seconds:8.2f} s  {event.data.get('uri') or 'no data'}")
        elif event.kind != "step_failed" and "reason" in event.data:
            parts.append(str(event.data["reason"]))
        self._print(key, " ".join(parts), style=STYLES.get(status, ""))
        for note in cast("list[str]", event.data.get("notes", [])):
            self._print(key, f"note: {note}", style="yellow")

    def _print(self, key: StepKey, text: str, style: str = "") -> None:
        print_note(f"{key!s:<{self._width}}  {text}", style=style)
