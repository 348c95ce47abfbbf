"""Progress of a run: live on a terminal, plain lines elsewhere. Both on standard error."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from vibepiper.cli.output import stderr
from vibepiper.events import Event, Observer
from vibepiper.plan import Plan

__all__ = ["progress"]

SECONDS_BETWEEN_LINES = 10.0
"""How often a long step tells its rows where there is no terminal."""

STYLES = {"failed": "red", "skipped": "yellow", "cancelled": "yellow"}


@contextlib.contextmanager
def progress(plan: Plan, expected: Mapping[str, int | None]) -> Iterator[Observer]:
    """The observer to show a run with. ``expected``: each asset's rows last time, which give
    the time left."""
    width = max((len(step.asset.key) for step in plan.steps), default=0)
    lines = _Lines(stderr, width)
    if not stderr.is_terminal:
        yield lines
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
    ) as bars:
        yield _Bars(bars, lines, expected)


class _Lines:
    """A line when a step ends, and now and then while a long one runs."""

    def __init__(self, console: Console, width: int) -> None:
        self._console = console
        self._width = width
        self._started: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._rows: dict[str, int] = {}
        self._lock = threading.Lock()

    def on_event(self, event: Event) -> None:
        if event.asset is None:
            if event.kind == "log":
                self._console.print(Text(str(event.data["message"]), style="yellow"))
            return
        if event.kind == "step_started":
            self._started[event.asset] = self._told[event.asset] = time.monotonic()
        elif event.kind == "log":
            self._print(event.asset, str(event.data["message"]))
        else:
            self._print_end(event.asset, event)

    def on_rows(self, asset: str, rows: int) -> None:
        with self._lock:
            self._rows[asset] = self._rows.get(asset, 0) + rows
            due = time.monotonic() - self._told[asset] >= SECONDS_BETWEEN_LINES
            if due:
                self._told[asset] = time.monotonic()
        if due:
            self._print(asset, f"running    {self.rate(asset)}")

    def rate(self, asset: str) -> str:
        """``1,000 rows, 500 rows/s``."""
        rows = self._rows.get(asset, 0)
        if not rows:
            return ""
        seconds = max(time.monotonic() - self._started[asset], 1e-6)
        return f"{rows:,} rows, {rows / seconds:,.0f} rows/s"

    def _print_end(self, asset: str, event: Event) -> None:
        status = event.kind.removeprefix("step_")
        parts = [f"{status:<10}"]
        if event.kind == "step_succeeded":
            seconds = time.monotonic() - self._started[asset]
            if isinstance(rows := event.data.get("rows"), int):
                parts.append(f"{rows:>12,} rows {seconds:8.2f} s {rows / seconds:>14,.0f} rows/s")
            else:
                parts.append(f"{'':17} {seconds:8.2f} s  {event.data.get('uri') or 'no data'}")
        elif event.kind != "step_failed" and "reason" in event.data:
            parts.append(str(event.data["reason"]))
        self._print(asset, " ".join(parts), style=STYLES.get(status, ""))

    def _print(self, asset: str, text: str, style: str = "") -> None:
        self._console.print(Text(f"{asset:<{self._width}}  {text}", style=style))


class _Bars:
    """Live bars of the steps under way, above them the lines of those that ended."""

    def __init__(self, bars: Progress, lines: _Lines, expected: Mapping[str, int | None]) -> None:
        self._bars = bars
        self._lines = lines
        self._expected = expected
        self._tasks: dict[str, TaskID] = {}

    def on_event(self, event: Event) -> None:
        self._lines.on_event(event)
        if event.asset is None or event.kind == "log":
            return
        if event.kind == "step_started":
            self._tasks[event.asset] = self._bars.add_task(
                escape(event.asset), total=self._expected.get(event.asset), rate=""
            )
        elif (task := self._tasks.pop(event.asset, None)) is not None:
            self._bars.remove_task(task)

    def on_rows(self, asset: str, rows: int) -> None:
        self._lines.on_rows(asset, rows)
        self._bars.update(self._tasks[asset], advance=rows, rate=self._lines.rate(asset))
