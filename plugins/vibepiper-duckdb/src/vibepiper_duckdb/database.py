"""One database file in this process: opened while it is used, given up to others when not."""

from __future__ import annotations

import atexit
import fcntl
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import duckdb
from vibepiper.errors import StoreError
from vibepiper_sql import try_lock

from vibepiper_duckdb.errors import driver_errors, is_conflict
from vibepiper_duckdb.header import Header
from vibepiper_duckdb.session import Session

__all__ = ["Database", "Engine"]

_LINGER_SECONDS = 0.4
"""How long an idle file stays open when nobody waits for it: to open and to close one of 100 MB
costs 50 ms."""
_LOOK_SECONDS = 0.05
"""How often it is looked whether somebody does."""
_TURN_SECONDS = 0.1
"""How long a process may go on when others wait, for as long as it is not idle."""
_PAUSE_SECONDS = 0.005
_ATTEMPTS = 6
_HELD = "Could not set lock on file"

Result = TypeVar("Result")

_open: WeakValueDictionary[Path, Database] = WeakValueDictionary()
_registry = threading.Lock()


@dataclass(frozen=True, slots=True)
class Engine:
    """What all who use one file in one process must agree on."""

    memory_limit: str | None = None
    threads: int | None = None
    lock_timeout: float = 10.0

    def config(self) -> dict[str, str | bool | int | float | list[str]]:
        given: dict[str, str | bool | int | float | list[str]] = {}
        if self.memory_limit is not None:
            given["memory_limit"] = self.memory_limit
        if self.threads is not None:
            given["threads"] = self.threads
        return given


class Database:
    """DuckDB lets one process at a time open a file. So the file is open only while sessions
    are, and a moment longer; a process that waits for it is let in when the last session ends.

    DuckDB (2.0) reads a file's header before it locks the file. One that another process writes
    and closes in between is then read by the old header: what that one committed is gone, or the
    file is broken. So a process opens the file only while it has a lock of its own; and where
    the header has changed meanwhile, by a process that knows of no such lock, it opens it anew.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self.engine = engine
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._sessions: set[Session] = set()
        self._done: set[str] = set()
        self._opened_at = self._idle_since = 0.0
        self._opened_by = 0
        self._file: tuple[int, int] | None = None
        self._mine: int | None = None
        self._header = Header(path)
        self._lock = threading.RLock()
        self._table_locks: dict[str, threading.RLock] = {}
        self._closer: threading.Thread | None = None

    @classmethod
    def at(cls, path: Path, engine: Engine) -> Database:
        """The one of this process for the file. Raises `StoreError` where another component
        uses it with other settings."""
        with _registry:
            found = _open.get(path.resolve())
            if found is None:
                found = _open[path.resolve()] = cls(path.resolve(), engine)
        if found.engine != engine:
            raise StoreError(
                f"{path}: two components of this process use the file with different settings: "
                f"{found.engine} and {engine}",
                hint="Give them the same memory_limit, threads and lock_timeout.",
            )
        return found

    def __str__(self) -> str:
        return f"duckdb://{self.path}"

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
        session = self.acquire()
        try:
            yield session
        finally:
            self.release(session)

    def acquire(self) -> Session:
        """A session that the caller must `release`. Opens the file, if need be; raises
        `StoreError` when another process has it for longer than ``lock_timeout``."""
        with self._lock:
            if self._connection is not None and self._opened_by != os.getpid():
                raise StoreError(
                    f"{self.path}: this process was forked from one that has the file open, and "
                    "DuckDB does not survive that",
                    hint="Start processes by spawn or forkserver.",
                )
            if not self._sessions and self._file != _identity(self.path):
                self._close()  # somebody has removed it, or put another in its place
            if self._connection is None:
                self._connection = self._opened()
                self._file = _identity(self.path)
                self._opened_at, self._opened_by = time.monotonic(), os.getpid()
                self._close_when_idle()
            session = Session(self._connection.cursor(), self.path)
            self._sessions.add(session)
            return session

    def release(self, session: Session) -> None:
        session.close()
        with self._lock:
            self._sessions.discard(session)
            self._idle_since = time.monotonic()
            over = self._idle_since - self._opened_at >= _TURN_SECONDS
            if over and not self._sessions and self._somebody_waits():
                self._close()

    def changing(self, table: object) -> threading.RLock:
        """Held by the one thread that changes the table: DuckDB would refuse the second."""
        with self._lock:
            return self._table_locks.setdefault(str(table).lower(), threading.RLock())

    def once(self, what: str, work: Callable[[Session], None]) -> None:
        """Runs ``work``, unless it was done since this process opened the file: while it has it
        open, nobody else changes it."""
        with self.session() as session:
            if what not in self._done:
                work(session)
                self._done.add(what)

    def forget(self) -> None:
        """What was done `once` is done again: where something fails, somebody may have undone
        it."""
        with self._lock:
            self._done.clear()

    def transact(self, work: Callable[[Session], Result]) -> Result:
        """What ``work`` returns, in a transaction; tried again when DuckDB finds that somebody
        else changed the same at once, a few times."""
        for attempt in range(_ATTEMPTS):
            try:
                with self.session() as session, session.transaction():
                    return work(session)
            except StoreError as error:
                if not is_conflict(error.__cause__) or attempt == _ATTEMPTS - 1:
                    raise
            time.sleep(random.uniform(0.5, 1) * _PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Closes the file unless it is in use; then it is closed after the last use."""
        with self._lock:
            if not self._sessions:
                self._close()

    def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._done.clear()
            try:
                connection.close()
            finally:
                self._give_back()

    def _close_when_idle(self) -> None:
        if self._closer is None:
            self._closer = threading.Thread(target=self._watch, daemon=True)
            self._closer.start()

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                if self._is_idle():
                    self._close()
                if self._connection is None:
                    self._closer = None
                    return

    def _is_idle(self) -> bool:
        """Whether nobody here uses the file, for so long that others may be waiting for it."""
        idle = time.monotonic() - self._idle_since
        if self._sessions or idle < _LOOK_SECONDS:
            return False
        return idle >= _LINGER_SECONDS or self._somebody_waits()

    @property
    def _turn(self) -> Path:
        return self.locks / "turn"

    def _somebody_waits(self) -> bool:
        held = try_lock(self._turn)
        if held is None:
            return True
        os.close(held)
        return False

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Waits for its turn, so that processes take turns and none is passed over for ever;
        then for the one that has the file open."""
        deadline = time.monotonic() + self.engine.lock_timeout
        turn: int | None = None
        try:
            while True:
                with driver_errors(self.path, "open"):
                    turn = try_lock(self._turn) if turn is None else turn
                late = time.monotonic() >= deadline
                if (turn is not None or late) and (found := self._tried(late)) is not None:
                    return found
                time.sleep(_PAUSE_SECONDS)
        finally:
            if turn is not None:
                os.close(turn)

    def _tried(self, late: bool) -> duckdb.DuckDBPyConnection | None:
        """None while another process has the file. Raises `StoreError` for that when it is late,
        and for anything else at once."""
        with driver_errors(self.path, "open"):
            self._mine = try_lock(self._use)
        if self._mine is None:
            if late:
                raise self._held(self._use.read_text(encoding="ascii") or None)
            return None
        found = None
        try:
            with driver_errors(self.path, "open"):
                os.pwrite(self._mine, f"{os.getpid():<20}".encode(), 0)
            found = self._connected(late)
        finally:
            if found is None:
                self._give_back()
        return found

    def _connected(self, late: bool) -> duckdb.DuckDBPyConnection | None:
        try:
            with driver_errors(self.path, "open"):
                before = self._header.read()
                connection = duckdb.connect(self.path, config=self.engine.config())
                connection.execute("SET GLOBAL TimeZone = 'UTC'")
        except StoreError as error:
            if _HELD not in error.message:
                raise
            if late:
                found = re.search(r"PID (\d+)", error.message)
                raise self._held(found and found[1]) from error.__cause__
            return None
        with driver_errors(self.path, "open"):
            if before is None or before == self._header.read():
                return connection
        connection.close()  # nothing was written by it, so nothing is now
        return None

    def _give_back(self) -> None:
        self._header.close()
        if self._mine is not None:
            mine, self._mine = self._mine, None
            fcntl.flock(mine, fcntl.LOCK_UN)  # also where a fork inherited it
            os.close(mine)

    def forget_parent(self) -> None:
        """For a process that was forked: it has neither the lock of its parent nor its threads."""
        self._lock, self._closer = threading.RLock(), None
        if self._mine is not None:
            os.close(self._mine)
            self._mine = None

    @property
    def _use(self) -> Path:
        """Locked, and with the process's id in it, while the file is open."""
        return self.locks / "open"

    def _held(self, pid: str | None) -> StoreError:
        holder = f"process {pid.strip()}" if pid else "another process"
        return StoreError(
            f"{self.path}: {holder} has the file open, and had it for the "
            f"{self.engine.lock_timeout:g} seconds that this one waited; DuckDB lets one process "
            "at a time open a file",
            hint="Wait for it or end it, or raise the store's 'lock_timeout'.",
        )


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells the file from another of its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _forget_parents() -> None:
    for database in list(_open.values()):
        database.forget_parent()


def _close_all() -> None:
    """At the process's end: what is closed needs no recovery."""
    for database in list(_open.values()):
        database.close()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_parents)
