"""Fixtures for pytest, found through the entry-point group ``pytest11``."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from vibepiper_testing.servers import PostgresServer

__all__ = ["postgres_database", "postgres_server", "pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; deselect with -m 'not long'")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, started for this session and stopped at its end.

    Skips with the reason where none can be had; fails instead when ``CI=true``.
    """
    from vibepiper_testing.servers import ServerUnavailable, start_postgres

    try:
        running = start_postgres()
        server = running.__enter__()
    except ServerUnavailable as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI=true needs a PostgreSQL server: {error}", pytrace=False)
        pytest.skip(str(error))
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> str:
    """The URL of a new, empty database on `postgres_server`."""
    return postgres_server.create_database(f"test_{uuid.uuid4().hex}")
