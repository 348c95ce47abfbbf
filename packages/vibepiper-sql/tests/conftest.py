from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from sqlglot import exp
from vibepiper.io_manager import Change
from vibepiper_sql import DUCKDB, TableChange, carry_out

PUBLISHED, STAGED = exp.table_("pub lished", quoted=True), exp.table_("sta'ged", quoted=True)


class Tables:
    """Two tables in DuckDB; a `Runner`."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")

    def execute(self, statement: exp.Expr) -> int:
        answer = self.connection.execute(statement.sql("duckdb")).fetchall()
        return int(answer[0][0]) if answer and isinstance(answer[0][0], int) else 0

    def rows(self, query: exp.Expr) -> list[tuple[object, ...]]:
        return self.connection.execute(query.sql("duckdb")).fetchall()

    def make(self, columns: str, staged: str | None = None) -> None:
        """The published table, and the columns of what is staged for it."""
        self.connection.execute(f'CREATE TABLE "pub lished" ({columns})')
        self.connection.execute(f'CREATE TABLE "sta\'ged" ({staged or columns})')

    def load(self, change: Change, *rows: tuple[Any, ...], **options: Any) -> int:
        self.connection.execute('DELETE FROM "sta\'ged"')
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        for row in rows:
            self.connection.execute(f'INSERT INTO "sta\'ged" VALUES ({marks})', row)
        described = self.connection.execute('DESCRIBE "sta\'ged"').fetchall()
        names = tuple(str(row[0]) for row in described)
        plan = TableChange(
            asset="orders",
            published=PUBLISHED,
            staged=STAGED,
            columns=names,
            change=change,
            dialect=DUCKDB,
            **options,
        )
        return carry_out(self, plan)

    def found(self, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.connection.execute(
            f'SELECT {columns} FROM "pub lished" ORDER BY ALL'
        ).fetchall()


@pytest.fixture
def tables() -> Iterator[Tables]:
    made = Tables()
    yield made
    made.connection.close()
