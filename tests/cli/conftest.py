"""Projects in files, so that what one command made the next one finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vibepiper_testing import PluginSite, ProjectFolder

CONFIG = """
[project]
name = "test"
modules = ["pipeline.py"]

[io_managers.default]
use = "files"
root = "data"
keep_versions = 5
keep_replaced = 5
"""

DAYS = """
import pyarrow as pa
from vibepiper import asset
from vibepiper.partitions import daily

DAYS = daily("2026-03-01", end="2026-03-05")


@asset(partitions=DAYS)
def orders(date: str):
    return [{"date": date, "amount": int(date[-2:])}]


@asset(partitions=DAYS)
def revenue(orders: pa.Table):
    return [{"total": sum(orders["amount"].to_pylist())}]


@asset
def total(revenue: pa.Table):
    return [{"total": sum(revenue["total"].to_pylist())}]
"""

CHAIN = """
import pyarrow as pa
from pathlib import Path
from vibepiper import asset


@asset
def numbers():
    return [{"n": int(line)} for line in Path("numbers.txt").read_text().split()]


@asset
def doubled(numbers: pa.Table):
    return [{"n": 2 * n} for n in numbers["n"].to_pylist()]


@asset
def largest(doubled: pa.Table):
    return [{"n": max(doubled["n"].to_pylist())}]
"""


class Stored:
    """A project whose assets lie in files. `pipeline` writes its code, whole."""

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder
        self.root: Path = folder.root

    def pipeline(self, text: str, config: str = CONFIG) -> Stored:
        self.folder.write(text, config)
        return self

    def numbers(self, text: str) -> Stored:
        (self.root / "numbers.txt").write_text(text)
        return self

    def json(self, *arguments: str) -> Any:
        return self.folder.json(*arguments)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, on both of its outputs; it has to end with ``code``."""
        done = self.folder.vibepiper(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def reasons(self, *arguments: str) -> dict[str, list[str]]:
        """By asset why its steps are in the plan."""
        found: dict[str, list[str]] = {}
        for step in self.json("plan", *arguments)["steps"]:
            found.setdefault(step["asset"], []).append(step["reason_kind"])
        return found

    def steps(self, *arguments: str) -> dict[str, str]:
        """By name what became of the steps of a run."""
        steps = self.json(*arguments)["steps"]
        return {
            f"{s['asset']}[{s['partition']}]" if s["partition"] else s["asset"]: s["status"]
            for s in steps
        }

    def rows(self, asset: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("show", asset, "--rows", "1000")["first_rows"]
        return found


@pytest.fixture
def stored(tmp_path: Path, plugin_site: PluginSite) -> Stored:
    root = tmp_path / "project"
    root.mkdir()
    return Stored(ProjectFolder(root, plugin_site))


@pytest.fixture
def chain(stored: Stored) -> Stored:
    """Three assets, one after the other; the first reads a file."""
    return stored.pipeline(CHAIN).numbers("1 2 3")


@pytest.fixture
def days(stored: Stored) -> Stored:
    """Two assets by day, of four days, and one of all days."""
    return stored.pipeline(DAYS)
