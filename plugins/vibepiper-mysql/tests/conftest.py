from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vibepiper import ComponentContext
from vibepiper_mysql import MySQLConnector, MySQLIOManager, MySQLSettings

CONTEXT = ComponentContext("warehouse", Path.cwd())


@pytest.fixture
def connector(mariadb_database: str) -> Iterator[MySQLConnector]:
    made = MySQLConnector(MySQLSettings(url=mariadb_database), CONTEXT)
    yield made
    made.close()


@pytest.fixture
def store(mariadb_database: str) -> Iterator[MySQLIOManager]:
    made = MySQLIOManager(MySQLSettings(url=mariadb_database), CONTEXT)
    yield made
    made.close()
