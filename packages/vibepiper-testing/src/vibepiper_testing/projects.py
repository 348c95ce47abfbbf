"""A project in a folder, and tiny plugins as a third party would install them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

__all__ = ["PluginSite", "ProjectFolder"]

_MAIN = "from vibepiper.cli import main; main()"
_CONFIG = """
[project]
name = "test"
modules = ["pipeline.py"]
"""


@dataclass(frozen=True)
class PluginSite:
    """A folder on the path, where distributions of one module are installed."""

    path: Path

    def install(
        self,
        name: str,
        source: str,
        *,
        version: str = "1.0",
        entry: str | None = None,
        requires: str = "",
    ) -> None:
        """Installs a plugin whose entry point names the module of ``source``."""
        module = name.replace("-", "_")
        (self.path / f"{module}.py").write_text(textwrap.dedent(source))
        info = self.path / f"{module}-{version}.dist-info"
        info.mkdir()
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requirement}"
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[vibepiper]\n{entry or name} = {module}\n")


@dataclass(frozen=True)
class ProjectFolder:
    """A project's folder. Commands run in processes of their own, with the plugins of ``site``."""

    root: Path
    site: PluginSite
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, pipeline: str, config: str = _CONFIG) -> ProjectFolder:
        """Writes ``pipeline.py`` and ``vibepiper.toml``."""
        self.add("vibepiper.toml", config)
        return self.add("pipeline.py", pipeline)

    def add(self, name: str, text: str) -> ProjectFolder:
        """Writes one file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        if path.suffix == ".py":
            # Python takes a module of the same size, written in the same second, for the same.
            Path(cache_from_source(path)).unlink(missing_ok=True)
        return self

    def vibepiper(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, however it ends."""
        return subprocess.run(
            [sys.executable, "-c", _MAIN, *arguments],
            cwd=self.root,
            env={**os.environ, **self._paths(), **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """The document that a command prints with ``--json``."""
        done = self.vibepiper(*arguments, "--json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"no JSON: {done.stdout}{done.stderr}") from None

    def _paths(self) -> Mapping[str, str]:
        paths = [str(self.site.path), os.environ.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
