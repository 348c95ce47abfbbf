"""The columns of many tables, in two questions to the server."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa
from sqlglot import exp
from vibepiper_sql import TableName

from vibepiper_postgres.session import Session
from vibepiper_postgres.streams import prepare

__all__ = ["readable_schemas"]

_READABLE = """
SELECT n.nspname::text, c.relname::text, a.attname::text
FROM json_array_elements($1::json) AS asked
JOIN pg_namespace n ON n.nspname = asked->>0
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked->>1
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum
"""
_WIDEST = 1_600
"""How many columns are asked for at once: no table has more, and the server takes 1,664."""

_Columns = Mapping[TableName, list[str]]


def readable_schemas(
    session: Session, tables: Collection[TableName]
) -> Mapping[TableName, pa.Schema]:
    """What `vibepiper_postgres.streams.contents` would give of each table that is there and of
    which the user may read something: where that is some columns, the others are told too."""
    found: dict[TableName, pa.Schema] = {}
    for some in _pieces(_columns(session, tables)):
        found |= _described(session, some)
    return found


def _columns(session: Session, tables: Collection[TableName]) -> _Columns:
    named = [[each.schema, each.name] for each in tables if "\0" not in each.schema + each.name]
    columns: dict[TableName, list[str]] = {}
    for schema, table, column in session.rows(_READABLE, (json.dumps(named),)):
        columns.setdefault(TableName(str(schema), str(table)), []).append(str(column))
    return columns


def _pieces(columns: _Columns) -> Iterator[_Columns]:
    """As many tables in each as can be asked for at once."""
    piece: dict[TableName, list[str]] = {}
    width = 0
    for table, names in columns.items():
        if piece and width + len(names) > _WIDEST:
            yield piece
            piece, width = {}, 0
        piece[table] = names
        width += len(names)
    if piece:
        yield piece


def _described(session: Session, columns: _Columns) -> Mapping[TableName, pa.Schema]:
    """Asks for the columns of all tables as for those of one query."""
    asked: list[exp.Expr] = []
    tables: list[exp.Expr] = []
    for number, (table, names) in enumerate(columns.items()):
        tables.append(exp.alias_(table.tree(), f"t{number}", table=True))
        for place, name in enumerate(names):
            column = exp.column(name, f"t{number}", quoted=True)
            asked.append(exp.alias_(column, f"c{number}_{place}", copy=False))
    first, *others = tables
    joins = [exp.Join(this=table, kind="CROSS") for table in others]
    query = exp.Select(expressions=asked, from_=exp.From(this=first), joins=joins)
    fields = iter(prepare(session, query).schema)
    return {
        table: pa.schema([next(fields).with_name(name) for name in names])
        for table, names in columns.items()
    }
