"""Ctrl-C and SIGTERM during a run: they stop the user's work, never the keeping of records."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Within it, SIGINT and SIGTERM set ``requested``, and raise KeyboardInterrupt where that is
    `allowed`; the second one ends the process. Outside the main thread, which signals do not
    reach, it does nothing."""

    def __init__(self) -> None:
        self.requested = False
        self._allowed = False

    def __enter__(self) -> Interrupts:
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """Within it, an interrupt is raised; also one that came just before."""
        with self._set(True):
            if self.requested:
                raise KeyboardInterrupt
            yield

    def deferred(self) -> contextlib.AbstractContextManager[None]:
        """Within it, and within `allowed`, an interrupt waits."""
        return self._set(False)

    def sleep(self, seconds: float) -> None:
        """Waits, and no longer than until an interrupt is requested."""
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    @contextlib.contextmanager
    def _set(self, allowed: bool) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before, self._allowed = self._allowed, allowed
        try:
            yield
        finally:
            self._allowed = before

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            # The second one. Whatever is half written is not published; a resumed run cleans up.
            os._exit(128 + number)
        self.requested = True
        if self._allowed:
            raise KeyboardInterrupt
