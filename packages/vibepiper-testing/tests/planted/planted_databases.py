"""Database connectors and relation backends with one defect each."""

from contextlib import contextmanager
from functools import lru_cache
from itertools import count

import duckdb
import pyarrow as pa
from planted_others import NoSettings
from sqlglot import exp
from vibepiper import Component
from vibepiper.errors import StoreError
from vibepiper_testing import MemoryDatabase
from vibepiper_transform import DatabaseSource, from_source

NUMBERS = count()


@lru_cache(maxsize=1)
def shared_by(kind):
    """One database for all tests of a class: to open one takes longer than most of them."""
    return MemoryDatabase()


class SoundDatabase(MemoryDatabase, Component[NoSettings]):
    settings_model = NoSettings

    def __init__(self, settings, context):
        Component.__init__(self, settings, context)
        self._connection = shared_by(type(self))._connection.cursor()


class CountsNoRows(SoundDatabase):
    def ingest(self, name, data, mode="create"):
        super().ingest(name, data, mode)
        return 0


class ReplacesOnCreate(SoundDatabase):
    def ingest(self, name, data, mode="create"):
        return super().ingest(name, data, "replace" if mode == "create" else mode)


class AddsOnReplace(SoundDatabase):
    def ingest(self, name, data, mode="create"):
        there = f"SELECT * FROM duckdb_tables() WHERE table_name = '{name}'"
        if mode == "replace" and self.query(there).read_all().num_rows:
            mode = "append"
        return super().ingest(name, data, mode)


class CommitsFailures(SoundDatabase):
    @contextmanager
    def transaction(self):
        raised = None
        with super().transaction() as transaction:
            try:
                yield transaction
            except ZeroDivisionError as error:
                raised = error
        if raised is not None:
            raised.with_traceback(None)
            raise raised


class PastesParameters(SoundDatabase):
    def query(self, sql, parameters=()):
        for value in parameters:
            sql = sql.replace("?", f"'{value}'", 1)
        return super().query(sql)


class DeliversOneBatch(SoundDatabase):
    def query(self, sql, parameters=()):
        reader = super().query(sql, parameters)
        first = next(iter(reader), None)
        return pa.Table.from_batches([first] if first else [], reader.schema).to_reader()


class HasEverySchema(SoundDatabase):
    def schema(self, name):
        try:
            return super().schema(name)
        except StoreError:
            return pa.schema([])


class TellsNothingOfBadSql(SoundDatabase):
    def execute(self, statement, parameters=()):
        return -1 if statement.startswith("SELEKT") else super().execute(statement, parameters)


class ClosesOnce(SoundDatabase):
    def close(self):
        if self.__dict__.setdefault("closed", False) and self.used:
            raise StoreError("it is closed")
        self.closed = True
        super().close()

    used = False

    def ping(self):
        self.used = True
        super().ping()


class SoundEngine:
    """A relation backend: tables of one database in memory."""

    dialect = "duckdb"

    def __init__(self):
        self.database = shared_by(type(self))

    def relation(self, table):
        name = f"t{next(NUMBERS)}"
        self.database.ingest(name, table)
        return from_source(DatabaseSource(self, exp.table_(name)))

    def schema(self, query):
        return self.database.query(query.limit(0).sql("duckdb")).schema

    def stream(self, query, batch_rows):
        table = self.database.query(query.sql("duckdb")).read_all()
        return pa.RecordBatchReader.from_batches(
            table.schema, table.combine_chunks().to_batches(batch_rows)
        )


class LosesNulls(SoundEngine):
    def relation(self, table):
        return super().relation(table.filter(table[0].is_valid()))


class SaysTextOfAll(SoundEngine):
    def schema(self, query):
        return pa.schema([(name, pa.string()) for name in super().schema(query).names])


class SendsOneBatch(SoundEngine):
    def stream(self, query, batch_rows):
        return super().stream(query, 1_000_000)


class IsNeverTheSame(SoundEngine):
    def relation(self, table):
        return SoundEngine.relation(type(self)(), table)


class AnswersOnce(SoundEngine):
    def stream(self, query, batch_rows):
        held = self.__dict__.setdefault("held", {})
        if query in held:
            raise duckdb.Error("another answer is being read")
        held[query] = super().stream(query, batch_rows)
        return held[query]


ENGINES = [SoundEngine, *SoundEngine.__subclasses__()]
