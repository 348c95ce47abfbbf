"""Where in the user's code a relation is being built."""

from __future__ import annotations

import sys

from vibepiper.errors import Location

__all__ = ["callsite"]


def callsite() -> Location | None:
    """The innermost line that is not VibePiper's own."""
    frame = sys._getframe(1)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in ("vibepiper", "vibepiper_transform"):
            return Location(frame.f_code.co_filename, frame.f_lineno)
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None
