"""Users who load assets of one schema."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.database import DatabaseTable
from vibepiper.errors import StoreError
from vibepiper_postgres import PostgresConnector, PostgresIOManager, PostgresSettings

ROWS = pa.table({"n": [1]})
CONTEXT = ComponentContext("warehouse", Path.cwd())


def settings_of(user: str, database: str) -> PostgresSettings:
    at = urlsplit(database)
    return PostgresSettings(url=f"postgresql://{user}:x@{at.hostname}:{at.port}{at.path}")


@contextmanager
def user(connector: PostgresConnector, database: str) -> Iterator[tuple[str, PostgresIOManager]]:
    """A new user who may make tables, and the store as that one."""
    name = f"etl_{uuid.uuid4().hex[:8]}"
    connector.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    connector.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {name}")
    store = PostgresIOManager(settings_of(name, database), CONTEXT)
    try:
        yield name, store
    finally:
        store.close()
        connector.execute(f"DROP OWNED BY {name}")
        connector.execute(f"DROP ROLE {name}")


def test_the_tables_of_records_are_granted_to_the_other_users_of_a_schema(
    connector: PostgresConnector, postgres_database: str
) -> None:
    users = (user(connector, postgres_database), user(connector, postgres_database))
    with users[0] as (_, first), users[1] as (name, second):
        first.save(AssetRef("one"), ROWS)
        with pytest.raises(StoreError, match="permission denied for table vibepiper_loads"):
            second.save(AssetRef("two"), ROWS)
        connector.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON vibepiper_loads, vibepiper_partitions "
            f"TO {name}"
        )
        second.save(AssetRef("two"), ROWS)
        assert second.load(AssetRef("two")).read_all() == ROWS
        with pytest.raises(StoreError, match="must be owner of table one"):
            second.save(AssetRef("one"), ROWS)


def test_columns_are_told_of_tables_of_which_something_may_be_read(
    connector: PostgresConnector, postgres_database: str
) -> None:
    two = pa.table({"id": [1], "email": ["a@x"]})
    for table in ("partly", "closed"):
        connector.ingest(table, two)
    with user(connector, postgres_database) as (name, _):
        connector.execute(f"GRANT SELECT (id) ON partly TO {name}")
        reader = PostgresConnector(settings_of(name, postgres_database), CONTEXT)
        try:
            found = reader.schemas([DatabaseTable("partly"), DatabaseTable("closed")])
        finally:
            reader.close()
    assert found == {DatabaseTable("partly"): two.schema}
