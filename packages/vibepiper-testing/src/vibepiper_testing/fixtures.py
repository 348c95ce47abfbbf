"""The fixtures. pytest loads this module at its start, so what it needs is imported in them."""

from __future__ import annotations

import os
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    import pyarrow as pa
    import time_machine
    from vibepiper import Asset, AssetContext, AssetGraph, PluginHost, StateStore
    from vibepiper.memory import MemoryIOManager

    from vibepiper_testing.materialization import Materialized
    from vibepiper_testing.memory import MemoryFileFormat, ScriptedValidator
    from vibepiper_testing.memory_database import MemoryDatabase
    from vibepiper_testing.projects import PluginSite, ProjectFolder
    from vibepiper_testing.recording import EventRecorder
    from vibepiper_testing.scripted_executor import ScriptedExecutor
    from vibepiper_testing.servers import MariaDBServer, PostgresServer

__all__ = [
    "asset_context",
    "asset_graph",
    "event_recorder",
    "fake_rows",
    "frozen_clock",
    "mariadb_database",
    "mariadb_server",
    "materialize",
    "memory_database",
    "memory_file_format",
    "memory_io_manager",
    "plugin_host",
    "plugin_site",
    "postgres_database",
    "postgres_server",
    "project_folder",
    "run_state",
    "scripted_executor",
    "scripted_validator",
    "set_secret",
]

Server = TypeVar("Server")


@pytest.fixture
def materialize(tmp_path: Path) -> Callable[..., Materialized]:
    """`vibepiper_testing.materialize` in a folder of the test's own."""
    from vibepiper_testing.materialization import materialize

    return partial(materialize, root=tmp_path)


@pytest.fixture
def asset_graph() -> Callable[..., AssetGraph]:
    """Builds the graph of assets: ``asset_graph(orders, report, resources=["shop"])``."""
    from vibepiper import AssetGraph

    def build(*assets: Asset, **names: Any) -> AssetGraph:
        return AssetGraph(assets, **names)

    return build


@pytest.fixture
def asset_context() -> AssetContext:
    """A context to call an asset's function with by hand; ``context.lines`` is what it logged."""
    from vibepiper_testing.context import RecordingContext

    return RecordingContext.of("asset")


@pytest.fixture
def event_recorder() -> EventRecorder:
    """An observer that keeps a run's events, for ``run_plan(..., observers=[event_recorder])``."""
    from vibepiper_testing.recording import EventRecorder

    return EventRecorder()


@pytest.fixture
def frozen_clock() -> Iterator[time_machine.Traveller]:
    """Time stands at 2024-01-01 12:00 UTC, for all code of this process, until it is moved:
    ``frozen_clock.shift(timedelta(days=1))``, ``frozen_clock.move_to(...)``."""
    import datetime as dt

    import time_machine

    with time_machine.travel(dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def fake_rows(request: pytest.FixtureRequest) -> Callable[..., pa.Table]:
    """`vibepiper_testing.fake_table`, seeded by the test's name: the same rows at every run."""
    from vibepiper_testing.fake import fake_table

    return partial(fake_table, seed=random.Random(request.node.nodeid).randrange(2**31))


@pytest.fixture
def memory_io_manager() -> MemoryIOManager:
    """An IO manager that holds what is saved in it until the test ends."""
    from vibepiper_testing.memory import memory_io_manager

    return memory_io_manager()


@pytest.fixture
def memory_database() -> Iterator[MemoryDatabase]:
    """An empty database in memory, to be given as a resource."""
    from vibepiper_testing.memory_database import MemoryDatabase

    database = MemoryDatabase()
    yield database
    database.close()


@pytest.fixture
def memory_file_format() -> MemoryFileFormat:
    """A file format whose files are not on the disk."""
    from vibepiper_testing.memory import MemoryFileFormat

    return MemoryFileFormat()


@pytest.fixture
def scripted_validator() -> ScriptedValidator:
    """A validator that passes every check but those in ``scripted_validator.failing``."""
    from vibepiper_testing.memory import ScriptedValidator

    return ScriptedValidator()


@pytest.fixture
def scripted_executor() -> ScriptedExecutor:
    """An executor that carries out every step but those in ``scripted_executor.failing``."""
    from vibepiper_testing.scripted_executor import ScriptedExecutor

    return ScriptedExecutor()


@pytest.fixture
def plugin_host() -> PluginHost:
    """The installed plugins."""
    from vibepiper import PluginHost

    return PluginHost()


@pytest.fixture
def plugin_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginSite]:
    """A folder on the path in which tiny plugins can be installed, gone when the test ends."""
    from vibepiper_testing.projects import PluginSite

    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.setattr(sys, "path", [str(path), *sys.path])
    before = set(sys.modules)
    yield PluginSite(path)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def project_folder(tmp_path: Path, plugin_site: PluginSite) -> ProjectFolder:
    """A new project's folder, in which files are written and commands run."""
    from vibepiper_testing.projects import ProjectFolder

    root = tmp_path / "project"
    root.mkdir()
    return ProjectFolder(root, plugin_site)


@pytest.fixture
def run_state(tmp_path: Path) -> Iterator[StateStore]:
    """An empty run-state database."""
    from vibepiper import StateStore

    with StateStore(tmp_path / "run-state.db") as state:
        yield state


@pytest.fixture
def set_secret(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Sets what the project file's ``{ secret = "NAME" }`` stands for, until the test ends."""
    return monkeypatch.setenv


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, started for this session and stopped at its end.

    Skips with the reason where none can be had; fails instead when ``CI=true``.
    """
    from vibepiper_testing.servers import start_postgres

    yield from _running(start_postgres, "PostgreSQL")


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> str:
    """The URL of a new, empty database on `postgres_server`."""
    return postgres_server.create_database(f"test_{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    """A real MariaDB server, started for this session and stopped at its end.

    Skips with the reason where none can be had; fails instead when ``CI=true``.
    """
    from vibepiper_testing.servers import start_mariadb

    yield from _running(start_mariadb, "MariaDB")


@pytest.fixture
def mariadb_database(mariadb_server: MariaDBServer) -> Iterator[str]:
    """The URL of a new, empty database on `mariadb_server`."""
    name = f"test_{uuid.uuid4().hex}"
    yield mariadb_server.create_database(name)
    mariadb_server.drop_database(name)


def _running(start: Callable[[], AbstractContextManager[Server]], title: str) -> Iterator[Server]:
    from vibepiper_testing.servers import ServerUnavailable

    try:
        running = start()
        server = running.__enter__()
    except ServerUnavailable as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI=true needs a {title} server: {error}", pytrace=False)
        pytest.skip(str(error))
    try:
        yield server
    finally:
        running.__exit__(None, None, None)
