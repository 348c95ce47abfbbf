"""When Python looks for what only refers to itself."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collect_rarely", "end_uncollected", "uncollected"]

_STARTING, _RUNNING = 200_000, 20_000
"""How many objects are made in a command between two looks."""


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
            _end_start()


def collect_rarely() -> None:
    """For a process of its own: a command makes far more objects that stay than a web server, for
    which Python's own thresholds are; until its project is loaded, almost no others."""
    gc.set_threshold(_STARTING, 20, 20)


def _end_start() -> None:
    """A command has loaded its project: what there is by now is not looked through again."""
    if gc.get_threshold()[0] == _STARTING:
        gc.freeze()
        gc.set_threshold(_RUNNING, 20, 20)


def end_uncollected() -> None:
    """For a process that ends: Python looks through all that it holds once more, which takes a
    tenth of the time of a command that runs nothing."""
    gc.freeze()
