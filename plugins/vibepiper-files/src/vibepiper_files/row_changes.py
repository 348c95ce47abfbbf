"""A table's files with rows changed by key: upserts, rows replaced, and their history."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.io_manager import Change
from vibepiper_transform.sql_types import sql_type

from vibepiper_files.edits import VALID_FROM, VALID_TO, RowNumbers, was
from vibepiper_files.manifests import DataFile
from vibepiper_files.parquet import parquet_schema
from vibepiper_files.row_checks import check_keys
from vibepiper_files.row_choices import by_key, upserted
from vibepiper_files.row_history import history
from vibepiper_files.row_queries import Rows
from vibepiper_files.staged_rows import StagedRows
from vibepiper_files.table_writing import TableWriter

__all__ = ["changed"]


def changed(
    asset: str, writer: TableWriter, held: list[DataFile], staged: StagedRows, change: Change
) -> list[DataFile]:
    """The files once ``staged`` is in them. Raises `DataError` for keys that are null, or
    repeated where that has no meaning."""
    paths = [writer.folder / file.name for file in held]
    files = tuple((path, parquet_schema(path)) for path in paths)
    rows = Rows(files, staged.path, staged.schema, staged.table, change)
    check_keys(asset, rows)
    numbers = _choice(rows, staged, change)
    given = {name: was(name) for name in rows.missing if change.mode == "upsert"}
    valid_to = change.valid_to if change.mode == "scd2" else None
    if valid_to is not None:
        given = {change.valid_from: VALID_FROM, valid_to: VALID_TO}
    new = writer.add(staged.path, numbers, given)
    return [*writer.edit(held, numbers, valid_to), *new]


def _choice(rows: Rows, staged: StagedRows, change: Change) -> RowNumbers:
    if change.mode == "upsert":
        return RowNumbers(upserted(rows))
    if change.mode == "delete_insert":
        return RowNumbers(by_key(rows))
    own = {*change.key, change.valid_from, change.valid_to, change.order_by, change.deleted}
    payload = [name for name in staged.table.names if name not in own]
    kind = sql_type(staged.table.field(change.valid_from).type)
    return RowNumbers(history(rows, payload, _moment(change, kind)))


def _moment(change: Change, kind: exp.DataType) -> exp.Expr:
    """A moment without a zone is UTC's."""
    if change.at is None:
        return exp.null()
    return exp.cast(exp.Literal.string(change.at.isoformat()), kind)
