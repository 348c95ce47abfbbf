"""What the published suites ask of every IO manager and database connector, on a real server."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper_postgres import PostgresIOManager
from vibepiper_testing.conformance import DatabaseSuite, IOManagerSuite, RelationBackendSuite
from vibepiper_transform import Relation

CHANGES = {
    "null": pa.string(),
    "int8": pa.int16(),
    "uint8": pa.int16(),
    "uint16": pa.int32(),
    "uint32": pa.int64(),
    "uint64": pa.decimal128(20, 0),
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
    "timestamp_s": pa.timestamp("us"),
    "timestamp_ms": pa.timestamp("us"),
    "timestamp_zone": pa.timestamp("us", "UTC"),
    "duration_s": pa.month_day_nano_interval(),
    "duration_us": pa.month_day_nano_interval(),
    "large_list": pa.list_(pa.int64()),
    "fixed_list": pa.list_(pa.int32()),
    "dictionary": pa.string(),
    "run_end": pa.int64(),
}
REFUSES = frozenset({
    "string_nul", "time64_ns", "timestamp_ns", "duration_ns", "list_of_lists", "struct",
    "struct_nested", "map", "union",
})  # fmt: skip


class TestPostgresIOManager(IOManagerSuite):
    component = "postgres"
    changes = CHANGES
    refuses = REFUSES

    @pytest.fixture
    def settings(self, postgres_database: str) -> dict[str, object]:
        return {"url": postgres_database}


class TestPostgresConnector(DatabaseSuite):
    component = "postgres"
    placeholder = "$1"
    changes = CHANGES
    refuses = REFUSES

    @pytest.fixture
    def settings(self, postgres_database: str) -> dict[str, object]:
        return {"url": postgres_database}


class TestPostgresRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, store: PostgresIOManager) -> Callable[[pa.Table], Relation]:
        numbers = itertools.count()

        def made(table: pa.Table) -> Relation:
            ref = AssetRef(f"t{next(numbers)}")
            store.save(ref, table)
            return store.relation(ref)

        return made
