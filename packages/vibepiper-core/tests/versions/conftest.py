"""Projects that are loaded from files, and the versions of their assets."""

from __future__ import annotations

import importlib
import itertools
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest
from vibepiper import Asset, AssetGraph
from vibepiper.code_version import CodeVersions

HEAD = "from vibepiper import asset\n"


class Versions:
    """Writes each variant of a project to a folder of its own, and imports it."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / str(n) for n in itertools.count())

    def graph(self, files: Mapping[str, str], *, params: tuple[str, ...] = ()) -> AssetGraph:
        self.root = next(self._folders)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        before = set(sys.modules)
        sys.path.insert(0, str(self.root))
        importlib.invalidate_caches()
        try:
            self.module = importlib.import_module("pipeline")
            found = [value for value in vars(self.module).values() if isinstance(value, Asset)]
            self.versions = CodeVersions(AssetGraph(found, params=params), self.root)
            # Versions are asked for while the project can be imported, as in a run.
            self.all = {each.key: self.versions.version(each) for each in found}
            self.explained = {each.key: dict(self.versions.explain(each)) for each in found}
        finally:
            sys.path.remove(str(self.root))
            for name in set(sys.modules) - before:
                if (file := getattr(sys.modules[name], "__file__", None)) and str(
                    self.root
                ) in file:
                    del sys.modules[name]
        return AssetGraph(found, params=params)

    def __call__(self, pipeline: str, key: str = "a", **modules: str) -> str:
        """The version of the asset ``key``; ``modules`` are the files beside it."""
        files = {f"{name.replace('__', '/')}.py": text for name, text in modules.items()}
        self.graph({"pipeline.py": HEAD + textwrap.dedent(pipeline), **files})
        return self.all[key]

    def explain(self, pipeline: str, key: str = "a", **modules: str) -> dict[str, str]:
        self(pipeline, key, **modules)
        return self.explained[key]


@pytest.fixture
def version(tmp_path: Path) -> Versions:
    return Versions(tmp_path)
