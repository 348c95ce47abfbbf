"""Projects in folders of their own, run here or by commands in processes of their own."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from vibepiper import (
    Plan,
    PluginHost,
    Project,
    RunResult,
    Session,
    StateStore,
    load_project,
    make_plan,
)
from vibepiper import run_plan as carry_out
from vibepiper.data import as_reader
from vibepiper.io_manager import AssetRef, ChangeIOManager, Committed
from vibepiper.run_result import StepResult
from vibepiper.state.records import RunRecord
from vibepiper_testing import PluginSite, ProjectFolder

PROJECT = """
[project]
name = "test"
modules = ["pipeline.py"]
"""
STORES = {
    "files": 'use = "files"\nroot = "data"\n',
    "duckdb": 'use = "duckdb"\npath = "warehouse.duckdb"\n',
    "postgres": 'use = "postgres"\nurl = { secret = "ENGINE_TEST_URL" }\n',
}
IMPORTS = """
import pickle
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from vibepiper import asset, incremental
from vibepiper.partitions import daily, static

ROOT = Path(__file__).parent


def delivered(name="delivered"):
    return pickle.loads((ROOT / f"{name}.pickle").read_bytes())


def called(name):
    with (ROOT / "calls.txt").open("a") as calls:
        calls.write(f"{name}\\n")
"""

DIES = """
import os
import sys
from pathlib import Path

from vibepiper import PluginHost, Session, StateStore, load_project, make_plan, run_plan


class Dies:
    def on_event(self, event):
        if (event.kind, event.asset) == (sys.argv[1], sys.argv[2]):
            os._exit(9)

    def on_rows(self, key, rows):
        pass


project = load_project(Path("."))
with Session(project, PluginHost()) as session, StateStore(project.state) as state:
    plan = make_plan(session, state, full_refresh="--full-refresh" in sys.argv)
    run_plan(plan, session, state, observers=[Dies()])
"""

Rows = list[dict[str, Any]]


class Engine:
    """A project, its state and its data in one folder.

    The pipeline's code sees `IMPORTS`: ``delivered()`` gives what `deliver` was last given, and
    ``called(name)`` is counted by `calls`.
    """

    def __init__(self, folder: ProjectFolder, store: str) -> None:
        self.folder = folder
        self.root: Path = folder.root
        self.store = store
        self.config = f"{PROJECT}\n[io_managers.default]\n{STORES[store]}"

    def pipeline(self, text: str, more_config: str = "") -> Engine:
        """Writes the code, below `IMPORTS`, and the configuration with ``more_config``."""
        self.folder.write(IMPORTS + "\n\n" + textwrap.dedent(text), self.config + more_config)
        return self

    def deliver(self, data: object, name: str = "delivered") -> Engine:
        (self.root / f"{name}.pickle").write_bytes(pickle.dumps(data))
        return self

    def load(self) -> Project:
        """The project as its files are now."""
        sys.modules.pop("pipeline", None)
        return load_project(self.root)

    def plan(self, *selectors: str, **options: Any) -> Plan:
        """As of `make_plan`."""
        project = self.load()
        with Session(project, PluginHost()) as session, StateStore(project.state) as state:
            return make_plan(session, state, selectors=selectors, **options)

    def run(self, *selectors: str, jobs: int = 1, executor: str = "threads", **options: Any) -> Run:
        """A run in this process; ``options`` are of `make_plan`."""
        project = self.load()
        with Session(project, PluginHost()) as session, StateStore(project.state) as state:
            plan = make_plan(session, state, selectors=selectors, **options)
            return Run(carry_out(plan, session, state, jobs=jobs, executor=executor))

    def make(self, *selectors: str, **options: Any) -> Run:
        """A run that has to succeed."""
        run = self.run(*selectors, **options)
        failures = [step.failure.traceback for step in run.result.steps if step.failure]
        assert run.result.status == "succeeded", failures
        return run

    def cli(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, on both of its outputs; it has to end with ``code``."""
        done = self.folder.vibepiper(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def cli_steps(self, *arguments: str) -> dict[str, str]:
        """By name what became of the steps of a command's run."""
        steps = self.folder.json(*arguments)["steps"]
        return {
            f"{s['asset']}[{s['partition']}]" if s["partition"] else s["asset"]: s["status"]
            for s in steps
        }

    def table(self, asset: str) -> pa.Table:
        """What is published, whatever its partitions."""
        return self._reads(
            asset, lambda io, ref: as_reader(io.load(ref)).read_all().combine_chunks()
        )

    def rows(self, asset: str, *order: str) -> Rows:
        """What is published, in the order of the columns ``order``, else of all of them."""
        found = self.table(asset).to_pylist()
        by = order or tuple(found[0] if found else ())
        return sorted(found, key=lambda row: [(row[c] is None, str(row[c])) for c in by])

    def values(self, asset: str, column: str) -> list[Any]:
        """One column of what is published, in its order."""
        found = self.table(asset)[column].to_pylist()
        return sorted(found, key=lambda value: (value is None, value))

    def committed(self, asset: str) -> Committed | None:
        """What the store knows of the last load."""
        return self._reads(asset, lambda io, ref: io.committed(ref))

    def exists(self, asset: str) -> bool:
        return self._reads(asset, lambda io, ref: io.exists(ref))

    def break_it(self) -> None:
        """The code sees a file ``broken`` until `mend_it`."""
        (self.root / "broken").touch()

    def mend_it(self) -> None:
        (self.root / "broken").unlink()

    def die(self, event: str, asset: str, *options: str) -> None:
        """A run whose process ends at the event, before the event is on record."""
        self.folder.add("dies.py", DIES)
        command = [sys.executable, "dies.py", event, asset, *options]
        done = subprocess.run(command, cwd=self.root, check=False, capture_output=True, text=True)
        assert done.returncode == 9, done.stderr

    def last_run(self) -> RunRecord:
        with StateStore(self.load().state) as state:
            found = state.last_run()
        assert found is not None
        return found

    def attempts(self, asset: str) -> int:
        """How often the last run tried an asset."""
        run = self.last_run()
        with StateStore(self.load().state) as state:
            return next(step.attempt for step in state.steps(run.id) if step.asset == asset)

    @property
    def calls(self) -> list[str]:
        """What called ``called``, in its order."""
        path = self.root / "calls.txt"
        return path.read_text().split() if path.exists() else []

    def _reads(self, key: str, read: Callable[[ChangeIOManager, AssetRef], Any]) -> Any:
        project = self.load()
        with Session(project, PluginHost()) as session:
            asset = project.graph[key]
            manager = cast("ChangeIOManager", session.store(asset).manager)
            return read(manager, AssetRef(key, uri=asset.uri))


class Run:
    """What became of a run."""

    def __init__(self, result: RunResult) -> None:
        self.result = result
        self.id = result.run_id
        self.statuses = {step.name: step.status for step in result.steps}

    def __getitem__(self, name: str) -> StepResult:
        return next(step for step in self.result.steps if step.name == name)

    def message(self, name: str) -> str:
        """Why a step failed."""
        failure = self[name].failure
        assert failure is not None, f"{name} {self[name].status}"
        return failure.message


@pytest.fixture
def new_engine(
    tmp_path: Path,
    plugin_site: PluginSite,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Engine]:
    """Makes a project whose default store is the one of a name of `STORES`."""

    def make(store: str) -> Engine:
        if store == "postgres":
            monkeypatch.setenv("ENGINE_TEST_URL", request.getfixturevalue("postgres_database"))
        root = tmp_path / "project"
        root.mkdir()
        return Engine(ProjectFolder(root, plugin_site), store)

    return make


@pytest.fixture
def engine(new_engine: Callable[[str], Engine]) -> Engine:
    """A project whose assets lie in files."""
    return new_engine("files")


@pytest.fixture(params=list(STORES))
def stored(new_engine: Callable[[str], Engine], request: pytest.FixtureRequest) -> Engine:
    """A project for each kind of store: files, DuckDB, PostgreSQL."""
    return new_engine(request.param)
