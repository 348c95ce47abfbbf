"""A project in a folder that is loaded and run here, or by commands in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, ClassVar

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
    run_plan,
)
from vibepiper_testing import PluginSite, ProjectFolder

MAIN = "from vibepiper.cli import main; main()"

CONFIG = """
[project]
name = "test"
modules = ["pipeline.py"]
"""

SHELF_CONFIG = (
    CONFIG
    + """
[io_managers.default]
use = "shelf"
folder = "shelf"
"""
)

SHELF = """
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, SecretStr
from vibepiper import CheckResult, Component, ComponentSpec, Stored, hookimpl
from vibepiper.data import as_reader
from vibepiper.errors import NotMaterialized, StoreError


class Settings(BaseModel, extra="forbid"):
    folder: Path = Path("shelf")
    password: SecretStr | None = None


class Shelf(Component[Settings]):
    settings_model = Settings

    def _path(self, ref):
        end = f".{ref.load_id}" if ref.load_id else ".arrow"
        return self.context.root / self.settings.folder / (ref.key.replace("/", ".") + end)

    def exists(self, ref):
        return self._path(ref).exists()

    def load(self, ref):
        if not self.exists(ref):
            raise NotMaterialized(f"'{ref.key}' is not on the shelf")
        return pa.ipc.open_file(self._path(ref)).read_all()

    def stage(self, ref, data):
        path = self._path(ref)
        path.parent.mkdir(exist_ok=True)
        reader, rows = as_reader(data), 0
        try:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as out:
                for batch in reader:
                    rows += batch.num_rows
                    out.write_batch(batch)
        except Exception as error:
            raise StoreError(f"could not write {path.name}: {error}") from None
        return Stored(str(path), rows, path.stat().st_size, None, reader.schema)

    def publish(self, ref, staged):
        if self._path(ref).exists():
            os.replace(self._path(ref), self._path(ref.published))
        return Stored(str(self._path(ref.published)), staged.rows, None, None, staged.schema)

    def discard(self, ref):
        self._path(ref).unlink(missing_ok=True)

    def save(self, ref, data):
        from dataclasses import replace

        staging = replace(ref, load_id="0")
        return self.publish(staging, self.stage(staging, data))


@dataclass(frozen=True)
class AtLeast:
    rows: int
    severity: str = "error"
    validator: str = "counting"

    @property
    def label(self):
        return f"at_least({self.rows})"


class Counting(Component[Settings]):
    settings_model = Settings

    def evaluate(self, checks, data, context):
        found = as_reader(data).read_all().num_rows
        return [
            CheckResult(c.label, "passed" if found >= c.rows else "failed", c.severity,
                        expected=f"{c.rows} rows", observed=f"{found} rows")
            for c in checks
        ]


@hookimpl
def vibepiper_components():
    return [
        ComponentSpec("io_manager", "shelf", "shelf:Shelf", "Files.", {"staging": "full"}),
        ComponentSpec("io_manager", "plain", "shelf:Shelf", "Files, written in place."),
        ComponentSpec("validator", "counting", "shelf:Counting", "Counts rows."),
    ]
"""


class Folder(ProjectFolder):
    """A project's folder."""

    config: ClassVar[str] = CONFIG

    def write(
        self, pipeline: str, config: str | None = None, *, name: str = "pipeline.py"
    ) -> Folder:
        self.add("vibepiper.toml", config or self.config)
        return self.add(name, "from vibepiper import asset\n" + textwrap.dedent(pipeline))

    def add(self, name: str, text: str) -> Folder:
        super().add(name, text)
        return self

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", MAIN, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.site.path), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.popen(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def load(self, **options: Any) -> Project:
        return load_project(self.root, **options)

    def plan(self, *selectors: str, **options: Any) -> Plan:
        with Session(self.load(), PluginHost()) as session:
            return make_plan(session, selectors=selectors, **options)

    def run(self, *selectors: str, jobs: int = 1) -> RunResult:
        project = self.load()
        with Session(project, PluginHost()) as session, StateStore(project.state) as state:
            plan = make_plan(session, selectors=selectors)
            return run_plan(plan, session, state, jobs=jobs)


class ShelfFolder(Folder):
    """A project whose assets a third party's plugin stages, checks and publishes on disk."""

    config: ClassVar[str] = SHELF_CONFIG


@pytest.fixture
def site(plugin_site: PluginSite) -> PluginSite:
    return plugin_site


@pytest.fixture
def project(tmp_path: Path, site: PluginSite) -> Folder:
    root = tmp_path / "project"
    root.mkdir()
    return Folder(root, site)


@pytest.fixture
def shelf(project: Folder) -> ShelfFolder:
    project.site.install("shelf", SHELF)
    return ShelfFolder(project.root, project.site, project.environment)
