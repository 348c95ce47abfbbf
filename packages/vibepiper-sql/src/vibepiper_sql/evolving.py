"""Columns that a published table gains, and types that it widens, as statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from vibepiper_sql.trees import column, every, identifier, is_null

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["add_columns", "leave_out_rows", "widen_columns"]

KindOf: TypeAlias = "Callable[[pa.Field], exp.DataType]"


def add_columns(table: exp.Table, fields: Iterable[pa.Field], kind: KindOf) -> list[exp.Alter]:
    """They are null in the rows that there are."""
    return [
        _alter(table, exp.ColumnDef(this=identifier(field.name), kind=kind(field)))
        for field in fields
    ]


def widen_columns(table: exp.Table, fields: Iterable[pa.Field], kind: KindOf) -> list[exp.Alter]:
    return [
        _alter(
            table,
            exp.AlterColumn(
                this=identifier(field.name),
                dtype=kind(field),
                using=exp.cast(column(field.name), kind(field)),
            ),
        )
        for field in fields
    ]


def leave_out_rows(staged: exp.Table, columns: Iterable[str]) -> exp.Delete:
    """The staged rows that have a value in one of the columns."""
    bare = every(is_null(column(name)) for name in columns)
    return exp.delete(staged.copy()).where(exp.not_(exp.paren(bare)))


def _alter(table: exp.Table, action: exp.Expr) -> exp.Alter:
    return exp.Alter(this=table.copy(), kind="TABLE", actions=[action])
