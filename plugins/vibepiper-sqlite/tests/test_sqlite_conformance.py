"""What the published suites ask of every IO manager, database connector and relation backend."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper_sqlite import SQLiteIOManager
from vibepiper_testing.conformance import DatabaseSuite, IOManagerSuite, RelationBackendSuite
from vibepiper_transform import Relation

CHANGES = {
    "null": pa.string(),
    "uint8": pa.int16(),
    "uint16": pa.int32(),
    "uint32": pa.int64(),
    "half": pa.float32(),
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
    "dictionary": pa.string(),
    "run_end": pa.int64(),
}
REFUSES = frozenset({
    "uint64", "float_special", "double_special", "decimal32", "decimal64", "decimal128",
    "decimal128_widest", "decimal256", "string_nul", "time64_ns", "timestamp_ns", "duration_s",
    "duration_us", "duration_ns", "interval", "uuid", "json", "list", "list_of_strings",
    "list_of_lists", "large_list", "fixed_list", "struct", "struct_nested", "map", "union",
})  # fmt: skip


class TestSQLiteIOManager(IOManagerSuite):
    component = "sqlite"
    changes = CHANGES
    refuses = REFUSES


class TestSQLiteConnector(DatabaseSuite):
    component = "sqlite"
    changes = CHANGES
    refuses = REFUSES


class TestSQLiteRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, store: SQLiteIOManager) -> Callable[[pa.Table], Relation]:
        numbers = itertools.count()

        def made(table: pa.Table) -> Relation:
            ref = AssetRef(f"t{next(numbers)}")
            store.save(ref, table)
            return store.relation(ref)

        return made
