"""The one place where SQLite's errors become VibePiper's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vibepiper.errors import StoreError

__all__ = ["driver_errors"]

_HINTS = {
    "database is locked": "Another writer had the file for too long: raise 'lock_timeout'.",
    "database or disk is full": "Make room on the disk and run it again.",
    "integer overflow": "A sum or product left 64 bits: cast what is added to DOUBLE.",
    "user-defined function raised": (
        "A value left what its type holds: a sum its 64 bits, a date the calendar, a root zero."
    ),
    "attempt to write a readonly database": "Make the file and its folder writable.",
}


@contextmanager
def driver_errors(path: Path, doing: str) -> Iterator[None]:
    """Within it, what SQLite raises becomes a `StoreError` that says what was being done, in
    which file, and what SQLite answered."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, OSError, OverflowError) as error:
        hint = next((hint for text, hint in _HINTS.items() if text in str(error)), None)
        raise StoreError(f"{path}: {doing}: {error}", hint=hint) from error
