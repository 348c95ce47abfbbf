"""What the server's catalog says of tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from sqlglot import exp
from vibepiper_sql import POSTGRES, UNTYPED, FoundTable, TableName, side_prefix

from vibepiper_postgres.names import key_index_name
from vibepiper_postgres.session import Session

__all__ = [
    "Table",
    "analyze",
    "attached_to",
    "column_types",
    "find_tables",
    "find_with_sides",
    "referring_to",
    "untyped_columns",
]

_KINDS = {"v": "a view", "m": "a materialized view", "p": "a partitioned table", "i": "an index"}

_TABLES = """
SELECT c.relname::text, c.oid::bigint, c.relkind::text,
       (SELECT d.description FROM pg_description d
        WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0),
       pg_total_relation_size(c.oid)
FROM pg_class c
WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = $1)
  AND c.relname = ANY ($2)
"""
_SIDES = """
UNION ALL
SELECT c.relname::text, c.oid::bigint, c.relkind::text, NULL, 0
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND starts_with(c.relname, $3) AND c.relkind = 'r'
"""
_COLUMNS = """
SELECT attname::text, format_type(atttypid, atttypmod)
FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
_UNTYPED = """
SELECT attname::text FROM pg_attribute
WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) = $2
"""
_ATTACHED = """
SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
       THEN 'view ' || (SELECT ev_class::regclass::text FROM pg_rewrite r WHERE r.oid = d.objid)
       ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
FROM pg_depend d JOIN pg_class c ON c.oid = $1
WHERE d.deptype <> 'i'
  AND NOT (d.classid = 'pg_class'::regclass AND d.objid IN (
      SELECT i.oid FROM pg_class i WHERE i.relkind = 'i' AND i.relname = $2))
  AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
       OR d.refclassid = 'pg_type'::regclass AND d.refobjid = c.reltype)
UNION SELECT 'grants' FROM pg_class WHERE oid = $1 AND relacl IS NOT NULL
UNION SELECT 'grants on column ' || attname FROM pg_attribute
      WHERE attrelid = $1 AND attacl IS NOT NULL
UNION SELECT 'not null on column ' || attname FROM pg_attribute
      WHERE attrelid = $1 AND attnum > 0 AND attnotnull
"""
_REFERRING = """
SELECT conname || ' of ' || conrelid::regclass::text
FROM pg_constraint WHERE confrelid = $1 AND conrelid <> $1
"""


@dataclass(frozen=True, slots=True)
class Table(FoundTable):
    oid: int
    bytes: int


def find_tables(session: Session, names: Collection[TableName]) -> dict[TableName, Table]:
    """Those that are there; all names are of one schema."""
    return _found(session, _TABLES, names)


def find_with_sides(session: Session, name: TableName) -> tuple[Table | None, list[TableName]]:
    """The table, and those beside it that hold its staged loads."""
    prefix = side_prefix(name, POSTGRES)
    found = _found(session, f"{_TABLES}{_SIDES}", [name], prefix)
    return found.get(name), [each for each in found if each.name.startswith(prefix)]


def _found(
    session: Session, query: str, names: Collection[TableName], *more: str
) -> dict[TableName, Table]:
    (schema,) = {name.schema for name in names}
    rows = session.rows(query, (schema, [name.name for name in names], *more))
    found = cast("list[tuple[str, int, str, str | None, int]]", rows)
    return {TableName(schema, told[0]): _table(*told[1:]) for told in found}


def _table(oid: int, kind: str, comment: str | None, size: int) -> Table:
    other = None if kind == "r" else _KINDS.get(kind, "no ordinary table")
    return Table(comment, other, oid, size)


def column_types(session: Session, table: Table) -> dict[str, str]:
    """PostgreSQL's type of each column, in order."""
    return {str(name): str(kind) for name, kind in session.rows(_COLUMNS, (table.oid,))}


def untyped_columns(session: Session, table: Table) -> tuple[str, ...]:
    """Those that were loaded without a type."""
    return tuple(str(name) for (name,) in session.rows(_UNTYPED, (table.oid, UNTYPED)))


def attached_to(session: Session, name: TableName, table: Table) -> list[str]:
    """What a new table of the same name would lose: views on it, indexes, grants and so on. Not
    the index on its key, which is made anew when it is needed."""
    own = key_index_name(name, table.oid)
    return sorted(str(what) for (what,) in session.rows(_ATTACHED, (table.oid, own)))


def referring_to(session: Session, table: Table) -> list[str]:
    """Foreign keys of other tables that point at it."""
    return sorted(str(what) for (what,) in session.rows(_REFERRING, (table.oid,)))


def analyze(session: Session, name: TableName) -> None:
    """First statistics, so that checks and joins are planned for the table's size. From a tenth
    of the server's usual sample: a tenth of a load's time would go into them otherwise, and the
    server gathers its own when it next vacuums."""
    target = exp.Literal.string("default_statistics_target")
    local = exp.func("set_config", target, exp.Literal.string("10"), exp.true())
    with session.transaction():
        session.rows(exp.select(local))
        session.execute(exp.Analyze(tables=[name.tree()]))
