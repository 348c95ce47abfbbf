"""What the published suites ask of every IO manager, database connector and relation backend, on a
real MariaDB server."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper_mysql import MySQLIOManager
from vibepiper_testing.conformance import DatabaseSuite, IOManagerSuite, RelationBackendSuite
from vibepiper_transform import Relation

CHANGES = {
    "null": pa.string(),
    "half": pa.float64(),
    "float": pa.float64(),
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
    "dictionary": pa.string(),
    "run_end": pa.int64(),
}
REFUSES = frozenset({
    "float_special", "double_special", "decimal256", "time64_ns", "timestamp_ns", "duration_s",
    "duration_us", "duration_ns", "interval", "uuid", "json", "list", "list_of_strings",
    "list_of_lists", "large_list", "fixed_list", "struct", "struct_nested", "map", "union",
})  # fmt: skip


class TestMySQLIOManager(IOManagerSuite):
    component = "mysql"
    changes = CHANGES
    refuses = REFUSES

    @pytest.fixture
    def settings(self, mariadb_database: str) -> dict[str, object]:
        return {"url": mariadb_database}


class TestMySQLConnector(DatabaseSuite):
    component = "mysql"
    changes = CHANGES
    refuses = REFUSES

    @pytest.fixture
    def settings(self, mariadb_database: str) -> dict[str, object]:
        return {"url": mariadb_database}


class TestMySQLRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, store: MySQLIOManager) -> Callable[[pa.Table], Relation]:
        numbers = itertools.count()

        def made(table: pa.Table) -> Relation:
            ref = AssetRef(f"t{next(numbers)}")
            store.save(ref, table)
            return store.relation(ref)

        return made
