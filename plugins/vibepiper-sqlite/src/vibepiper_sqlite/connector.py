"""The database connector."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader
from vibepiper.database import DatabaseTable
from vibepiper.errors import StoreError
from vibepiper_sql import RowEncoder, TableName, create_table, drop_table, schemas_there

from vibepiper_sqlite.answers import open_query
from vibepiper_sqlite.catalog import Catalog
from vibepiper_sqlite.names import MAIN, main_table
from vibepiper_sqlite.session import Session
from vibepiper_sqlite.settings import SQLiteSettings, open_database
from vibepiper_sqlite.types import RULES
from vibepiper_sqlite.writing import insert

if TYPE_CHECKING:
    from vibepiper_transform import Relation

    from vibepiper_sqlite.backend import SQLiteBackend

__all__ = ["Mode", "SQLiteConnector", "Transaction"]

Mode = Literal["create", "append", "replace"]


class Transaction:
    """Statements that commit together, or not at all when the block that opened it raises."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement with ``?`` bound, and returns the rows it touched; -1 for one that
        touches none, such as CREATE."""
        return self._session.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """Writes a table and returns its rows.

        ``create`` refuses a table that exists, ``append`` adds to one that has these columns,
        found by their names, ``replace`` drops what was there first.
        """
        table = main_table(name)
        reader = as_reader(data)
        encoder = RowEncoder.of(reader.schema, RULES)
        if mode == "replace":
            self._session.execute(drop_table(table))
        if mode != "append":
            self._session.execute(create_table(table, encoder.definitions()))
        rows = 0
        for batch in reader:
            rows += insert(self._session, table, encoder, batch, rows)
        return rows


class SQLiteConnector(Component[SQLiteSettings]):
    """A link to one SQLite file. Safe to use from several threads: each operation has a
    connection of its own."""

    settings_model = SQLiteSettings

    def __init__(self, settings: SQLiteSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = open_database(settings, context)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """The answer as a stream; ``?`` in ``sql`` stands for the parameters. Columns of tables
        have the types that these declare; those of expressions are told by the first rows."""
        return open_query(self._database, sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block; rolls back when it raises."""
        with self._database.session() as session, session.transaction():
            yield Transaction(session)

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs one statement by itself and returns the rows it touched; -1 for one that touches
        none, such as CREATE."""
        with self._database.session() as session:
            return session.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """`Transaction.ingest` in a transaction of its own: all rows, or the table as it was."""
        with self.transaction() as transaction:
            return transaction.ingest(name, data, mode)

    def schema(self, name: str) -> pa.Schema:
        """The Arrow schema of a table or view, as `query` would deliver it."""
        table = main_table(name)
        with self._database.session() as session:
            if not any(Catalog(session).find(table)):
                raise StoreError(f"{self._database}: there is no table {table}")
            return Catalog(session).schema(table)

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        """The schemas of those tables and views that are there."""
        names = {t: TableName(MAIN, t.name) for t in tables if (t.schema or MAIN).lower() == MAIN}
        if not self._database.is_there():
            return {}
        with self._database.session() as session:
            return schemas_there(Catalog(session), names)

    @property
    def backend(self) -> SQLiteBackend:
        """The engine of its relations."""
        from vibepiper_sqlite.backend import SQLiteBackend

        return SQLiteBackend(self._database)

    def relation(self, name: str, *, schema: str | None = None) -> Relation:
        """A table as a lazy relation, which runs here together with others of this database;
        ``schema`` is ``main`` unless told."""
        from vibepiper_transform import database_table

        table = main_table(name)
        return database_table(self.backend, table.name, schema=schema or table.schema)

    def ping(self) -> None:
        """Raises `StoreError` unless the file can be opened and answers."""
        self.execute("SELECT 1")
