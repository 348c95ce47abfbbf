from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vibepiper import ComponentContext
from vibepiper_sqlite import SQLiteConnector, SQLiteIOManager, SQLiteSettings


@pytest.fixture
def context(tmp_path: Path) -> ComponentContext:
    return ComponentContext("warehouse", tmp_path)


@pytest.fixture
def store(context: ComponentContext) -> Iterator[SQLiteIOManager]:
    made = SQLiteIOManager(SQLiteSettings(), context)
    yield made
    made.close()


@pytest.fixture
def connector(context: ComponentContext) -> SQLiteConnector:
    return SQLiteConnector(SQLiteSettings(), context)
