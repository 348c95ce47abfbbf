"""The columns by which a table is partitioned, and the errors where they do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vibepiper.errors import DataError, DefinitionError, suggest
from vibepiper.io_manager import Slice

__all__ = ["not_of_partition", "partition_column"]


def partition_column(asset: str, part: Slice, names: Sequence[str]) -> str:
    """The column of a slice, in a table of the columns ``names``. Raises `DefinitionError` for a
    slice that names none, `DataError` for one that the table lacks."""
    if part.column is None:
        raise DefinitionError(
            f"asset '{asset}': a table is partitioned by a column, and its declaration names none "
            f"for the dimension '{part.dimension}'",
            hint="Name it where the asset is declared: partitions=...(column=...).",
        )
    if part.column not in names:
        raise DataError(
            f"asset '{asset}': the dimension '{part.dimension}' is kept in the column "
            f"'{part.column}', which the table lacks",
            hint=suggest(part.column, names),
        )
    return part.column


def not_of_partition(asset: str, number: int, example: Mapping[str, object]) -> DataError:
    """The error of staged rows that are outside of the partition that is written; ``example``:
    the columns of one of them by which the asset is partitioned."""
    said = ", ".join(f"{name} = {value!r}" for name, value in example.items())
    return DataError(
        f"asset '{asset}': {number:,} of the staged rows are not of the partition that is "
        f"written, such as {said}",
        hint="Let the asset's function give the rows of its partition only.",
    )
