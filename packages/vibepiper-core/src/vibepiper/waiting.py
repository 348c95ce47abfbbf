"""Waiting for other runs that make the same assets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from vibepiper.errors import AssetBusy

__all__ = ["until_free"]

T = TypeVar("T")

_SECONDS = 1.0


def until_free(begin: Callable[[], T], wait: float, on_wait: Callable[[AssetBusy], None]) -> T:
    """What ``begin`` returns, once it does not raise `AssetBusy` any more; raises it after
    ``wait`` seconds. ``on_wait`` is told once."""
    end = time.monotonic() + wait
    told = False
    while True:
        try:
            return begin()
        except AssetBusy as error:
            left = end - time.monotonic()
            if left <= 0:
                raise
            if not told:
                on_wait(error)
                told = True
            time.sleep(min(_SECONDS, left))
