"""Changes of rows that commit together, in a database whose statements that define tables commit by
themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from vibepiper.data import as_reader
from vibepiper.errors import StoreError
from vibepiper_sql import RowEncoder, TableName, create_table, drop_table

from vibepiper_mysql.catalog import Catalog
from vibepiper_mysql.names import check_identifier
from vibepiper_mysql.session import Database, Session, bind
from vibepiper_mysql.types import rules
from vibepiper_mysql.writing import insert, rename

__all__ = ["Mode", "Transaction", "transaction"]

Mode = Literal["create", "append", "replace"]
_DEFINES = ("ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "LOCK", "BEGIN")


class Transaction:
    """Rows change together, or not at all when the block that opened it raises. Tables that it
    makes are there at once, empty, and go when it fails; one that it replaces is the old one until
    the end."""

    def __init__(self, session: Session, aside: Session, database: Database) -> None:
        self._session = session
        self._aside = aside
        self._database = database
        self._made: list[TableName] = []
        self._replacing: dict[TableName, TableName] = {}

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Runs a statement with ``?`` bound, and returns the rows it touched. Raises `StoreError`
        for one that MySQL would commit by itself."""
        if statement.lstrip().upper().startswith(_DEFINES):
            raise StoreError(
                f"{self._session.address}: MySQL commits what came before a statement such as "
                f"{statement.split()[0].upper()}, so a transaction cannot hold it",
                hint="Run it before the transaction, with the connector's execute.",
            )
        return self._session.execute(bind(statement, parameters))

    def ingest(self, name: str, data: object, mode: Mode = "create") -> int:
        """Writes a table and returns its rows.

        ``create`` refuses a table that exists, ``append`` adds to one that has these columns,
        found by their names, ``replace`` puts a new one in its place.
        """
        named = TableName(self._session.address.database, check_identifier(name, "table"))
        reader = as_reader(data)
        encoder = RowEncoder.of(reader.schema, rules(self._database.collation))
        table = named if mode == "append" else self._make(named, encoder, mode)
        rows = 0
        for batch in reader:
            rows += insert(self._session, table, encoder, batch, rows)
        return rows

    def _make(self, named: TableName, encoder: RowEncoder, mode: Mode) -> TableName:
        table = named
        if mode == "replace" and any(Catalog(self._aside).find(named)):
            table = self._replacing[named] = TableName(named.schema, f"vp_{uuid.uuid4().hex}")
        self._aside.execute(create_table(table, encoder.definitions()))
        self._made.append(table)
        return table

    def settle(self) -> None:
        """After the commit: puts the new tables in their places."""
        for named, table in self._replacing.items():
            old = TableName(named.schema, f"{table.name}o")
            rename(self._aside, (named, old), (table, named))
            self._aside.execute(drop_table(old))

    def undo(self) -> None:
        for table in self._made:
            self._aside.execute(drop_table(table))


@contextmanager
def transaction(database: Database) -> Iterator[Transaction]:
    with database.session() as aside:
        made: Transaction | None = None
        try:
            with database.session() as session, session.transaction():
                made = Transaction(session, aside, database)
                yield made
        except BaseException:
            if made is not None:
                made.undo()
            raise
        made.settle()
