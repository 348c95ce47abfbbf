"""The IO manager: each asset is a table."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader
from vibepiper.errors import NotMaterialized, StoreError, VibePiperError
from vibepiper.io_manager import AssetRef, Stored
from vibepiper_transform import Relation, database_table

from vibepiper_postgres import staging, tables
from vibepiper_postgres.backend import PostgresBackend
from vibepiper_postgres.dialect import lowered
from vibepiper_postgres.encode import Encoder
from vibepiper_postgres.names import TableName, asset_table, side_table
from vibepiper_postgres.session import Database, Session
from vibepiper_postgres.settings import PostgresSettings
from vibepiper_postgres.streams import Answer, open_stream, prepare
from vibepiper_postgres.tables import Mark

__all__ = ["PostgresIOManager"]


class PostgresIOManager(Component[PostgresSettings]):
    """Keeps assets as tables of one schema.

    Asset ``raw/orders`` is table ``raw__orders``; ``uri`` names another (``table`` or
    ``schema.table``). A load is written to a table beside it and takes its place in one
    transaction. Only tables that VibePiper wrote for the same asset are ever replaced.
    """

    settings_model = PostgresSettings

    def __init__(self, settings: PostgresSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = Database(settings.address())
        self._backend = PostgresBackend(self._database)
        self._claims: dict[TableName, Session] = {}
        self._lock = threading.Lock()

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        with self._database.session() as session:
            name = self._present(session, ref)
            answer = _contents(session, name)
        return open_stream(self._database, answer)

    def relation(self, ref: AssetRef) -> Relation:
        with self._database.session() as session:
            name = self._present(session, ref)
        return database_table(self._backend, name.name, schema=name.schema)

    def exists(self, ref: AssetRef) -> bool:
        with self._database.session() as session:
            return tables.find_table(session, self._table(ref)) is not None

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
        session = self._database.acquire()
        try:
            staging.refuse_foreign(session, name, ref.key)
            staging.collect(session, name)
            staging.claim(session, side)
            with session.transaction():
                rows = self._write(session, side, data)
                mark = Mark(ref.key, ref.load_id or "", rows)
                session.execute(tables.comment_on(side, mark.written()))
            tables.analyze(session, side)
            stored = self._stored(session, side, side, rows)
        except BaseException:
            session.broken = True  # closing it drops the claim
            self._database.release(session)
            raise
        with self._lock:
            self._claims[side] = session
        return stored

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        name, side = self._published(ref), self._table(ref)
        with self._database.session() as session:
            with session.transaction():
                rows = self._replace(session, ref, name, side)
            stored = self._stored(session, name, name, rows)
        self._unclaim(side)
        return stored

    def discard(self, ref: AssetRef) -> None:
        side = self._table(ref)
        with self._database.session() as session:
            session.execute(tables.drop_table(side))
        self._unclaim(side)

    def close(self) -> None:
        for side in list(self._claims):
            self._unclaim(side)
        self._database.close()

    def _write(self, session: Session, side: TableName, data: object) -> int:
        if isinstance(data, Relation) and data.backend == self._backend:
            return session.execute(tables.create_as(side, lowered(data.query())))
        reader = as_reader(data)
        encoder = Encoder.of(reader.schema)
        session.execute(tables.create_table(side, encoder.definitions()))
        return session.copy_in(side, encoder.encode(reader))

    def _replace(self, session: Session, ref: AssetRef, name: TableName, side: TableName) -> int:
        staged = tables.find_table(session, side)
        if staged is not None and staged.mark is not None:
            staging.replace(session, name, side, staged.mark)
            return staged.mark.rows
        published = tables.find_table(session, name)
        mark = None if published is None else published.mark
        if mark is None or mark.load_id != ref.load_id:
            raise StoreError(
                f"{session.address}: asset '{ref.key}': load {ref.load_id} is not staged"
            )
        return mark.rows

    def _stored(self, session: Session, name: TableName, at: TableName, rows: int) -> Stored:
        table = tables.find_table(session, at)
        size = None if table is None else table.bytes
        schema = _contents(session, at).schema
        return Stored(f"{session.address}/{name}", rows=rows, bytes=size, schema=schema)

    def _unclaim(self, side: TableName) -> None:
        with self._lock:
            session = self._claims.pop(side, None)
        if session is not None:
            with suppress(StoreError):  # a lost connection holds no claim
                staging.unclaim(session, side)
            self._database.release(session)

    def _published(self, ref: AssetRef) -> TableName:
        return asset_table(ref, self.settings.schema_name)

    def _table(self, ref: AssetRef) -> TableName:
        name = self._published(ref)
        return name if ref.load_id is None else side_table(name, ref.load_id)

    def _present(self, session: Session, ref: AssetRef) -> TableName:
        name = self._table(ref)
        if tables.find_table(session, name) is None:
            raise NotMaterialized(
                f"{session.address}: asset '{ref.key}' has no table {name}",
                hint="Run the asset first.",
            )
        return name


def _contents(session: Session, name: TableName) -> Answer:
    return prepare(session, exp.select("*").from_(name.tree()))
