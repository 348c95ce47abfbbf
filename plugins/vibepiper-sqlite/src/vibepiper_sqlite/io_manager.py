"""The IO manager: each asset is a table of a database file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader, report_rows
from vibepiper.errors import VibePiperError
from vibepiper.io_manager import AssetRef, Stored
from vibepiper_sql import (
    SQLITE,
    AssetTable,
    Claims,
    Mark,
    RowEncoder,
    TableName,
    comment_on,
    create_table,
    drop_table,
    find_staged,
    not_materialized,
    refuse_foreign,
    replace_table,
    side_prefix,
    side_table,
)
from vibepiper_transform import relation_at

from vibepiper_sqlite.answers import open_stream
from vibepiper_sqlite.backend import SQLiteBackend
from vibepiper_sqlite.catalog import Catalog, ensure_marks
from vibepiper_sqlite.names import MAIN, asset_table
from vibepiper_sqlite.session import sql_of
from vibepiper_sqlite.settings import SQLiteSettings, open_database
from vibepiper_sqlite.types import RULES
from vibepiper_sqlite.writing import insert

if TYPE_CHECKING:
    from vibepiper_transform import Relation

__all__ = ["SQLiteIOManager"]


class SQLiteIOManager(Component[SQLiteSettings]):
    """Keeps assets as tables of a SQLite file.

    Asset ``raw/orders`` is table ``raw__orders``; ``uri`` names another. A load is written to a
    table beside it, and takes its place in one transaction. Only tables that VibePiper wrote for
    the same asset are ever changed.
    """

    settings_model = SQLiteSettings

    def __init__(self, settings: SQLiteSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = open_database(settings, context)
        self.backend = SQLiteBackend(self._database)
        self._claims = Claims(self._database.locks)

    def place(self, ref: AssetRef) -> str:
        return SQLITE.folded(str(asset_table(ref)))

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        with self._reading(ref) as (catalog, table):
            query = table.query()
            schema = catalog.schema(table.name)
        return open_stream(self._database, sql_of(query), schema)

    def relation(self, ref: AssetRef) -> Relation:
        with self._reading(ref) as (_, table):
            table.within()
            name = table.name
        from vibepiper_transform import database_table

        return database_table(self.backend, name.name, schema=name.schema)

    def exists(self, ref: AssetRef) -> bool:
        if not self._database.is_there():
            return False
        with self._reading(ref) as (_, table):
            return table.exists()

    def save(self, ref: AssetRef, data: object) -> Stored:
        load = replace(ref, load_id=ref.load_id or uuid.uuid4().hex)
        staged = self.stage(load, data)
        try:
            return self.publish(load, staged)
        except VibePiperError:
            self.discard(load)
            raise

    def stage(self, ref: AssetRef, data: object) -> Stored:
        name, side = asset_table(ref), self._table(ref)
        self._prepare(ref, name)
        self._claims.take(side)
        try:
            return self._stored(side, self._write(ref, side, data))
        except BaseException:
            self.discard(ref)
            raise

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        name, side = asset_table(ref), self._table(ref)
        with self._database.session() as session, session.transaction():
            ensure_marks(session)
            catalog = Catalog(session)
            if (found := find_staged(catalog, ref, name)) is not None:
                mark, published = found
                replace_table(catalog, name, side, mark, published)
        self._claims.drop(side)
        return self._stored(name, staged.rows)

    def discard(self, ref: AssetRef) -> None:
        side = self._table(ref)
        if self._database.is_there():
            self._drop(side)
        self._claims.drop(side)

    def close(self) -> None:
        self._claims.drop_all()

    def _prepare(self, ref: AssetRef, name: TableName) -> None:
        """Refuses a table that is not the asset's, and drops what processes that died left of its
        earlier loads. A load that somebody living has claimed stays."""
        prefix = side_prefix(name, SQLITE)
        with self._database.session() as session:
            catalog = Catalog(session)
            (published,) = catalog.find(name)
            refuse_foreign(catalog, name, published, ref.key)
            there = [TableName(MAIN, left) for left in catalog.beginning_with(prefix)]
        for side in {*there, *self._claims.left(prefix, MAIN)}:
            if self._claims.take_if_dead(side):
                self._drop(side)
                self._claims.drop(side)

    def _drop(self, side: TableName) -> None:
        with self._database.session() as session, session.transaction():
            ensure_marks(session)
            Catalog(session).execute(drop_table(side))

    def _write(self, ref: AssetRef, side: TableName, data: object) -> int:
        """A batch a transaction, for there is one writer at a time, and a slow stream would keep
        out others; what is not marked at the end does not exist for readers."""
        if (relation := relation_at(data, self.backend)) is not None:
            return self._write_query(ref, side, relation)
        reader = as_reader(data)
        encoder = RowEncoder.of(reader.schema, RULES)
        rows = 0
        with self._database.session() as session:
            session.execute(create_table(side, encoder.definitions()))
            for batch in reader:
                with session.transaction():
                    rows += insert(session, side, encoder, batch, rows)
            with session.transaction():
                _mark(Catalog(session), ref, side, rows)
        return rows

    def _write_query(self, ref: AssetRef, side: TableName, data: Relation) -> int:
        """By SQLite itself, into columns of the types that the relation tells."""
        from vibepiper_transform import lower_query, write_query

        query = data.query()
        encoder = RowEncoder.of(data.schema, RULES)
        names = [exp.to_identifier(column.name, quoted=True) for column in encoder.columns]
        lowered = lower_query(query, "sqlite", self.backend.columns)
        with self._database.session() as session, session.transaction():
            session.execute(create_table(side, encoder.definitions()))
            filled = exp.insert(lowered, side.tree(), columns=names)
            rows = session.execute(write_query(filled, "sqlite"))
            _mark(Catalog(session), ref, side, rows)
        report_rows(rows)
        return rows

    def _stored(self, name: TableName, rows: int | None) -> Stored:
        with self._database.session() as session:
            schema = Catalog(session).schema(name)
        return Stored(f"{self._database}/{name.name}", rows=rows, schema=schema)

    def _table(self, ref: AssetRef) -> TableName:
        name = asset_table(ref)
        return name if ref.load_id is None else side_table(name, ref.load_id, SQLITE)

    @contextmanager
    def _reading(self, ref: AssetRef) -> Iterator[tuple[Catalog, AssetTable]]:
        """Raises `NotMaterialized` where there is no file."""
        name = asset_table(ref)
        if not self._database.is_there():
            raise not_materialized(str(self._database.path), ref, self._table(ref))
        with self._database.session() as session:
            catalog = Catalog(session)
            yield catalog, AssetTable(catalog, ref, name)


def _mark(catalog: Catalog, ref: AssetRef, side: TableName, rows: int) -> None:
    ensure_marks(catalog.session)
    catalog.execute(comment_on(side, Mark(ref.key, ref.load_id or "", rows).written()))
