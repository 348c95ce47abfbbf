"""Answers as Arrow streams: fetched ahead by a thread while the reader works on the last batch."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import sqlglot
from sqlglot import exp
from vibepiper.errors import StoreError
from vibepiper_sql import TableName
from vibepiper_transform import SentTable

from vibepiper_postgres.decode import Decoder, decoder_for
from vibepiper_postgres.receiving import received
from vibepiper_postgres.session import Database, Session, sql_of

__all__ = ["Answer", "contents", "open_stream", "prepare"]

_AHEAD = 2
"""Batches that wait to be read, at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A query the server has seen but not run: its text, what the driver will deliver and how
    that becomes Arrow."""

    sql: str
    delivered: pa.Schema
    decoder: Decoder

    @property
    def schema(self) -> pa.Schema:
        return self.decoder.schema


def prepare(session: Session, query: exp.Query | str) -> Answer:
    """Asks the server for the query's columns, without running it."""
    answer = _described(session, query)
    if answer.decoder.needs_server:
        return _described(session, answer.decoder.on_server(_tree(query)))
    return answer


def contents(session: Session, name: TableName, where: exp.Expr | None = None) -> Answer:
    """A table's rows."""
    rows = exp.select("*").from_(name.tree())
    return prepare(session, rows if where is None else rows.where(where))


def _described(session: Session, query: exp.Query | str) -> Answer:
    sql = sql_of(query)
    delivered = session.describe(sql)
    return Answer(sql, delivered, decoder_for(delivered))


def _tree(query: exp.Expr | str) -> exp.Query:
    parsed: exp.Expr
    try:
        parsed = sqlglot.parse_one(query, dialect="postgres") if isinstance(query, str) else query
    except sqlglot.ParseError as error:
        raise StoreError(f"the query cannot be read: {error}") from error
    if not isinstance(parsed, exp.Query):
        raise StoreError(f"expected a query, found {parsed.key.upper()}")
    return parsed


def open_stream(
    database: Database,
    answer: Answer,
    batch_rows: int | None = None,
    tables: Sequence[SentTable] = (),
) -> pa.RecordBatchReader:
    """The rows, in constant memory. The query runs when the first batch is asked for, on a
    session of its own, which is sent the ``tables``, and is cancelled when the reader is dropped
    before its end."""
    return pa.RecordBatchReader.from_batches(
        answer.schema, _sliced(_Fetch(database, answer, tables).batches(), batch_rows)
    )


def _sliced(batches: Iterator[pa.RecordBatch], batch_rows: int | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        step = batch_rows or max(batch.num_rows, 1)
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)


class _End:
    """What the fetching thread puts last: the error that ended it, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@dataclass(slots=True)
class _Fetch:
    database: Database
    answer: Answer
    tables: Sequence[SentTable] = ()
    _ready: queue.Queue[pa.RecordBatch | _End] = field(
        default_factory=lambda: queue.Queue(maxsize=_AHEAD)
    )
    _stopped: threading.Event = field(default_factory=threading.Event)
    _session: Session | None = None
    _holding: threading.Lock = field(default_factory=threading.Lock)

    def batches(self) -> Iterator[pa.RecordBatch]:
        thread = threading.Thread(target=self._run, name="vibepiper-postgres-fetch", daemon=True)
        thread.start()
        try:
            while not isinstance(item := self._ready.get(), _End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            self._stopped.set()
            with self._holding:
                if self._session is not None:
                    self._session.cancel()
            thread.join()

    def _run(self) -> None:
        try:
            with self.database.session() as session:
                try:
                    self._hold(session)
                    self._fetch(session)
                finally:
                    self._hold(None)
        except BaseException as error:  # noqa: BLE001  (raised again in the reader's thread)
            self._put(_End(error))
        else:
            self._put(_End(None))

    def _hold(self, session: Session | None) -> None:
        """Says what `batches` may cancel: never a session that others were given since."""
        with self._holding:
            self._session = session

    def _fetch(self, session: Session) -> None:
        # COPY takes its snapshot before it waits for a table that is being swapped, and would see
        # the new one empty. Describing the query first, in the same transaction, does the waiting.
        with session.transaction(), received(session, self.tables):
            session.describe(self.answer.sql)
            self._copy(session)

    def _copy(self, session: Session) -> None:
        with session.copy_out(self.answer.sql) as reader:
            if reader.schema != self.answer.delivered:
                raise StoreError(
                    "the columns changed between planning the query and running it",
                    hint="Run it again.",
                )
            for batch in session.each(reader):
                if not self._put(self.answer.decoder.decode(batch)):
                    return

    def _put(self, item: pa.RecordBatch | _End) -> bool:
        """False when nobody reads any more."""
        while not self._stopped.is_set():
            try:
                self._ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


def bind(query: str, parameters: Sequence[object]) -> exp.Query:
    """The query with ``$1``, ``$2`` ... replaced by literals: COPY, which streams, takes none."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Parameter):
            return node
        index = int(node.name) if node.name.isdigit() else 0
        if not 0 < index <= len(parameters):
            raise StoreError(f"the query asks for ${node.name}, found {len(parameters)} parameters")
        return _literal(parameters[index - 1])

    return _tree(_tree(query).transform(replaced))


def _literal(value: object) -> exp.Expr:
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE PRECISION", dialect="postgres")
    if isinstance(value, bytes):
        return exp.cast(exp.Literal.string("\\x" + value.hex()), "BYTEA", dialect="postgres")
    if value is None or isinstance(value, bool | int):
        return exp.convert(value)
    return exp.Literal.string(str(value))
