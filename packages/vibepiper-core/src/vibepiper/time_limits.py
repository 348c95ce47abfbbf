"""Ending work that takes too long."""

from __future__ import annotations

import contextlib
import ctypes
import heapq
import itertools
import os
import signal
import threading
import time
from contextlib import AbstractContextManager
from types import FrameType, TracebackType

from vibepiper.errors import VibePiperError

__all__ = ["AttemptTimeout", "time_limit"]

_SOON = 0.001


class AttemptTimeout(VibePiperError):
    """An attempt took longer than its time limit."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"the attempt was ended: it took longer than {seconds:g} s",
            hint="Give it more time, as Retry(timeout=...), or less to do.",
        )


def time_limit(seconds: float | None) -> AbstractContextManager[None]:
    """Raises `AttemptTimeout` within the block, in the thread that entered it, once ``seconds``
    have passed; None sets no limit.

    In the main thread it comes by SIGALRM, and so also ends what waits in C and lets signals
    through (sleeping, sockets, locks). In any other thread it comes at the next Python
    instruction: a call that waits in C ends first. The error comes once: code that catches it
    goes on. Limits may be nested; when an outer one passes, those within it are off. After the
    block nothing comes any more.
    """
    if seconds is None:
        return contextlib.nullcontext()
    if threading.current_thread() is threading.main_thread() and _alarms.usable():
        return _AlarmLimit(seconds)
    return _WatchedLimit(seconds)


class _AlarmLimit:
    """A limit of the main thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        self.deadline = time.monotonic() + self.seconds
        _alarms.add(self)

    def __exit__(self, *exc: object) -> None:
        _alarms.remove(self)


class _Alarms:
    """The limits of the main thread, outermost first, and the one timer that they share. What
    SIGALRM meant before is put back when the last of them ends."""

    def __init__(self) -> None:
        self._limits: list[_AlarmLimit] = []
        self._entered = 0

    def usable(self) -> bool:
        """Not on systems without the signal, nor where code that is not Python handles it."""
        return hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) is not None

    def add(self, limit: _AlarmLimit) -> None:
        if not self._entered:
            self._before = signal.signal(signal.SIGALRM, self._ring)
            self._timer = (*signal.setitimer(signal.ITIMER_REAL, 0), time.monotonic())
        self._entered += 1
        self._limits.append(limit)
        self._set()

    def remove(self, limit: _AlarmLimit) -> None:
        if limit in self._limits:
            del self._limits[self._limits.index(limit) :]
        self._entered -= 1
        if self._entered:
            self._set()
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)
        left, interval, since = self._timer
        if left:
            left -= time.monotonic() - since
            signal.setitimer(signal.ITIMER_REAL, max(left, _SOON), interval)

    def _set(self, at_least: float = 1e-6) -> None:
        wait = 0.0
        if self._limits:
            deadline = min(limit.deadline for limit in self._limits)
            wait = max(deadline - time.monotonic(), at_least)
        signal.setitimer(signal.ITIMER_REAL, wait)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        due = next((limit for limit in self._limits if limit.deadline <= now), None)
        if due is None or _is_here(frame):
            # Where a block begins or ends it may not be raised: it comes in a moment, if at all.
            self._set(_SOON)
            return
        del self._limits[self._limits.index(due) :]
        self._set()
        raise AttemptTimeout(due.seconds)


def _is_here(frame: FrameType | None) -> bool:
    """Whether the frame, or one of those that called it, is this module's: at most `remove`
    below `__exit__`, and a call of the standard library below that."""
    for _ in range(6):
        if frame is None:
            return False
        if frame.f_code.co_filename == __file__:
            return True
        frame = frame.f_back
    return False


class _WatchedLimit:
    """A limit of a thread that signals do not reach."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.kind: type[AttemptTimeout] | None = None

    def __enter__(self) -> None:
        self.thread = threading.get_ident()
        self.deadline = time.monotonic() + self.seconds
        try:
            _watch.add(self)
        except BaseException:
            # An outer limit passed meanwhile.
            _watch.remove(self)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        try:
            _watch.remove(self)
        except AttemptTimeout as late:
            # It was on its way when the block ended.
            if type(late) is not self.kind:
                raise
        if error is not None and kind is self.kind:
            error.__class__ = AttemptTimeout

    def error(self) -> type[AttemptTimeout]:
        """A class of its own, for a thread can be sent no instance."""
        seconds = self.seconds

        class Timeout(AttemptTimeout):
            def __init__(self) -> None:
                super().__init__(seconds)

        self.kind = Timeout
        return Timeout


class _Watch:
    """One thread that watches the limits of all others."""

    def __init__(self) -> None:
        # Entered by itself: an error that is sent to a thread cannot come between the lock and
        # the block, as it could in the Python code of a condition.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._queue: list[tuple[float, int, _WatchedLimit]] = []
        self._order = itertools.count()
        self._limits: dict[int, list[_WatchedLimit]] = {}
        self._sent: dict[int, _WatchedLimit] = {}
        self._thread: threading.Thread | None = None

    def add(self, limit: _WatchedLimit) -> None:
        with self._lock:
            self._limits.setdefault(limit.thread, []).append(limit)
            heapq.heappush(self._queue, (limit.deadline, next(self._order), limit))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="vibepiper-time-limits", daemon=True
                )
                self._thread.start()
            elif self._queue[0][2] is limit:
                self._changed.notify()

    def remove(self, limit: _WatchedLimit) -> None:
        with self._lock:
            self._drop(limit)
            if self._sent.get(limit.thread) is limit:
                # What has not arrived yet is taken back.
                del self._sent[limit.thread]
                _send(limit.thread, None)
            if len(self._queue) > 2 * sum(map(len, self._limits.values())) + 64:
                self._queue = [entry for entry in self._queue if self._is_on(entry[2])]
                heapq.heapify(self._queue)

    def _drop(self, limit: _WatchedLimit) -> None:
        """Forgets the limit and those within it."""
        limits = self._limits.get(limit.thread, [])
        if limit in limits:
            del limits[limits.index(limit) :]
        if not limits:
            self._limits.pop(limit.thread, None)

    def _is_on(self, limit: _WatchedLimit) -> bool:
        return limit in self._limits.get(limit.thread, ())

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                while self._queue and self._queue[0][0] <= now:
                    self._pass(heapq.heappop(self._queue)[2])
                self._changed.wait(self._queue[0][0] - now if self._queue else None)

    def _pass(self, limit: _WatchedLimit) -> None:
        if self._is_on(limit):
            self._drop(limit)
            self._sent[limit.thread] = limit
            _send(limit.thread, limit.error())


def _send(thread: int, kind: type[BaseException] | None) -> None:
    """Raises an error in another thread at its next instruction; None takes one back."""
    sent = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), sent)


_alarms = _Alarms()
_watch = _Watch()


def _forget() -> None:
    """The child of a fork has neither the thread nor its limits."""
    global _watch
    _watch = _Watch()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
