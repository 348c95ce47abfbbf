"""What the catalog says about tables, and the statements that make and change them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from sqlglot import exp

from vibepiper_postgres.names import TableName
from vibepiper_postgres.session import Session

__all__ = [
    "Mark",
    "Table",
    "column_types",
    "comment_on",
    "create_as",
    "create_table",
    "drop_table",
    "find_table",
    "find_tables",
    "rename_table",
]

_MARK = "vibepiper "

_TABLE = """
SELECT c.oid::bigint, c.relkind::text, obj_description(c.oid, 'pg_class'),
       pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2
"""
_TABLES = """
SELECT c.relname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND starts_with(c.relname, $2) AND c.relkind = 'r'
"""
_COLUMNS = """
SELECT attname::text, format_type(atttypid, atttypmod)
FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
_ATTACHED = """
SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
       THEN 'view ' || (SELECT ev_class::regclass::text FROM pg_rewrite r WHERE r.oid = d.objid)
       ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
FROM pg_depend d JOIN pg_class c ON c.oid = $1
WHERE d.deptype <> 'i'
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
class Mark:
    """What VibePiper notes in the last line of a table's comment, so that it is changed in one
    transaction with the table: whose data it is and which load wrote it."""

    asset: str
    load_id: str
    rows: int

    @classmethod
    def read(cls, comment: str | None) -> Mark | None:
        line = (comment or "").rpartition("\n")[2]
        if not line.startswith(_MARK):
            return None
        try:
            noted = json.loads(line.removeprefix(_MARK))
            return cls(str(noted["asset"]), str(noted["load_id"]), int(noted["rows"]))
        except (ValueError, KeyError, TypeError):  # people may write such a line as well
            return None

    def written(self, before: str | None = None) -> str:
        """The comment; what people wrote above an earlier mark in ``before`` is kept."""
        kept, _, last = (before or "").rpartition("\n")
        if not last.startswith(_MARK):
            kept = before or ""
        noted = {"asset": self.asset, "load_id": self.load_id, "rows": self.rows}
        line = _MARK + json.dumps(noted)
        return f"{kept}\n{line}" if kept else line


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view or the like, as the catalog shows it."""

    oid: int
    kind: str
    comment: str | None
    bytes: int

    @property
    def mark(self) -> Mark | None:
        return Mark.read(self.comment)

    @property
    def is_table(self) -> bool:
        return self.kind == "r"


def find_table(session: Session, name: TableName) -> Table | None:
    rows = session.rows(_TABLE, (name.schema, name.name))
    if not rows:
        return None
    oid, kind, comment, size = cast("tuple[int, str, str | None, int]", rows[0])
    return Table(oid, kind, comment, size)


def find_tables(session: Session, schema: str, prefix: str) -> list[TableName]:
    """The tables whose names begin with ``prefix``."""
    return [TableName(schema, str(name)) for (name,) in session.rows(_TABLES, (schema, prefix))]


def column_types(session: Session, table: Table) -> dict[str, str]:
    """PostgreSQL's type of each column, in order."""
    return {str(name): str(kind) for name, kind in session.rows(_COLUMNS, (table.oid,))}


def attached_to(session: Session, table: Table) -> list[str]:
    """What a new table of the same name would lose: views on it, indexes, grants and so on."""
    return sorted(str(what) for (what,) in session.rows(_ATTACHED, (table.oid,)))


def referring_to(session: Session, table: Table) -> list[str]:
    """Foreign keys of other tables that point at it."""
    return sorted(str(what) for (what,) in session.rows(_REFERRING, (table.oid,)))


def create_table(name: TableName, columns: list[exp.ColumnDef]) -> exp.Create:
    return exp.Create(this=exp.Schema(this=name.tree(), expressions=columns), kind="TABLE")


def create_as(name: TableName, query: exp.Query) -> exp.Create:
    return exp.Create(this=name.tree(), kind="TABLE", expression=query)


def drop_table(name: TableName) -> exp.Drop:
    return exp.Drop(tables=[name.tree()], kind="TABLE", exists=True)


def rename_table(name: TableName, to: str) -> exp.Alter:
    renamed = exp.AlterRename(this=exp.table_(to, quoted=True))
    return exp.Alter(this=name.tree(), kind="TABLE", actions=[renamed])


def comment_on(name: TableName, text: str) -> exp.Comment:
    return exp.Comment(this=name.tree(), kind="TABLE", expression=exp.Literal.string(text))


def analyze(session: Session, name: TableName) -> None:
    """First statistics, so that checks and joins are planned for the table's size. From a tenth
    of the server's usual sample: a tenth of a load's time would go into them otherwise, and the
    server gathers its own when it next vacuums."""
    target = exp.Literal.string("default_statistics_target")
    local = exp.func("set_config", target, exp.Literal.string("10"), exp.true())
    with session.transaction():
        session.rows(exp.select(local))
        session.execute(exp.Analyze(tables=[name.tree()]))
