"""A change of one table: which tables, columns and rows, in which database."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Protocol

from sqlglot import exp
from vibepiper.io_manager import Change

from vibepiper_sql.trees import PUBLISHED, STAGED, column, every, same_key

__all__ = ["DUCKDB", "MYSQL", "POSTGRES", "SQLITE", "Runner", "SqlDialect", "TableChange"]

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class SqlDialect:
    """What databases spell differently, beyond what sqlglot knows.

    ``row_id`` is the system column that tells the rows of a table apart within a transaction, and
    grows in the order they were written. ``inserted``: in RETURNING of an INSERT ... ON CONFLICT,
    whether the row is new; None where ON CONFLICT is not to be used. ``counts_fast``: the number
    of a table's rows is known without reading them. ``untyped``: what a column of Arrow's type
    null is loaded as, by Arrow's name, where the database has no such type. A store that only
    replaces whole tables needs neither it nor ``row_id``.
    """

    name: str
    title: str
    row_id: str
    inserted: exp.Expr | None = None
    ignores_case: bool = False
    counts_fast: bool = False
    untyped: str | None = None

    def folded(self, name: str) -> str:
        """The same text for all spellings of one name. An engine that ignores case does so for
        the letters of ASCII."""
        return name.translate(_LOWER) if self.ignores_case else name


POSTGRES = SqlDialect(
    "postgres",
    "PostgreSQL",
    "ctid",
    exp.EQ(
        this=exp.cast(exp.column("xmax", quoted=True), "TEXT"), expression=exp.Literal.string("0")
    ),
    untyped="string",
)
DUCKDB = SqlDialect("duckdb", "DuckDB", "rowid", ignores_case=True, counts_fast=True)
MYSQL = SqlDialect("mysql", "MySQL", "")
SQLITE = SqlDialect("sqlite", "SQLite", "rowid", ignores_case=True)


class Runner(Protocol):
    """What runs statements, all within one transaction."""

    def execute(self, statement: exp.Expr, /) -> int:
        """The rows that an INSERT, UPDATE or DELETE touched."""
        ...

    def rows(self, query: exp.Expr, /) -> list[tuple[object, ...]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """Staged rows that change a published table.

    ``columns`` are those of the staged rows that the published table takes; ``missing`` those of
    the published table that they lack. ``within`` holds for the rows of the partition that is
    written (see `vibepiper_sql.slice_filter`). ``unique``: the published table has a unique index
    on the key. The staged table belongs to the change, which may delete rows of it.
    """

    asset: str
    published: exp.Table
    staged: exp.Table
    columns: tuple[str, ...]
    change: Change
    dialect: SqlDialect
    missing: tuple[str, ...] = ()
    within: exp.Expr | None = None
    unique: bool = False

    @property
    def mode(self) -> str:
        """The change's; to replace a partition is to delete and insert its rows."""
        mode = self.change.mode
        return "delete_insert" if mode == "replace" and self.within is not None else mode

    def in_partition(self) -> list[exp.Expr]:
        """Hold for a published row of the partition that is written; none where all are meant."""
        if self.within is None:
            return []
        return [self.within.transform(_published)]

    def matching(self, table: str = STAGED) -> exp.Expr:
        """Whether a published row has the key of a row of ``table``, and may make way for it:
        a partition is written by itself."""
        return every([same_key(self.change.key, PUBLISHED, table), *self.in_partition()])


def _published(tree: exp.Expr) -> exp.Expr:
    return column(tree.name, PUBLISHED) if isinstance(tree, exp.Column) else tree
