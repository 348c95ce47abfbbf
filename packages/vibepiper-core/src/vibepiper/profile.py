"""Where a step's time and memory went."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args

from pydantic import JsonValue

from vibepiper.lazy import imported
from vibepiper.memory_samples import MemoryPeak, sampled

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["HEADER", "Phase", "Profiler", "StepProfile", "render"]

Phase = Literal["load", "compute", "check", "store"]
PHASES: tuple[Phase, ...] = get_args(Phase)
HEADER = ("asset", "total", *PHASES, "cpu", "memory", "arrow", "rows", "bytes")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepProfile:
    """What one attempt of a step took. The phases are wall-clock seconds, and do not overlap.

    ``cpu`` is processor seconds; ``memory`` is by how many bytes memory grew at most, ``arrow``
    by how many what Arrow allocated did. These three are measured of the whole process: with
    several jobs, what others did meanwhile is in them. ``rows`` and ``bytes`` are of what was
    stored, None if unknown.
    """

    load: float = 0.0
    compute: float = 0.0
    check: float = 0.0
    store: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    arrow: int = 0
    rows: int | None = None
    bytes: int | None = None

    @property
    def total(self) -> float:
        """Seconds of all phases."""
        return self.load + self.compute + self.check + self.store

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, JsonValue]) -> StepProfile:
        """What `to_json` gave, here or in another version: what one of them does not know is
        left out."""
        known = {each.name: kept[each.name] for each in fields(cls) if each.name in kept}
        return cls(**cast("dict[str, int]", known))


class Profiler:
    """Measures one step. Within a ``with`` block of its own it watches memory; a `phase` counts
    the time in it that no phase inside counts. Any thread may enter phases: at each moment time
    goes to the one that was entered last. Not ``on``, it measures nothing."""

    def __init__(self, *, on: bool = True, clock: Callable[[], float] = time.perf_counter) -> None:
        self._on = on
        self._clock = clock
        self._lock = threading.Lock()
        self._seconds = dict.fromkeys(PHASES, 0.0)
        self._open: list[tuple[Phase, int]] = []
        self._since = 0.0
        self._entries = itertools.count()
        self._watched = contextlib.ExitStack()
        self._peak = MemoryPeak()
        self._cpu = 0.0
        self._rows: int | None = None
        self._bytes: int | None = None

    def __enter__(self) -> Profiler:
        if self._on:
            self._cpu = time.process_time()
            self._peak = self._watched.enter_context(sampled())
        return self

    def __exit__(self, *exc: object) -> None:
        if self._on:
            self._cpu = time.process_time() - self._cpu
            self._watched.close()

    def phase(self, name: Phase) -> AbstractContextManager[None]:
        return self._measured(name) if self._on else contextlib.nullcontext()

    def pulled(self, items: Iterable[T]) -> Iterator[T]:
        """The items as they are, where getting each of them counts as ``compute``. For what is
        made while it is stored. Record batches are counted by rows and bytes."""
        return self._pull(items) if self._on else iter(items)

    def stream(self, data: object) -> object:
        """What a step passes to its store: a one-pass stream is `pulled`, anything else is as
        it is. A table is there already; a Relation is computed by the store, as ``store``."""
        readers = imported("pyarrow", "RecordBatchReader")
        if not self._on or readers is None or not isinstance(data, readers):
            return data
        reader = cast("pa.RecordBatchReader", data)
        return readers.from_batches(reader.schema, self.pulled(reader))

    def result(self, *, rows: int | None = None, bytes: int | None = None) -> StepProfile:
        """The profile; ``rows`` and ``bytes`` as the store says, else as they were pulled."""
        return StepProfile(
            **{name: round(seconds, 6) for name, seconds in self._seconds.items()},
            cpu=round(self._cpu, 6),
            memory=self._peak.memory,
            arrow=self._peak.arrow,
            rows=self._rows if rows is None else rows,
            bytes=self._bytes if bytes is None else bytes,
        )

    @contextlib.contextmanager
    def _measured(self, name: Phase) -> Iterator[None]:
        entry = (name, next(self._entries))
        with self._lock:
            self._count()
            self._open.append(entry)
        try:
            yield
        finally:
            with self._lock:
                self._count()
                self._open.remove(entry)

    def _count(self) -> None:
        """Gives the time since the last change to the phase that was on."""
        now = self._clock()
        if self._open:
            self._seconds[self._open[-1][0]] += now - self._since
        self._since = now

    def _pull(self, items: Iterable[T]) -> Iterator[T]:
        source = iter(items)
        while True:
            with self.phase("compute"):
                item = next(source, _END)
            if item is _END:
                return
            self._weigh(item)
            yield cast("T", item)

    def _weigh(self, item: object) -> None:
        rows, size = getattr(item, "num_rows", None), getattr(item, "nbytes", None)
        with self._lock:
            if isinstance(rows, int):
                self._rows = (self._rows or 0) + rows
            if isinstance(size, int):
                self._bytes = (self._bytes or 0) + size


_END = object()


def render(profiles: Mapping[str, StepProfile]) -> list[tuple[str, ...]]:
    """Rows of a table under `HEADER`, the slowest step first, and a last one of all steps: the
    sums, and of memory the most."""
    steps = sorted(profiles.items(), key=lambda item: (-item[1].total, item[0]))
    rows = [_row(name, profile) for name, profile in steps]
    return [*rows, _row("", _all(list(profiles.values())))] if len(rows) > 1 else rows


def _row(name: str, profile: StepProfile) -> tuple[str, ...]:
    times = (profile.total, *(getattr(profile, phase) for phase in PHASES), profile.cpu)
    sizes = (_size(profile.memory), _size(profile.arrow))
    rows = "" if profile.rows is None else f"{profile.rows:,}"
    return (name, *map(_seconds, times), *sizes, rows, _size(profile.bytes))


def _all(profiles: list[StepProfile]) -> StepProfile:
    sums = {n: sum(getattr(profile, n) for profile in profiles) for n in (*PHASES, "cpu")}
    return StepProfile(
        **sums,
        memory=max(profile.memory for profile in profiles),
        arrow=max(profile.arrow for profile in profiles),
        rows=sum(profile.rows or 0 for profile in profiles),
        bytes=sum(profile.bytes or 0 for profile in profiles),
    )


def _seconds(value: float) -> str:
    if value >= 60:
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes}:{seconds:02}"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _size(value: int | None) -> str:
    if value is None:
        return ""
    size, unit = float(value), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"
