"""Streams into tables."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper_sql import RowEncoder, TableName

from vibepiper_sqlite.session import Session

__all__ = ["insert"]


def insert(
    session: Session, table: TableName, encoder: RowEncoder, batch: pa.RecordBatch, first: int
) -> int:
    """Adds a batch, whose first row is the data's row ``first``, to a table; the columns are found
    by their names."""
    names = [exp.to_identifier(column.name, quoted=True) for column in encoder.columns]
    values = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder() for _ in names])])
    statement = exp.insert(values, table.tree(), columns=names)
    return session.write(statement, encoder.rows(batch, first), f"write {table}")
