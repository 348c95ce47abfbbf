"""The rows of which single values are told: from a scan of their own, or gathered in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pyarrow as pa
from sqlglot import exp
from vibepiper_transform import Aggregate, Relation, UnsupportedSql, col

__all__ = [
    "SAMPLE_ROWS",
    "SampledRows",
    "can_mark",
    "collected",
    "free_name",
    "marked",
    "sample_rows",
]

SAMPLE_ROWS = 100_000
"""A share of this many rows is right to 0.3 points, 19 times of 20."""
_HASHES = 2**64
_PLACE = ("file_row_number", "file_index")
"""DuckDB's names of a row's place in its file, and of the file's among those that are read."""


def sample_rows(relation: Relation, rows: int, limit: int = SAMPLE_ROWS) -> pa.Table:
    """All of ``rows`` up to ``limit``; of more, about ``limit`` of them, each chosen by itself,
    by the engine that holds them. One that cannot choose at random is read, and few rows kept."""
    if rows <= limit:
        return relation.to_table()
    share = limit / rows
    try:
        return relation.sample(share).to_table()
    except UnsupportedSql:
        return relation.hint("no_pushdown").sample(share).to_table()


class SampledRows(Aggregate):
    """The rows that `marked` chose, as one list: DuckDB collects them while it counts the rest."""

    def __init__(self, columns: Sequence[str], mark: str) -> None:
        parts = [
            exp.PropertyEQ(
                this=exp.to_identifier(name, quoted=True),
                expression=exp.column(name, quoted=True),
            )
            for name in columns
        ]
        super().__init__(exp.ArrayAgg(this=exp.Struct(expressions=parts)), col(mark))


def can_mark(relation: Relation) -> bool:
    """Whether the engine's names of a row's place are not those of columns."""
    return not {name.lower() for name in relation.columns} & {*_PLACE}


def marked(relation: Relation, rows: int, limit: int) -> tuple[Relation, str]:
    """Columns of Parquet files, and the name of one more column that tells which rows of ``rows``
    are chosen: all up to ``limit``; of more about ``limit``, by a hash of where they lie in their
    file, so that the same rows of the same files are chosen however many threads read them."""
    mark = free_name("chosen", relation.columns)
    place = exp.Anonymous(this="HASH", expressions=[exp.column(name) for name in _PLACE])
    bound = exp.Literal.number(_HASHES * limit // rows if rows > limit else _HASHES)
    named = exp.alias_(exp.LT(this=place, expression=bound), mark, quoted=True)
    return relation.replace(cast("exp.Select", relation.tree).select(named)), mark


def free_name(name: str, columns: Sequence[str]) -> str:
    """The name, with ``_`` added until none of the columns has it, in any case of letters."""
    taken = {column.lower() for column in columns}
    while name in taken:
        name += "_"
    return name


def collected(rows: pa.ChunkedArray) -> pa.Table:
    """The table of what `SampledRows` found."""
    return pa.Table.from_struct_array(rows.combine_chunks().flatten())
