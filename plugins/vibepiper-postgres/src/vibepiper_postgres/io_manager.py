"""The IO manager: each asset is a table."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.component import Component, ComponentContext
from vibepiper.data import as_reader
from vibepiper.errors import StoreError, VibePiperError
from vibepiper.io_manager import AssetRef, Change, Committed, HeldRange, Stored
from vibepiper_sql import (
    POSTGRES,
    Applying,
    AssetTable,
    Mark,
    Recorded,
    TableName,
    comment_on,
    create_as,
    create_table,
    drop_table,
    note_untyped,
    refuse_foreign,
    side_table,
    slice_filter,
)
from vibepiper_transform import relation_at

from vibepiper_postgres import staging, tables
from vibepiper_postgres.backend import PostgresBackend
from vibepiper_postgres.catalog import Catalog, ensure_records, lock
from vibepiper_postgres.encode import Encoder
from vibepiper_postgres.names import asset_table
from vibepiper_postgres.receiving import received
from vibepiper_postgres.session import Database, Session
from vibepiper_postgres.settings import PostgresSettings
from vibepiper_postgres.streams import contents, open_stream, prepare

if TYPE_CHECKING:
    from vibepiper_transform import Relation

__all__ = ["PostgresIOManager"]

_ISOLATION = "read committed"
"""Who has waited for a table's lock sees what its last holder published."""

_ANALYZED_ROWS = 1_000
"""What is smaller is planned for well enough by its size."""


class PostgresIOManager(Component[PostgresSettings]):
    """Keeps assets as tables of one schema.

    Asset ``raw/orders`` is table ``raw__orders``; ``uri`` names another (``table`` or
    ``schema.table``). A load is written to a table beside it, and takes its place or changes its
    rows in one transaction with a row of the table ``vibepiper_loads``. A partition is the rows
    within its slices. Only tables that VibePiper wrote for the same asset are ever changed.
    """

    settings_model = PostgresSettings

    def __init__(self, settings: PostgresSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._database = Database(settings.address(), isolation=_ISOLATION)
        self.backend = PostgresBackend(self._database)
        self._claims: dict[TableName, Session] = {}
        self._recorded: set[str] = set()
        self._lock = threading.Lock()

    def place(self, ref: AssetRef) -> str:
        return str(self._published(ref))

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        with self._database.session() as session:
            answer = prepare(session, self._asset(session, ref).query())
        return open_stream(self._database, answer)

    def relation(self, ref: AssetRef) -> Relation:
        with self._database.session() as session:
            table = self._asset(session, ref)
            name, within = table.name, table.within()
        from vibepiper_transform import database_table

        whole = database_table(self.backend, name.name, schema=name.schema)
        if within is None:
            return whole
        return whole.derive(lambda table: exp.select("*").from_(table).where(within))

    def exists(self, ref: AssetRef) -> bool:
        with self._database.session() as session:
            return self._asset(session, ref).exists()

    def held(self, ref: AssetRef) -> list[HeldRange]:
        with self._database.session() as session:
            return self._asset(session, ref).held()

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
            staging.claim(session, side)
            published, left = tables.find_with_sides(session, name)
            refuse_foreign(Catalog(session), name, published, ref.key)
            staging.collect(session, left)  # also what the load's own last attempt left
            with session.transaction():
                rows = self._write(session, side, data)
                if ref.partition:
                    slice_filter(ref.key, ref.partition, contents(session, side).schema)
                mark = Mark(ref.key, ref.load_id or "", rows)
                session.execute(comment_on(side, mark.written()))
            if rows >= _ANALYZED_ROWS:
                tables.analyze(session, side)
            stored = Stored(
                f"{session.address}/{side}", rows, schema=contents(session, side).schema
            )
        except BaseException:
            session.broken = True  # closing it drops the claim
            self._database.release(session)
            raise
        with self._lock:
            self._claims[side] = session
        return stored

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        return self.apply(ref, staged, Change())

    def apply(self, ref: AssetRef, staged: Stored, change: Change) -> Stored:
        name = self._published(ref)
        with self._database.session() as session:
            with self._recording(session, name.schema), session.transaction():
                lock(session, name)
                done = Applying(Catalog(session), ref, name, change, staged.schema).run()
            stored = self._stored(session, name, done)
        self._unclaim(self._table(ref))
        return replace(stored, total_rows=done.total_rows, notes=done.notes)

    def committed(self, ref: AssetRef) -> Committed | None:
        with self._database.session() as session:
            return self._asset(session, ref).committed()

    def is_committed(self, ref: AssetRef) -> bool:
        with self._database.session() as session:
            return self._asset(session, ref).is_committed()

    def greatest(self, ref: AssetRef, column: str) -> pa.Scalar | None:
        with self._database.session() as session:
            query = self._asset(session, ref).greatest(column)
            if query is None:
                return None
            answer = prepare(session, query)
        (found,) = open_stream(self._database, answer).read_all().column(0)
        return found if found.is_valid else None

    def discard(self, ref: AssetRef) -> None:
        side = self._table(ref)
        with self._database.session() as session:
            session.execute(drop_table(side))
        self._unclaim(side)

    def close(self) -> None:
        for side in list(self._claims):
            self._unclaim(side)
        self._database.close()

    def _write(self, session: Session, side: TableName, data: object) -> int:
        if (relation := relation_at(data, self.backend)) is not None:
            from vibepiper_transform import lower_query

            backend = cast("PostgresBackend", relation.backend)  # it equals none but its like
            query = lower_query(relation.query(), "postgresql", backend.columns)
            with received(session, backend.tables):
                rows = session.execute(create_as(side, query))
            _note(session, side, [name for name, none in _nulls(query).items() if none])
            return rows
        reader = as_reader(data)
        encoder = Encoder.of(reader.schema)
        session.execute(create_table(side, encoder.definitions()))
        _note(session, side, [f.name for f in reader.schema if pa.types.is_null(f.type)])
        return session.copy_in(side, encoder.encode(reader))

    @contextmanager
    def _recording(self, session: Session, schema: str) -> Iterator[None]:
        """With the schema's tables of records, which are looked for once, and again after a load
        that fails: somebody may have dropped them."""
        if schema not in self._recorded:
            ensure_records(session, schema)
            self._recorded.add(schema)
        try:
            yield
        except StoreError:
            self._recorded.discard(schema)
            raise

    def _stored(self, session: Session, name: TableName, done: Recorded) -> Stored:
        table = tables.find_tables(session, [name]).get(name)
        size = None if table is None else table.bytes
        schema = contents(session, name).schema if done.schema is None else done.schema
        return Stored(f"{session.address}/{name}", rows=done.rows, bytes=size, schema=schema)

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
        return name if ref.load_id is None else side_table(name, ref.load_id, POSTGRES)

    def _asset(self, session: Session, ref: AssetRef) -> AssetTable:
        return AssetTable(Catalog(session), ref, self._published(ref))


def _note(session: Session, side: TableName, untyped: Iterable[str]) -> None:
    for statement in note_untyped(side, untyped):
        session.execute(statement)


def _nulls(query: exp.Query) -> dict[str, bool]:
    """Which columns of the query are nulls that nothing gives a type: texts, for the server."""
    tree = cast("exp.Query", query.unnest())
    if isinstance(tree, exp.SetOperation):
        first, second = _nulls(tree.left), _nulls(tree.right)
        both = zip(first.items(), second.values(), strict=False)
        return {name: one and other for (name, one), other in both}
    return {each.alias_or_name: isinstance(each.unalias(), exp.Null) for each in tree.selects}
