"""Statements that make, name and drop tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlglot import exp

from vibepiper_sql.naming import TableName
from vibepiper_sql.trees import column, count, identifier, is_null, select_from

__all__ = [
    "any_value",
    "comment_on",
    "count_rows",
    "create_as",
    "create_schema",
    "create_table",
    "drop_columns",
    "drop_table",
    "UNTYPED",
    "make_table",
    "note_typed",
    "note_untyped",
    "rename_table",
]


UNTYPED = "vibepiper: loaded without a type"


def create_schema(schema: str) -> exp.Create:
    return exp.Create(this=exp.Table(db=identifier(schema)), kind="SCHEMA", exists=True)


def create_table(name: TableName, columns: list[exp.ColumnDef]) -> exp.Create:
    return exp.Create(this=exp.Schema(this=name.tree(), expressions=columns), kind="TABLE")


def make_table(
    table: exp.Table, columns: Mapping[str, str], nullable: Collection[str] = ()
) -> exp.Create:
    """CREATE TABLE IF NOT EXISTS, of columns and their types."""
    made: list[exp.Expr] = []
    for name, kind in columns.items():
        rules = [] if name in nullable else [exp.NotNullColumnConstraint()]
        constraints = [exp.ColumnConstraint(kind=rule) for rule in rules]
        made.append(
            exp.ColumnDef(
                this=identifier(name), kind=exp.DataType.build(kind), constraints=constraints
            )
        )
    schema = exp.Schema(this=table.copy(), expressions=made)
    return exp.Create(this=schema, kind="TABLE", exists=True)


def create_as(name: TableName, query: exp.Query) -> exp.Create:
    return exp.Create(this=name.tree(), kind="TABLE", expression=query)


def drop_table(name: TableName) -> exp.Drop:
    """Nothing happens when there is none."""
    return exp.Drop(tables=[name.tree()], kind="TABLE", exists=True)


def rename_table(name: TableName, to: str) -> exp.Alter:
    renamed = exp.AlterRename(this=exp.table_(to, quoted=True))
    return exp.Alter(this=name.tree(), kind="TABLE", actions=[renamed])


def drop_columns(name: TableName, columns: Iterable[str]) -> list[exp.Alter]:
    drops = [exp.Drop(tables=[identifier(column)], kind="COLUMN") for column in columns]
    return [exp.Alter(this=name.tree(), kind="TABLE", actions=[drop]) for drop in drops]


def comment_on(name: TableName, text: str) -> exp.Comment:
    return exp.Comment(this=name.tree(), kind="TABLE", expression=exp.Literal.string(text))


def note_untyped(name: TableName, columns: Iterable[str]) -> list[exp.Comment]:
    """Notes of columns that they were loaded without a type."""
    return _comments(name, columns, exp.Literal.string(UNTYPED))


def note_typed(name: TableName, columns: Iterable[str]) -> list[exp.Comment]:
    """Takes the note off columns that have a type by now."""
    return _comments(name, columns, exp.null())


def _comments(name: TableName, columns: Iterable[str], text: exp.Expr) -> list[exp.Comment]:
    parts = [identifier(part) for part in (name.schema, name.name)]
    return [
        exp.Comment(
            this=exp.Column(this=identifier(each), table=parts[1].copy(), db=parts[0].copy()),
            kind="COLUMN",
            expression=text.copy(),
        )
        for each in columns
    ]


def any_value(name: TableName, of: str) -> exp.Select:
    """A row, if one has a value in the column."""
    there = exp.not_(is_null(column(of)))
    return exp.select(exp.Literal.number(1)).from_(name.tree()).where(there).limit(1)


def count_rows(name: TableName) -> exp.Select:
    return select_from(name.tree(), count())
