"""Where relations run."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pyarrow as pa
from sqlglot import exp

__all__ = [
    "EstimatingBackend",
    "ExplainingBackend",
    "ReceivingBackend",
    "RelationBackend",
    "SentTable",
    "place_of",
]


class RelationBackend(Protocol):
    """An engine that answers queries. Equal backends are one engine: their relations can be
    joined, and written to each other's tables, without moving rows."""

    @property
    def dialect(self) -> str:
        """The dialect that queries are compiled to, by `vibepiper_transform.compile_query`."""
        ...

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns of the query's result, without running it. They are those of `stream`."""
        ...

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        """Runs the query; batches are made as they are asked for."""
        ...


@runtime_checkable
class EstimatingBackend(RelationBackend, Protocol):
    """One that can say how much a query gives."""

    def rows(self, query: exp.Query) -> int | None:
        """How many rows the engine expects of the query, which it does not run."""
        ...


@runtime_checkable
class ExplainingBackend(RelationBackend, Protocol):
    """One that shows its own plans."""

    def explain(self, query: exp.Query, *, analyze: bool = False) -> str:
        """The engine's plan of the query; with ``analyze`` it runs it, and says what it took."""
        ...


class SentTable(Protocol):
    """Rows that are sent to an engine, to be read there under a name."""

    @property
    def name(self) -> str: ...

    @property
    def schema(self) -> pa.Schema: ...

    def open(self) -> pa.RecordBatchReader:
        """The rows, anew each time, in constant memory."""
        ...


@runtime_checkable
class ReceivingBackend(RelationBackend, Protocol):
    """One that can be sent tables, for the length of a query."""

    def receiving(self, tables: tuple[SentTable, ...]) -> RelationBackend:
        """The same engine, to which it is equal; for each query that it runs, and each asset that
        its store writes of a relation, it has these tables, which nobody else sees."""
        ...


def place_of(backend: RelationBackend) -> str:
    """Where it is, for people: its ``place``, or else how it prints."""
    return str(getattr(backend, "place", None) or repr(backend))
