"""The one place where DuckDB's errors become VibePiper's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from vibepiper.errors import DataError, StoreError

__all__ = ["data_errors", "driver_errors", "is_conflict"]

_UNFIT = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
)


@contextmanager
def driver_errors(path: Path, doing: str) -> Iterator[None]:
    """Within it, what DuckDB raises becomes a `StoreError` that says what was being done, in
    which file, and what DuckDB answered."""
    try:
        yield
    except _failures() as error:
        raise StoreError(f"{path}: {doing}: {_answer(error)}", hint=_hint(error)) from error


@contextmanager
def data_errors(path: Path, doing: str) -> Iterator[None]:
    """As `driver_errors`, but values that DuckDB cannot hold are a `DataError`."""
    try:
        with driver_errors(path, doing):
            yield
    except StoreError as error:
        if isinstance(error.__cause__, _UNFIT):
            raise DataError(error.message) from error.__cause__
        raise


def _failures() -> tuple[type[Exception], ...]:
    """Asked for only when something was raised: most that is asked of a file needs no pyarrow."""
    import pyarrow as pa

    return (duckdb.Error, pa.ArrowException, OSError)


def _answer(error: Exception) -> str:
    return " ".join(str(error).partition("\n\nLINE ")[0].split())


def _hint(error: Exception) -> str | None:
    if "No space left" in str(error):
        return "Make room on the disk and run it again: what was published is as it was."
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Raise the store's 'memory_limit', or run with fewer --jobs."
    if isinstance(error, duckdb.DependencyException):
        return "Drop the table's indexes, run again, and create them anew."
    if is_conflict(error):
        return "Something else in this process changed the same rows at once: run it again."
    return None


def is_conflict(error: BaseException | None) -> bool:
    """Whether DuckDB refused a change because somebody else made one at once. It uses the same
    class for a commit that fails for want of room."""
    return isinstance(error, duckdb.TransactionException) and "onflict" in str(error)
