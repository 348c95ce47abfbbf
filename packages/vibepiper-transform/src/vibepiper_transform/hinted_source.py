"""Relations that others read as one source."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.engine import open_cursor

if TYPE_CHECKING:
    import duckdb

    from vibepiper_transform.lazy_query import LazyQuery

__all__ = ["Hint", "HintedSource"]

Hint = Literal["materialize", "broadcast", "no_pushdown"]


@dataclass(frozen=True, eq=False)
class HintedSource:
    """A relation that is computed by itself, whatever is made of it. With ``materialize`` it is
    computed once, into a table of this process's DuckDB, which spills to disk when it is large
    and is dropped when nothing refers to it any more."""

    relation: LazyQuery
    hint: Hint
    name: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: list[str] = field(default_factory=list)

    @property
    def schema(self) -> pa.Schema:
        return self.relation.schema

    def open(self) -> pa.RecordBatchReader:
        return self.relation.to_reader()

    def hold(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Sees to it that the table of its name exists."""
        with self._lock:
            if self._held:
                return
            passing = f"{self.name}_stream"
            cursor.register(passing, self.open())
            rows = exp.select("*").from_(exp.table_(passing, quoted=True))
            table = exp.table_(self.name, quoted=True)
            made = exp.Create(this=table, kind="TABLE", expression=rows)
            cursor.execute(made.sql("duckdb"))
            cursor.unregister(passing)
            self._held.append(self.name)
            weakref.finalize(self, _drop, self.name)


def _drop(name: str) -> None:
    with open_cursor() as cursor:
        dropped = exp.Drop(tables=[exp.table_(name, quoted=True)], kind="TABLE", exists=True)
        cursor.execute(dropped.sql("duckdb"))
