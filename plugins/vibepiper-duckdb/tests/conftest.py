from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vibepiper import ComponentContext
from vibepiper_duckdb import DuckDBConnector, DuckDBIOManager, DuckDBSettings


@pytest.fixture
def context(tmp_path: Path) -> ComponentContext:
    return ComponentContext("warehouse", tmp_path)


@pytest.fixture
def store(context: ComponentContext) -> Iterator[DuckDBIOManager]:
    made = DuckDBIOManager(DuckDBSettings(), context)
    yield made
    made.close()


@pytest.fixture
def connector(context: ComponentContext) -> Iterator[DuckDBConnector]:
    made = DuckDBConnector(DuckDBSettings(), context)
    yield made
    made.close()
