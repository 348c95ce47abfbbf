"""Timing two or more sides of one question in turn, and telling their ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

Side = Callable[[], object]


@dataclass(frozen=True)
class Measure:
    """The medians, in seconds, of the sides of one question; the first is the yardstick."""

    question: str
    medians: Mapping[str, float]
    budget: str

    def scaled(self, side: str, times: int) -> Measure:
        """With one side's time multiplied: it did only a part of the work."""
        return replace(self, medians={**self.medians, side: self.medians[side] * times})

    def lines(self) -> list[str]:
        yardstick = next(iter(self.medians.values()))
        found = [f"{self.question}  (budget: {self.budget})"]
        for name, seconds in self.medians.items():
            found.append(f"  {name:<44} {seconds * 1000:>10.1f} ms   {seconds / yardstick:5.2f}")
        return found


def compare(question: str, sides: Mapping[str, Side], *, budget: str, repeats: int = 5) -> Measure:
    """Runs the sides in turn, ``repeats`` times each after one round to warm up; every other
    round backwards, so that none always follows another."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, side in list(sides.items())[:: -1 if turn % 2 else 1]:
            started = time.perf_counter()
            side()
            if turn:
                times[name].append(time.perf_counter() - started)
    return Measure(question, {n: statistics.median(t) for n, t in times.items()}, budget)
