"""The database connector."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
from vibepiper.component import Component, ComponentContext
from vibepiper.database import DatabaseTable
from vibepiper.errors import StoreError
from vibepiper_sql import TableName, schemas_there

from vibepiper_mysql.answers import open_stream
from vibepiper_mysql.catalog import Catalog
from vibepiper_mysql.names import check_identifier
from vibepiper_mysql.session import Database, bind
from vibepiper_mysql.settings import MySQLSettings
from vibepiper_mysql.transaction import Mode, Transaction, transaction

if TYPE_CHECKING:
    from vibepiper_transform import Relation

    from vibepiper_mysql.backend import MySQLBackend

__all__ = ["MySQLConnector"]


class MySQLConnector(Component[MySQLSettings]):
    """A link to one MySQL or MariaDB database. Safe to use from several threads: each operation
    has a connection of its own."""

    settings_model = MySQLSettings

    def __init__(self, settings: MySQLSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = Database(settings.address())

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """The answer as a stream in constant memory; ``?`` in ``sql`` stands for the parameters."""
        return open_stream(self._database, bind(sql, parameters))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block; rolls back when it raises."""
        with transaction(self._database) as running:
            yield running

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs one statement by itself and returns the rows it touched."""
        with self._database.session() as session:
            return session.execute(bind(statement, parameters))

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """`Transaction.ingest` in a transaction of its own: all rows, or the table as it was."""
        with self.transaction() as running:
            return running.ingest(name, data, mode)

    def schema(self, name: str) -> pa.Schema:
        """The Arrow schema of a table or view, as `query` would deliver it."""
        table = TableName(self._database.address.database, check_identifier(name, "table"))
        with self._database.session() as session:
            if not any(Catalog(session).find(table)):
                raise StoreError(f"{self._database.address}: there is no table {table}")
            return Catalog(session).schema(table)

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        """The schemas of those tables and views that are there, over one connection."""
        own = self._database.address.database
        names = {t: TableName(t.schema or own, t.name) for t in tables}
        with self._database.session() as session:
            return schemas_there(Catalog(session), names)

    @property
    def backend(self) -> MySQLBackend:
        """The engine of its relations."""
        from vibepiper_mysql.backend import MySQLBackend

        return MySQLBackend(self._database)

    def relation(self, name: str, *, schema: str | None = None) -> Relation:
        """A table as a lazy relation, which runs here together with others of this database;
        ``schema`` is another database of the server."""
        from vibepiper_transform import database_table

        place = schema or self._database.address.database
        return database_table(self.backend, check_identifier(name, "table"), schema=place)

    def ping(self) -> None:
        """Raises `StoreError` unless the server answers."""
        self.execute("SELECT 1")

    def close(self) -> None:
        self._database.close()
