"""How an asset is stored: the strategies, and what an incremental one declares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, get_args

from vibepiper.errors import DefinitionError, suggest

__all__ = ["Incremental", "IncrementalMode", "Lookback", "MaterializationStrategy", "incremental"]

IncrementalMode = Literal["append", "upsert", "delete_insert", "scd2"]
Lookback = timedelta | int | float | Decimal


class MaterializationStrategy(StrEnum):
    """``TABLE``: every run replaces all of it. ``VIEW``: nothing is stored; what needs it
    computes it. ``FILE``: as table, in a store of files. ``INCREMENTAL``: a run adds to what is
    there or changes it. ``IN_MEMORY``: kept by the process alone."""

    TABLE = "table"
    VIEW = "view"
    FILE = "file"
    INCREMENTAL = "incremental"
    IN_MEMORY = "in_memory"


@dataclass(frozen=True, slots=True)
class Incremental:
    """What ``@asset(materialization=incremental(...))`` declares; see `incremental`."""

    mode: IncrementalMode | None = None
    cursor: str | None = None
    lookback: Lookback | None = None
    initial: object = None
    deleted: str | None = None
    close_missing: bool = False
    valid_from: str = "valid_from"
    valid_to: str = "valid_to"
    chunks: bool = False


def incremental(
    mode: IncrementalMode | None = None,
    *,
    cursor: str | None = None,
    lookback: Lookback | None = None,
    initial: object = None,
    deleted: str | None = None,
    close_missing: bool = False,
    valid_from: str = "valid_from",
    valid_to: str = "valid_to",
    chunks: bool = False,
) -> Incremental:
    """The incremental strategy. See `vibepiper.io_manager.Change` for what each mode does.

    ``mode``: ``append``, ``upsert``, ``delete_insert`` or ``scd2``; left out, ``upsert`` of an
    asset that declares its ``key``, ``delete_insert`` of one with partitions, else ``append``.

    ``cursor`` names a column that grows. Its greatest value is committed with the data, and the
    asset's parameter ``cursor`` is the `vibepiper.cursor.Cursor` to fetch from. ``lookback`` is
    taken off it, so that late rows are fetched (again); ``initial`` is where the first run
    begins. Of several rows of a key the greatest cursor counts.

    ``deleted`` names a boolean column whose true rows are removed. ``close_missing``, of
    ``scd2``: every run delivers all rows, and a key that it lacks is closed. ``chunks``: each
    item that the function yields is checked and published by itself, so that a run that dies is
    resumed after its last chunk.

    Raises `DefinitionError` for a mode that there is not, and for what contradicts itself.
    """
    if mode is not None and mode not in get_args(IncrementalMode):
        raise DefinitionError(
            f"'{mode}' is no mode of an incremental asset",
            hint=suggest(str(mode), get_args(IncrementalMode)),
        )
    if (lookback is not None or initial is not None) and cursor is None:
        raise DefinitionError(
            "lookback and initial are of a cursor, and none is declared",
            hint='Name the column that grows: incremental(cursor="updated_at").',
        )
    if mode == "append" and lookback is not None:
        raise DefinitionError(
            "lookback fetches rows again, which append would store twice",
            hint="Give the asset a key and use mode 'upsert', or leave lookback out.",
        )
    if close_missing and mode != "scd2":
        raise DefinitionError("close_missing is of mode 'scd2'")
    return Incremental(
        mode, cursor, lookback, initial, deleted, close_missing, valid_from, valid_to, chunks
    )
