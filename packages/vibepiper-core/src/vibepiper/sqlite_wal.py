"""SQLite files in WAL mode: readers see one state while another process writes the next."""

from __future__ import annotations

import sqlite3
import time

__all__ = ["use_wal"]

_PAUSE_SECONDS = 0.005


def use_wal(connection: sqlite3.Connection, seconds: float) -> None:
    """Waits for others for as long as ``seconds``: SQLite does not by itself when two connections
    turn a new file to WAL at once. Raises `sqlite3.OperationalError` when it was too long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE_SECONDS)
