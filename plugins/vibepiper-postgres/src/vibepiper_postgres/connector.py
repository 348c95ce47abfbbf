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
from vibepiper_sql import TableName, create_table, drop_table

from vibepiper_postgres.describing import readable_schemas
from vibepiper_postgres.encode import Encoder
from vibepiper_postgres.session import Database, Parameter, Session
from vibepiper_postgres.settings import PostgresSettings
from vibepiper_postgres.streams import bind, open_stream, prepare
from vibepiper_postgres.tables import find_tables

if TYPE_CHECKING:
    from vibepiper_transform import Relation

    from vibepiper_postgres.backend import PostgresBackend

__all__ = ["Mode", "PostgresConnector", "Transaction"]

Mode = Literal["create", "append", "replace"]


class Transaction:
    """Statements that commit together, or not at all when the block that opened it raises."""

    def __init__(self, session: Session, schema: str) -> None:
        self._session = session
        self._schema = schema

    def execute(self, statement: str, parameters: Sequence[Parameter] = ()) -> int:
        """Runs a statement with ``$1``, ``$2`` ... bound, and returns the rows it touched: -1
        where the driver does not tell, as with parameters."""
        return self._session.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """Writes a table by COPY and returns its rows.

        ``create`` refuses a table that exists, ``append`` adds to one whose columns have the
        types that `vibepiper_postgres.encode` lists, ``replace`` drops what was there first.
        """
        table = TableName(self._schema, name)
        reader = as_reader(data)
        encoder = Encoder.of(reader.schema)
        if mode == "replace":
            self._session.execute(drop_table(table))
        if mode != "append":
            self._session.execute(create_table(table, encoder.definitions()))
        return self._session.copy_in(table, encoder.encode(reader))


class PostgresConnector(Component[PostgresSettings]):
    """A link to one PostgreSQL database. Safe to use from several threads: each operation has
    a session of its own."""

    settings_model = PostgresSettings

    def __init__(self, settings: PostgresSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = Database(settings.address())

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """The answer as a stream in constant memory, fetched ahead of the reader.

        ``$1``, ``$2`` ... in ``sql`` stand for the parameters. The columns are asked of the
        server at once; the query runs when the first batch is read.
        """
        query = bind(sql, parameters) if parameters else sql
        with self._database.session() as session:
            answer = prepare(session, query)
        return open_stream(self._database, answer)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block; rolls back when it raises."""
        with self._database.session() as session, session.transaction():
            yield Transaction(session, self.settings.schema_name)

    def execute(self, statement: str, parameters: Sequence[Parameter] = ()) -> int:
        """Runs one statement by itself and returns the rows it touched: -1 where the driver
        does not tell, as with parameters."""
        with self._database.session() as session:
            return session.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """`Transaction.ingest` in a transaction of its own: all rows, or the table as it was."""
        with self.transaction() as transaction:
            return transaction.ingest(name, data, mode)

    def schema(self, name: str) -> pa.Schema:
        """The Arrow schema of a table, as `query` would deliver it."""
        from sqlglot import exp

        table = TableName(self.settings.schema_name, name)
        with self._database.session() as session:
            if not find_tables(session, [table]):
                raise StoreError(f"{session.address}: there is no table {table}")
            return prepare(session, exp.select("*").from_(table.tree())).schema

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        """The schemas of those that are there and may be read, in two questions to the server."""
        names = {t: TableName(t.schema or self.settings.schema_name, t.name) for t in tables}
        with self._database.session() as session:
            found = readable_schemas(session, {*names.values()})
        return {table: found[name] for table, name in names.items() if name in found}

    @property
    def backend(self) -> PostgresBackend:
        """The engine of its relations."""
        from vibepiper_postgres.backend import PostgresBackend

        return PostgresBackend(self._database)

    def relation(self, name: str, *, schema: str | None = None) -> Relation:
        """A table as a lazy relation, which runs here together with others of this database;
        ``schema`` is the configured one unless told."""
        from vibepiper_transform import database_table

        return database_table(self.backend, name, schema=schema or self.settings.schema_name)

    def ping(self) -> None:
        """Raises `StoreError` unless the server answers."""
        self.execute("SELECT 1")

    def close(self) -> None:
        self._database.close()
