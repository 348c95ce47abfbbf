from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from vibepiper import ComponentContext
from vibepiper_postgres import PostgresConnector, PostgresSettings

if TYPE_CHECKING:
    from vibepiper_postgres import PostgresIOManager

CONTEXT = ComponentContext("warehouse", Path.cwd())


@pytest.fixture
def connector(postgres_database: str) -> Iterator[PostgresConnector]:
    made = PostgresConnector(PostgresSettings(url=postgres_database), CONTEXT)
    yield made
    made.close()


@pytest.fixture
def store(postgres_database: str) -> Iterator[PostgresIOManager]:
    from vibepiper_postgres import PostgresIOManager

    made = PostgresIOManager(PostgresSettings(url=postgres_database), CONTEXT)
    yield made
    made.close()
