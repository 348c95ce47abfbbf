"""A project in a folder, and tiny distributions as a third party would install them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    def evaluate(self, checks, data, *, asset, key):
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


@dataclass
class Site:
    """A folder on the path, where distributions are installed."""

    path: Path

    def install(
        self, name: str, source: str, *, entry: str | None = None, requires: str = ""
    ) -> None:
        module = name.replace("-", "_")
        (self.path / f"{module}.py").write_text(textwrap.dedent(source))
        info = self.path / f"{module}-1.0.dist-info"
        info.mkdir()
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requirement}"
        )
        (info / "entry_points.txt").write_text(f"[vibepiper]\n{entry or name} = {module}\n")


@dataclass
class Folder:
    """A project in a folder; commands run in processes of their own."""

    root: Path
    site: Site
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, pipeline: str, config: str = CONFIG, name: str = "pipeline.py") -> Folder:
        (self.root / "vibepiper.toml").write_text(textwrap.dedent(config))
        return self.add(name, "from vibepiper import asset\n" + textwrap.dedent(pipeline))

    def add(self, name: str, text: str) -> Folder:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return self

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        paths = os.pathsep.join([str(self.site.path)])
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", MAIN, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": paths, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.popen(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        """The document that the command prints: all of its standard output."""
        return json.loads(self.cli(*arguments, "--json").stdout)

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


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.setattr(sys, "path", [str(path), *sys.path])
    before = set(sys.modules)
    yield Site(path)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path, site: Site) -> Folder:
    root = tmp_path / "project"
    root.mkdir()
    return Folder(root, site)


@pytest.fixture
def shelf(project: Folder) -> Folder:
    """A project whose assets a third party's plugin stages, checks and publishes on disk."""
    project.site.install("shelf", SHELF)
    project.add("vibepiper.toml", SHELF_CONFIG)
    write = project.write

    def with_shelf(pipeline: str, config: str = SHELF_CONFIG, name: str = "pipeline.py") -> Folder:
        return write(pipeline, config, name)

    project.write = with_shelf  # type: ignore[method-assign]
    return project
