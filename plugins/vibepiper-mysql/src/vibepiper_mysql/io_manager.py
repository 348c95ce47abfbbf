"""The IO manager: each asset is a table."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader, report_rows
from vibepiper.errors import StoreError, VibePiperError
from vibepiper.io_manager import AssetRef, Stored
from vibepiper_sql import (
    MYSQL,
    AssetTable,
    FoundTable,
    Mark,
    RowEncoder,
    TableName,
    comment_on,
    create_table,
    drop_table,
    find_staged,
    refuse_foreign,
    replace_rows,
    side_prefix,
    side_table,
)
from vibepiper_transform import relation_at

from vibepiper_mysql.answers import open_stream
from vibepiper_mysql.backend import MySQLBackend
from vibepiper_mysql.catalog import Catalog, locked, release_lock, take_lock
from vibepiper_mysql.names import asset_table
from vibepiper_mysql.session import Database, Session
from vibepiper_mysql.settings import MySQLSettings
from vibepiper_mysql.types import rules
from vibepiper_mysql.writing import insert, rename

if TYPE_CHECKING:
    from vibepiper_transform import Relation

__all__ = ["MySQLIOManager"]


class MySQLIOManager(Component[MySQLSettings]):
    """Keeps assets as tables of one database.

    Asset ``raw/orders`` is table ``raw__orders``; ``uri`` names another (``table`` or
    ``database.table``). A load is written to a table beside it, and takes its place by one RENAME.
    Only tables that VibePiper wrote for the same asset are ever changed.
    """

    settings_model = MySQLSettings

    def __init__(self, settings: MySQLSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = Database(settings.address())
        self.backend = MySQLBackend(self._database)
        self._claims: dict[TableName, Session] = {}
        self._lock = threading.Lock()

    def place(self, ref: AssetRef) -> str:
        return str(self._published(ref))

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        with self._database.session() as session:
            query = self._asset(session, ref).query()
        return open_stream(self._database, query)

    def relation(self, ref: AssetRef) -> Relation:
        with self._database.session() as session:
            table = self._asset(session, ref)
            table.within()
            name = table.name
        from vibepiper_transform import database_table

        return database_table(self.backend, name.name, schema=name.schema)

    def exists(self, ref: AssetRef) -> bool:
        with self._database.session() as session:
            return self._asset(session, ref).exists()

    def save(self, ref: AssetRef, data: object) -> Stored:
        load = replace(ref, load_id=ref.load_id or uuid.uuid4().hex)
        staged = self.stage(load, data)
        try:
            return self.publish(load, staged)
        except VibePiperError:
            self.discard(load)
            raise

    def stage(self, ref: AssetRef, data: object) -> Stored:
        name, side = self._published(ref), self._table(ref)
        claim = self._database.acquire()
        try:
            catalog = Catalog(claim)
            (published,) = catalog.find(name)
            refuse_foreign(catalog, name, published, ref.key)
            _claim(claim, side)
            _collect(claim, name)  # also what the load's own last attempt left
            rows = self._write(side, data)
            mark = Mark(ref.key, ref.load_id or "", rows)
            catalog.execute(comment_on(side, mark.written()))
            stored = self._stored(claim, side, rows)
        except BaseException:
            claim.broken = True  # closing it drops the claim
            self._database.release(claim)
            with suppress(StoreError), self._database.session() as session:
                session.execute(drop_table(side))
            raise
        with self._lock:
            self._claims[side] = claim
        return stored

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        name, side = self._published(ref), self._table(ref)
        with self._database.session() as session:
            with locked(session, name):
                if (found := find_staged(Catalog(session), ref, name)) is not None:
                    _publish(session, ref, name, side, *found)
            stored = self._stored(session, name, staged.rows)
        self._unclaim(side)
        return stored

    def discard(self, ref: AssetRef) -> None:
        side = self._table(ref)
        with self._database.session() as session:
            session.execute(drop_table(side))
        self._unclaim(side)

    def close(self) -> None:
        for side in list(self._claims):
            self._unclaim(side)
        self._database.close()

    def _write(self, side: TableName, data: object) -> int:
        if (relation := relation_at(data, self.backend)) is not None:
            return self._write_query(side, relation)
        reader = as_reader(data)
        encoder = RowEncoder.of(reader.schema, rules(self._database.collation))
        rows = 0
        with self._database.session() as session:
            session.execute(create_table(side, encoder.definitions()))
            for batch in reader:
                with session.transaction():
                    rows += insert(session, side, encoder, batch, rows)
        return rows

    def _write_query(self, side: TableName, data: Relation) -> int:
        """By the server itself, into columns of the types that the relation tells."""
        encoder = RowEncoder.of(data.schema, rules(self._database.collation))
        names = [exp.to_identifier(column.name, quoted=True) for column in encoder.columns]
        query = self.backend.lowered(data.query())
        with self._database.session() as session:
            session.execute(create_table(side, encoder.definitions()))
            rows = session.execute(exp.insert(query, side.tree(), columns=names))
        report_rows(rows)
        return rows

    def _stored(self, session: Session, name: TableName, rows: int | None) -> Stored:
        schema = Catalog(session).schema(name)
        return Stored(f"{session.address}/{name.name}", rows=rows, schema=schema)

    def _unclaim(self, side: TableName) -> None:
        with self._lock:
            session = self._claims.pop(side, None)
        if session is not None:
            with suppress(StoreError):  # a lost connection holds no claim
                release_lock(session, side)
            self._database.release(session)

    def _published(self, ref: AssetRef) -> TableName:
        return asset_table(ref, self._database.address.database)

    def _table(self, ref: AssetRef) -> TableName:
        name = self._published(ref)
        return name if ref.load_id is None else side_table(name, ref.load_id, MYSQL)

    def _asset(self, session: Session, ref: AssetRef) -> AssetTable:
        return AssetTable(Catalog(session), ref, self._published(ref))


_NOTICED_SECONDS = 5
"""A server ends the statement that it is at before it looks whether its client lives."""


def _claim(session: Session, side: TableName) -> None:
    """Marks the load as alive for as long as the session lasts, or until it is released. Waits a
    moment for the server to notice that who had claimed it was killed."""
    if not take_lock(session, side, _NOTICED_SECONDS):
        raise StoreError(
            f"{session.address}: load {side.name} is being written by another process",
            hint="Give each write a load id of its own.",
        )


def _collect(session: Session, table: TableName) -> None:
    """Drops what processes that died left of earlier loads of the table. A load that a living
    process has claimed stays."""
    for side in Catalog(session).beginning_with(table.schema, side_prefix(table, MYSQL)):
        if take_lock(session, side):
            session.execute(drop_table(side))
            release_lock(session, side)


def _publish(
    session: Session,
    ref: AssetRef,
    name: TableName,
    side: TableName,
    mark: Mark,
    published: FoundTable | None,
) -> None:
    """Makes the side table the published one. One with indexes, triggers or foreign keys keeps its
    identity: its rows are replaced in a transaction, and then the mark, so that a load that was
    killed between the two is published again."""
    catalog = Catalog(session)
    if published is None:
        rename(session, (side, name))
        return
    comment = comment_on(name, mark.written(published.comment))
    if attached := catalog.attached(name):
        with session.transaction():
            replace_rows(catalog, name, side, attached)
        catalog.execute(comment)
        catalog.execute(drop_table(side))
        return
    catalog.execute(comment_on(side, mark.written(published.comment)))
    old = side_table(name, f"{(ref.load_id or '')[:36]}.old", MYSQL)
    rename(session, (name, old), (side, name))
    catalog.execute(drop_table(old))
