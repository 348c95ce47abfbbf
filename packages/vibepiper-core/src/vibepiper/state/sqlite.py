"""State in a SQLite file, in WAL mode."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, create_engine, event, literal_column, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool

from vibepiper.sqlite_wal import use_wal
from vibepiper.state.channel import Channel
from vibepiper.state.columns import dump_json
from vibepiper.state.database import Database, Running
from vibepiper.state.liveness import RunLock

__all__ = ["Sqlite"]


class Sqlite(Database):
    begin = "BEGIN IMMEDIATE"
    begin_reading = "BEGIN"
    # SQLite has the clock of the machine, and its file is on one machine.
    clock = literal_column(
        "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)", BigInteger
    )

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self.name = str(path)
        self._path = path
        engine = create_engine(
            f"sqlite:///{path}",
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            json_serializer=dump_json,
            connect_args={"timeout": wait_seconds, "check_same_thread": False},
        )
        event.listen(engine, "connect", _Settings(wait_seconds))
        super().__init__(engine)

    def open(self) -> Channel:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.refusal(error) from error
        return super().open()

    def insert(self, table: Table) -> Any:
        return sqlite.insert(table)

    def version(self, connection: Connection) -> int:
        return int(connection.execute(text("PRAGMA user_version")).scalar_one())

    def set_version(self, connection: Connection, version: int) -> None:
        # A pragma takes no bound parameter.
        connection.exec_driver_sql(f"PRAGMA user_version = {version:d}")

    def lock_for_migration(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE did."""

    def hold(self, channel: Channel, run_id: str, token: int) -> RunLock:
        return RunLock(self._path.parent, run_id, token)

    def is_alive(self, channel: Channel, run: Running) -> bool | None:
        # A file's lock tells about this machine; a shared disk may show that of another.
        if run.host not in ("", socket.gethostname()):
            return None
        return RunLock.is_held(self._path.parent, run.id, run.token)

    def lock_spans(self, channel: Channel) -> None:
        """BEGIN IMMEDIATE did."""

    def size(self, channel: Channel) -> int:
        return sum(
            file.stat().st_size
            for suffix in ("", "-wal")
            if (file := Path(f"{self._path}{suffix}")).exists()
        )

    def vacuum(self, channel: Channel) -> None:
        with channel.named():
            channel.connection.execute(text("VACUUM"))
            channel.connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def hint(self, cause: str) -> str:
        if "locked" in cause:
            return (
                "Another process has been writing to it all the while: a run, a backup, or a "
                f"SQLite shell with an open transaction. `fuser {self._path}` names it."
            )
        if not os.access(self._path.parent, os.W_OK):
            return (
                f"The folder {self._path.parent} is read-only. Let it be written, or name another "
                "place with 'state' in the project file; the data of assets is not affected."
            )
        if "malformed" in cause or "not a database" in cause:
            return (
                f"The file is damaged. Move it and {self._path.name}-wal away, and the next run "
                "begins a new one. That costs the history of runs and checks, and what was made "
                "counts as never made; the data of assets is not affected."
            )
        return "Check the disk and the file's permissions; the data of assets is not affected."


@dataclass(frozen=True)
class _Settings:
    """Of each new connection."""

    wait_seconds: float

    def __call__(self, connection: Any, record: object) -> None:
        use_wal(connection, self.wait_seconds)
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        # In pages. Each checkpoint syncs the disk twice, which SQLite would do every 100 steps.
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")
        cursor.close()
