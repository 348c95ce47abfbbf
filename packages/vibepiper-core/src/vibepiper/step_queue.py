"""Which step is next: one whose upstreams are done, the most urgent first, within the limits."""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from vibepiper.planned import PlannedStep
from vibepiper.state.records import StepKey

__all__ = ["StepQueue"]

_Waiting = tuple[int, int, PlannedStep]


class StepQueue:
    """The steps of a run that are not done.

    ``limits`` says how many steps of a pool, or that use a resource, may run at once. ``clock``
    gives seconds, for steps that wait for another attempt.
    """

    def __init__(
        self,
        steps: Sequence[PlannedStep],
        limits: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._steps = {step.key: step for step in steps}
        self._position = {key: number for number, key in enumerate(self._steps)}
        self._below: dict[StepKey, list[StepKey]] = defaultdict(list)
        self._missing: dict[StepKey, int] = {}
        self._ready: dict[tuple[str, ...], list[_Waiting]] = defaultdict(list)
        self._later: list[tuple[float, int, PlannedStep]] = []
        self._used: Counter[str] = Counter()
        for step in steps:
            upstream = [key for key in step.upstream if key in self._steps]
            self._missing[step.key] = len(upstream)
            for key in upstream:
                self._below[key].append(step.key)
            if not upstream:
                self._push(step)

    def take(self) -> PlannedStep | None:
        """The next step that may start now; it counts against the limits until `release`."""
        while self._later and self._later[0][0] <= self._clock():
            self._push(heapq.heappop(self._later)[2])
        free = [names for names, heap in self._ready.items() if heap and self._fits(names)]
        if not free:
            return None
        names = min(free, key=lambda names: self._ready[names][0][:2])
        step = heapq.heappop(self._ready[names])[2]
        self._used.update(names)
        return step

    def release(self, step: PlannedStep) -> None:
        """The step runs no more: others may take its place within the limits."""
        self._used.subtract(self._names(step))

    def again(self, step: PlannedStep, after: float) -> None:
        """Puts a step back, to be taken in ``after`` seconds."""
        heapq.heappush(self._later, (self._clock() + after, self._position[step.key], step))

    def next_in(self) -> float | None:
        """Seconds until a step that waits for its next attempt may be taken."""
        return max(0.0, self._later[0][0] - self._clock()) if self._later else None

    def done(self, key: StepKey) -> None:
        """What waited for this step alone becomes ready."""
        for below in self._below.pop(key, ()):
            missing = self._missing.get(below)
            if missing is not None:
                self._missing[below] = missing - 1
                if missing == 1:
                    self._push(self._steps[below])
        self._missing.pop(key, None)

    def drop_below(self, key: StepKey) -> Iterator[tuple[StepKey, StepKey]]:
        """Gives up every step that hangs below one, and gives each with the one it waited for."""
        self._missing.pop(key, None)
        waiting = deque((below, key) for below in self._below.pop(key, ()))
        while waiting:
            below, above = waiting.popleft()
            if self._missing.pop(below, None) is not None:
                yield below, above
                waiting.extend((further, below) for further in self._below.pop(below, ()))

    def _push(self, step: PlannedStep) -> None:
        waiting = (-step.asset.priority, self._position[step.key], step)
        heapq.heappush(self._ready[self._names(step)], waiting)

    def _names(self, step: PlannedStep) -> tuple[str, ...]:
        if not self._limits:
            return ()
        names = {step.asset.pool, *(binding.name for binding in step.of.resources)}
        return tuple(sorted(name for name in names if name is not None and name in self._limits))

    def _fits(self, names: tuple[str, ...]) -> bool:
        return all(self._used[name] < self._limits[name] for name in names)
