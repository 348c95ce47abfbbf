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
from vibepiper_sql import TableName, create_schema, drop_table, schemas_there

from vibepiper_duckdb.answers import open_stream
from vibepiper_duckdb.catalog import Catalog
from vibepiper_duckdb.names import check_identifier
from vibepiper_duckdb.session import Session
from vibepiper_duckdb.settings import DuckDBSettings, open_database
from vibepiper_duckdb.writing import chunks, write

if TYPE_CHECKING:
    from vibepiper_transform import Relation

    from vibepiper_duckdb.backend import DuckDBFileBackend

__all__ = ["DuckDBConnector", "Mode", "Transaction"]

Mode = Literal["create", "append", "replace"]


class Transaction:
    """Statements that commit together, or not at all when the block that opened it raises."""

    def __init__(self, session: Session, schema: str) -> None:
        self._session = session
        self._schema = schema

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement with ``?`` or ``$1`` bound, and returns the rows it touched; -1 for
        one that touches none, such as CREATE."""
        return self._session.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """Writes a table and returns its rows.

        ``create`` refuses a table that exists, ``append`` adds to one that has these columns,
        found by their names, ``replace`` drops what was there first.
        """
        table = TableName(self._schema, check_identifier(name, "table"))
        rows = 0
        for number, (piece, _) in enumerate(chunks(as_reader(data))):
            if number == 0 and mode != "append":
                self._make(table, mode)
            rows += write(self._session, table, piece, first=number == 0 and mode != "append")
        return rows

    def _make(self, table: TableName, mode: Mode) -> None:
        self._session.execute(create_schema(table.schema))
        if mode == "replace":
            self._session.execute(drop_table(table))


class DuckDBConnector(Component[DuckDBSettings]):
    """A link to one DuckDB file. Safe to use from several threads: each operation has a session
    of its own. The file is open while one lasts, and a moment longer."""

    settings_model = DuckDBSettings

    def __init__(self, settings: DuckDBSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = open_database(settings, context)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """The answer as a stream in constant memory; ``?`` or ``$1`` in ``sql`` stand for the
        parameters. One that is small is read at once; while a larger one is read, the file stays
        open."""
        return open_stream(self._database, sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block; rolls back when it raises."""
        with self._database.session() as session, session.transaction():
            yield Transaction(session, self.settings.schema_name)

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
        table = TableName(self.settings.schema_name, check_identifier(name, "table"))
        with self._database.session() as session:
            catalog = Catalog(session)
            if not any(catalog.find(table)):
                raise StoreError(f"{self._database}: there is no table {table}")
            return catalog.schema(table)

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        """The schemas of those tables and views that are there."""
        names = {t: TableName(t.schema or self.settings.schema_name, t.name) for t in tables}
        if not self._database.is_there():
            return {}
        with self._database.session() as session:
            return schemas_there(Catalog(session), names)

    @property
    def backend(self) -> DuckDBFileBackend:
        """The engine of its relations."""
        from vibepiper_duckdb.backend import DuckDBFileBackend

        return DuckDBFileBackend(self._database)

    def relation(self, name: str, *, schema: str | None = None) -> Relation:
        """A table as a lazy relation, which runs here together with others of this database;
        ``schema`` is the configured one unless told."""
        from vibepiper_transform import database_table

        place = check_identifier(schema or self.settings.schema_name, "schema")
        return database_table(self.backend, check_identifier(name, "table"), schema=place)

    def ping(self) -> None:
        """Raises `StoreError` unless the file can be opened and answers."""
        self.execute("SELECT 1")

    def close(self) -> None:
        self._database.close()
