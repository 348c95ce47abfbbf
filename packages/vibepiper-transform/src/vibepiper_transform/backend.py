"""Where relations run."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa
from sqlglot import exp

__all__ = ["RelationBackend"]


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
