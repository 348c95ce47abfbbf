"""How much memory this process uses, looked at again and again while somebody asks."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vibepiper.lazy import imported

__all__ = ["MemoryPeak", "sampled"]

_EVERY = 0.02
_STATM = Path("/proc/self/statm")


@dataclass(slots=True)
class MemoryPeak:
    """By how many bytes memory grew at most since it was first looked at."""

    memory: int = 0
    arrow: int = 0
    _memory_before: int = 0
    _arrow_before: int = 0

    def look(self, memory: int, arrow: int) -> None:
        self.memory = max(self.memory, memory - self._memory_before)
        self.arrow = max(self.arrow, arrow - self._arrow_before)


class _Sampler:
    """One thread looks for all who ask, and ends with the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._peaks: list[MemoryPeak] = []
        self._wake = threading.Event()

    def add(self, peak: MemoryPeak) -> None:
        with self._lock:
            self._peaks.append(peak)
            if len(self._peaks) == 1:
                self._wake = threading.Event()
                name, args = "vibepiper-memory", (self._wake,)
                threading.Thread(target=self._run, args=args, name=name, daemon=True).start()

    def remove(self, peak: MemoryPeak) -> None:
        with self._lock:
            self._peaks = [each for each in self._peaks if each is not peak]
            if not self._peaks:
                self._wake.set()

    def _run(self, ended: threading.Event) -> None:
        while not ended.wait(_EVERY):
            memory, arrow = _resident(), _allocated()
            with self._lock:
                for peak in self._peaks:
                    peak.look(memory, arrow)


_sampler = _Sampler()


def _forget() -> None:
    """The child of a fork has no thread that looks."""
    global _sampler
    _sampler = _Sampler()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextlib.contextmanager
def sampled() -> Iterator[MemoryPeak]:
    """Within it, the process's memory is looked at every fiftieth of a second, and at its end.
    What comes and goes in between is not seen, nor what other processes use."""
    memory, arrow = _resident(), _allocated()
    peak = MemoryPeak(0, 0, memory, arrow)
    _sampler.add(peak)
    try:
        yield peak
    finally:
        _sampler.remove(peak)
        peak.look(_resident(), _allocated())


def _resident() -> int:
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return _greatest()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _greatest() -> int:
    """The most that was ever used: all there is without /proc, and 0 on Windows."""
    try:
        import resource
    except ImportError:
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _allocated() -> int:
    asked = imported("pyarrow", "total_allocated_bytes")
    return 0 if asked is None else int(asked())
