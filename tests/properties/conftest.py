from __future__ import annotations

from collections.abc import Iterator

import pytest
from vibepiper_testing import MariaDBServer, PostgresServer

from tests.properties.engines import NAMES, Engine, make_store


@pytest.fixture(scope="module")
def engines(
    postgres_server: PostgresServer,
    mariadb_server: MariaDBServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Engine]]:
    """An empty store of each engine, which the module's tests share; and DuckDB."""
    folder = tmp_path_factory.mktemp("engines")
    urls = {
        "postgresql": postgres_server.create_database(folder.name),
        "mysql": mariadb_server.create_database(folder.name),
    }
    stores = {name: make_store(name, urls.get(name, ""), folder) for name in NAMES}
    yield {"duckdb": Engine("duckdb")} | {n: Engine(n, store) for n, store in stores.items()}
    for store in stores.values():
        store.close()
    mariadb_server.drop_database(folder.name)
