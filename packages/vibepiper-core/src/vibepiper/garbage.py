"""When Python looks for what only refers to itself."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collect_rarely", "end_uncollected", "uncollected"]


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without collecting: for what makes many objects that stay, or that hold no cycles. To look
    through them again and again while they grow takes up to a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def collect_rarely() -> None:
    """For a process of its own: a command makes far more objects that stay than a web server, for
    which Python's own thresholds are."""
    gc.set_threshold(20_000, 20, 20)


def end_uncollected() -> None:
    """For a process that ends: Python looks through all that it holds once more, which takes a
    tenth of the time of a command that runs nothing."""
    gc.freeze()
