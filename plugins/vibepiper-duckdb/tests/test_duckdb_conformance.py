"""What the published suites ask of every IO manager, database connector and relation backend."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper_duckdb import DuckDBIOManager
from vibepiper_testing.conformance import DatabaseSuite, IOManagerSuite, RelationBackendSuite
from vibepiper_transform import Relation

CHANGES = {
    "half": pa.float32(),
    "decimal32": pa.decimal128(9, 2),
    "decimal64": pa.decimal128(18, 2),
    "large_string": pa.string(),
    "string_view": pa.string(),
    "large_binary": pa.binary(),
    "fixed_binary": pa.binary(),
    "date64": pa.date32(),
    "time32_s": pa.time64("us"),
    "time32_ms": pa.time64("us"),
    "timestamp_zone": pa.timestamp("us", "UTC"),
    "duration_s": pa.month_day_nano_interval(),
    "duration_us": pa.month_day_nano_interval(),
    "large_list": pa.list_(pa.int64()),
    "dictionary": pa.string(),
    "run_end": pa.int64(),
}
REFUSES = frozenset({"decimal256", "duration_ns"})


class TestDuckDBIOManager(IOManagerSuite):
    component = "duckdb"
    changes = CHANGES
    refuses = REFUSES


class TestDuckDBConnector(DatabaseSuite):
    component = "duckdb"
    changes = CHANGES
    refuses = REFUSES


class TestDuckDBRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, store: DuckDBIOManager) -> Callable[[pa.Table], Relation]:
        numbers = itertools.count()

        def made(table: pa.Table) -> Relation:
            ref = AssetRef(f"t{next(numbers)}")
            store.save(ref, table)
            return store.relation(ref)

        return made
