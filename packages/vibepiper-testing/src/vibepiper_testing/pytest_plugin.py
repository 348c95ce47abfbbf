"""Fixtures for pytest, found through the entry-point group ``pytest11``."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from vibepiper_testing.promises import replaced, tell_promise

if TYPE_CHECKING:
    from vibepiper_testing.servers import PostgresServer

__all__ = [
    "postgres_database",
    "postgres_server",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
]

pytest.register_assert_rewrite("vibepiper_testing.conformance")
_REPLACED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; deselect with -m 'not long'")


def pytest_collection_finish(session: pytest.Session) -> None:
    told = dict.fromkeys(line for item in session.items if (line := replaced(item)))
    session.config.stash[_REPLACED] = list(told)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    tell_promise(item, report)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if lines := config.stash.get(_REPLACED, []):
        terminalreporter.section("conformance tests that were replaced")
        for line in lines:
            terminalreporter.line(line)


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
