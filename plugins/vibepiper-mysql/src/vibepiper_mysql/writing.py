"""Streams into tables, and tables into the place of others."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper_sql import RowEncoder, TableName

from vibepiper_mysql.session import Session, sql_of

__all__ = ["insert", "rename"]


def insert(
    session: Session, table: TableName, encoder: RowEncoder, batch: pa.RecordBatch, first: int
) -> int:
    """Adds a batch, whose first row is the data's row ``first``, to a table; the columns are found
    by their names."""
    names = [exp.to_identifier(column.name, quoted=True) for column in encoder.columns]
    target = exp.Schema(this=table.tree(), expressions=names)
    head = sql_of(exp.Insert(this=target)).replace("%", "%%")
    marks = ", ".join(["%s"] * len(names))
    rows = encoder.rows(batch, first)
    return session.write(f"{head.rstrip()} VALUES ({marks})", rows, f"write {table}")


def rename(session: Session, *pairs: tuple[TableName, TableName]) -> None:
    """Renames tables, all in one step that others see whole."""
    parts = [f"{sql_of(old.tree())} TO {sql_of(new.tree())}" for old, new in pairs]
    session.execute(f"RENAME TABLE {', '.join(parts)}")
