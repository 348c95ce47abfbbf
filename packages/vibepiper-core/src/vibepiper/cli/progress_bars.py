"""Live bars of a run's steps, on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vibepiper.cli.console import stderr
from vibepiper.cli.progress import Lines
from vibepiper.events import Event, Observer
from vibepiper.state.records import StepKey

__all__ = ["bars"]


@contextlib.contextmanager
def bars(lines: Lines, expected: Mapping[str, int | None]) -> Iterator[Observer]:
    """Bars of the steps under way; ``expected`` are each asset's rows last time."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
    ) as progress:
        yield _Bars(progress, lines, expected)


class _Bars:
    """Live bars of the steps under way, above them the lines of those that ended."""

    def __init__(self, bars: Progress, lines: Lines, expected: Mapping[str, int | None]) -> None:
        self._bars = bars
        self._lines = lines
        self._expected = expected
        self._tasks: dict[StepKey, TaskID] = {}

    def on_event(self, event: Event) -> None:
        self._lines.on_event(event)
        if event.asset is None or event.kind == "log":
            return
        key = StepKey(event.asset, event.partition)
        if event.kind == "step_started":
            self._tasks[key] = self._bars.add_task(
                escape(str(key)), total=self._expected.get(event.asset), rate=""
            )
        elif (task := self._tasks.pop(key, None)) is not None:
            self._bars.remove_task(task)

    def on_rows(self, step: StepKey, rows: int) -> None:
        self._lines.on_rows(step, rows)
        self._bars.update(self._tasks[step], advance=rows, rate=self._lines.rate(step))
