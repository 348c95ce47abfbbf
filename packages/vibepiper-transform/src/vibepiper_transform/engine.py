"""The DuckDB of this process: one database in memory, within the limits of `vibepiper.compute`."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
from vibepiper.compute import ComputeLimits, compute_limits
from vibepiper.errors import ConfigError, DataError, StoreError

__all__ = ["binding_cursor", "engine_errors", "offer_columns", "open_cursor"]

_PREFIX = "vibepiper-duckdb-"


class _Engine:
    """Opened when it is first used; limits that change are set before the next query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._limits: ComputeLimits | None = None
        self._spills: _SpillFolder | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        limits = compute_limits()
        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect()
                self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
                atexit.register(self._close)
            if limits != self._limits:
                self._apply(self._connection, limits)
                self._limits = limits
            return self._connection.cursor()

    def _apply(self, connection: duckdb.DuckDBPyConnection, limits: ComputeLimits) -> None:
        folder = limits.temp_folder or Path(tempfile.gettempdir())
        # DuckDB keeps its folder of the first spill on.
        if self._spills is None:
            self._spills = _SpillFolder.at(folder)
            _set(connection, "temp_directory", str(self._spills.path))
        elif self._spills.path.parent != folder:
            raise ConfigError(
                f"this process spills to {self._spills.path.parent} already, and cannot change to "
                f"{folder}",
                hint="Give all that one process runs the same temp_folder.",
            )
        _set(connection, "memory_limit", limits.memory_limit)
        _set(connection, "threads", limits.threads)
        _set(connection, "max_temp_directory_size", limits.temp_limit)

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            if self._spills is not None:
                self._spills.remove()


_engine = _Engine()
_kept = threading.local()


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    if value is None:
        connection.execute(f"RESET GLOBAL {name}")
        return
    try:
        connection.execute(f"SET GLOBAL {name} = $value", {"value": value})
    except duckdb.Error as error:
        raise ConfigError(f"compute.{name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _SpillFolder:
    """A folder that is this process's for as long as it lives: it holds a lock on it."""

    path: Path
    lock: int = field(repr=False)

    @classmethod
    def at(cls, parent: Path) -> _SpillFolder:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        while True:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            with suppress(OSError):  # another process swept it before it was locked
                handle = _lock(path)
                if path.exists():
                    return cls(path, handle)
                os.close(handle)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self.lock)


def _lock(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _sweep(parent: Path) -> None:
    """Removes what processes that died have left."""
    for left in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is in use, or somebody else's
            handle = _lock(left)
            shutil.rmtree(left, ignore_errors=True)
            os.close(handle)


def binding_cursor() -> duckdb.DuckDBPyConnection:
    """A connection of this thread's own that is kept, to bind queries with, which takes no longer
    than to open one."""
    kept: duckdb.DuckDBPyConnection | None = getattr(_kept, "cursor", None)
    if kept is None:
        kept = _kept.cursor = _engine.cursor()
    return kept


@contextmanager
def open_cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to the engine, for the duration of the block."""
    cursor = _engine.cursor()
    try:
        yield cursor
    finally:
        cursor.close()


def offer_columns(cursor: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    """Makes a table without rows known, to bind queries over it. It is made of no batches: arrays
    without values take pyarrow most of a millisecond, and the import of pandas."""
    cursor.register(name, pa.Table.from_batches([], schema=schema))


@contextmanager
def engine_errors(failures: list[Exception]) -> Iterator[None]:
    """DuckDB's errors as VibePiper's; what an input stream raised is raised as it was."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise _out_of_memory(error) from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if failures:
            raise failures[0] from None
        if isinstance(error, duckdb.IOException):
            raise StoreError(str(error)) from error
        raise DataError(str(error)) from error


def _out_of_memory(error: Exception) -> StoreError:
    return StoreError(
        str(error).partition("\n")[0],
        hint="Raise compute.memory_limit or compute.temp_limit, lower compute.threads, for each "
        "needs memory of its own, or have a join computed before what is made of it: "
        '.hint("materialize").',
    )
