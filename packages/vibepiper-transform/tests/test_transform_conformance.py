"""What the published suites ask of every relation backend and input."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper_testing.conformance import InputSuite, RelationBackendSuite
from vibepiper_transform import Relation, from_arrow, scan_parquet, write_parquet


class TestArrowRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self) -> Callable[[pa.Table], Relation]:
        return from_arrow


class TestParquetRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, tmp_path_factory: pytest.TempPathFactory) -> Callable[[pa.Table], Relation]:
        def made(table: pa.Table) -> Relation:
            path = tmp_path_factory.mktemp("relation") / "t.parquet"
            write_parquet(from_arrow(table), path)
            return scan_parquet(path)

        return made


class TestRelationInput(InputSuite):
    component = "vibepiper_transform:Relation"

    def rows(self, given: Relation) -> list[dict[str, object]]:
        return given.to_table().to_pylist()
