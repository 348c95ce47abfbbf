"""A database file: a connection for each session."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vibepiper.errors import StoreError
from vibepiper.sqlite_wal import use_wal

from vibepiper_sqlite.errors import driver_errors
from vibepiper_sqlite.functions import add_functions
from vibepiper_sqlite.session import Session

__all__ = ["Database"]

_OLDEST = (3, 39, 0)
"""The first with full joins; they are what relations may ask for."""


@dataclass(frozen=True, slots=True)
class Database:
    """Two are one database when their paths are equal."""

    path: Path
    lock_timeout: float

    def __str__(self) -> str:
        return f"sqlite://{self.path}"

    @property
    def locks(self) -> Path:
        """The folder of the locks beside the file."""
        return self.path.with_name(f"{self.path.name}.locks")

    def is_there(self) -> bool:
        """Whether the file exists: reading must not make it."""
        return self.path.exists()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the duration of the block."""
        session = self.connect()
        try:
            yield session
        finally:
            session.close()

    def connect(self) -> Session:
        """A session that the caller must close. Makes the file where there is none; it is in WAL
        mode, so that readers see one state while another process writes the next."""
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(
                f"this Python has SQLite {sqlite3.sqlite_version}, and VibePiper needs 3.39",
                hint="Use a Python that was built with a newer SQLite.",
            )
        with driver_errors(self.path, "open"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.path,
                timeout=self.lock_timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            use_wal(connection, self.lock_timeout)
            connection.execute("PRAGMA synchronous = NORMAL").close()
            connection.execute("PRAGMA legacy_alter_table = ON").close()
            add_functions(connection)
        return Session(connection, self.path)
