"""The IO manager: each asset is a table of a database file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader, report_rows
from vibepiper.errors import StoreError, VibePiperError
from vibepiper.io_manager import AssetRef, Change, Committed, HeldRange, Stored
from vibepiper_sql import (
    DUCKDB,
    Applying,
    AssetTable,
    Claims,
    Mark,
    TableName,
    comment_on,
    create_as,
    create_schema,
    drop_table,
    not_materialized,
    refuse_foreign,
    side_prefix,
    side_table,
    slice_filter,
)
from vibepiper_transform import relation_at

from vibepiper_duckdb.backend import DuckDBFileBackend
from vibepiper_duckdb.catalog import Catalog, ensure_records
from vibepiper_duckdb.names import asset_table
from vibepiper_duckdb.session import Session
from vibepiper_duckdb.settings import DuckDBSettings, open_database
from vibepiper_duckdb.writing import chunks, write

if TYPE_CHECKING:
    import pyarrow as pa
    from vibepiper_transform import Relation

__all__ = ["DuckDBIOManager"]


class DuckDBIOManager(Component[DuckDBSettings]):
    """Keeps assets as tables of one schema of a DuckDB file.

    Asset ``raw/orders`` is table ``raw__orders``; ``uri`` names another (``table`` or
    ``schema.table``). A load is written to a table beside it, and takes its place or changes its
    rows in one transaction with a row of the table ``vibepiper_loads``. A partition is the rows
    within its slices. Only tables that VibePiper wrote for the same asset are ever changed.
    """

    settings_model = DuckDBSettings

    def __init__(self, settings: DuckDBSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = open_database(settings, context)
        self.backend = DuckDBFileBackend(self._database)
        self._claims = Claims(self._database.locks)

    def place(self, ref: AssetRef) -> str:
        return DUCKDB.folded(str(self._published(ref)))

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        """The table's rows. An answer that is small is read at once; while a larger one is read,
        the file stays open."""
        from vibepiper_duckdb.answers import open_stream

        with self._reading(ref) as table:
            query = table.query()
        return open_stream(self._database, query)

    def relation(self, ref: AssetRef) -> Relation:
        from vibepiper_transform import database_table

        with self._reading(ref) as table:
            name, within = table.name, table.within()
        whole = database_table(self.backend, name.name, schema=name.schema)
        if within is None:
            return whole
        return whole.derive(lambda table: exp.select("*").from_(table).where(within))

    def exists(self, ref: AssetRef) -> bool:
        if not self._database.is_there():
            return False
        with self._reading(ref) as table:
            return table.exists()

    def held(self, ref: AssetRef) -> list[HeldRange]:
        if not self._database.is_there():
            return []
        with self._reading(ref) as table:
            return table.held()

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
        self._prepare(ref, name)
        self._claims.take(side)
        try:
            stored = self._stored(side, self._write(ref, side, data), None)
            slice_filter(ref.key, ref.partition, cast("pa.Schema", stored.schema))
        except BaseException:
            self.discard(ref)
            raise
        return stored

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        return self.apply(ref, staged, Change())

    def apply(self, ref: AssetRef, staged: Stored, change: Change) -> Stored:
        name = self._published(ref)
        ensure_records(self._database, name.schema)
        with self._database.changing(name):
            try:
                done = self._database.transact(
                    lambda session: Applying(
                        Catalog(session), ref, name, change, staged.schema
                    ).run()
                )
            except StoreError:
                self._database.forget()
                raise
            stored = self._stored(name, done.rows, done.schema)
        self._claims.drop(self._table(ref))
        return replace(stored, total_rows=done.total_rows, notes=done.notes)

    def committed(self, ref: AssetRef) -> Committed | None:
        """None also for a table that somebody has dropped: its next load begins anew."""
        if not self._database.is_there():
            return None
        with self._reading(ref) as table:
            return table.committed()

    def is_committed(self, ref: AssetRef) -> bool:
        if not self._database.is_there():
            return False
        with self._reading(ref) as table:
            return table.is_committed()

    def greatest(self, ref: AssetRef, column: str) -> pa.Scalar | None:
        if not self._database.is_there():
            return None
        with self._reading(ref) as table:
            query = table.greatest(column)
        if query is None:
            return None
        from vibepiper_duckdb.answers import open_stream

        (found,) = open_stream(self._database, query).read_all().column(0)
        return found if found.is_valid else None

    def discard(self, ref: AssetRef) -> None:
        side = self._table(ref)
        if self._database.is_there():
            self._database.transact(lambda session: session.execute(drop_table(side)))
        self._claims.drop(side)

    def close(self) -> None:
        self._claims.drop_all()
        self._database.close()

    def _prepare(self, ref: AssetRef, name: TableName) -> None:
        """Refuses a table that is not the asset's, and drops what processes that died left of its
        earlier loads. A load that somebody living has claimed stays."""
        with self._database.changing(name), self._database.session() as session:
            catalog = Catalog(session)
            prefix = side_prefix(name, DUCKDB)
            published, left = catalog.find_with_sides(name, prefix)
            refuse_foreign(catalog, name, published, ref.key)
            if published is None:
                catalog.execute(create_schema(name.schema))
            for side in {*left, *self._claims.left(prefix, name.schema)}:
                if self._claims.take_if_dead(side):
                    catalog.execute(drop_table(side))
                    self._claims.drop(side)

    def _write(self, ref: AssetRef, side: TableName, data: object) -> int:
        if (relation := relation_at(data, self.backend)) is not None:
            rows = self._database.transact(lambda session: _create_as(session, ref, side, relation))
            report_rows(rows)
            return rows
        rows = 0
        for number, (piece, last) in enumerate(chunks(as_reader(data))):
            rows += piece.num_rows
            with self._database.session() as session, session.transaction():
                write(session, side, piece, first=number == 0)
                if last:
                    _mark(session, ref, side, rows)
        return rows

    def _stored(self, name: TableName, rows: int, schema: pa.Schema | None) -> Stored:
        if schema is None:
            with self._database.session() as session:
                schema = Catalog(session).schema(name)
        return Stored(f"{self._database}/{name}", rows=rows, schema=schema)

    def _published(self, ref: AssetRef) -> TableName:
        return asset_table(ref, self.settings.schema_name)

    def _table(self, ref: AssetRef) -> TableName:
        name = self._published(ref)
        return name if ref.load_id is None else side_table(name, ref.load_id, DUCKDB)

    @contextmanager
    def _reading(self, ref: AssetRef) -> Iterator[AssetTable]:
        """Raises `NotMaterialized` where there is no file."""
        name = self._published(ref)
        if not self._database.is_there():
            raise not_materialized(str(self._database.path), ref, self._table(ref))
        with self._database.session() as session:
            yield AssetTable(Catalog(session), ref, name)


def _create_as(session: Session, ref: AssetRef, side: TableName, data: Relation) -> int:
    from vibepiper_transform import lower_query

    rows = session.execute(create_as(side, lower_query(data.query(), "duckdb")))
    _mark(session, ref, side, rows)
    return rows


def _mark(session: Session, ref: AssetRef, side: TableName, rows: int) -> None:
    mark = Mark(ref.key, ref.load_id or "", rows)
    session.execute(comment_on(side, mark.written()))
