"""What commands import, and what they do not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """
[project]
name = "shop"
modules = ["pipeline.py"]

[io_managers.default]
use = "duckdb"
"""
PIPELINE = """
from vibepiper import asset
from vibepiper.partitions import static

@asset
def orders(): return [{"id": 1}]

@asset(partitions=static(["eu", "us"], name="region", column="region"))
def regions(region): return [{"region": region}]
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command of the project has imported when it ends."""
    program = f"""
import sys
from vibepiper.cli import main
sys.argv = ["vibepiper", *{arguments!r}]
try:
    main()
finally:
    print("imported", *sys.modules, file=sys.stderr)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("imported ")[2].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


def test_a_store_is_asked_what_it_holds_without_pyarrow(folder: Path) -> None:
    plan = imported(folder, "plan")
    assert "duckdb" in plan
    assert not plan & {"pyarrow", "numpy", "vibepiper_transform.relation"}


def test_rows_are_stored_without_the_builder_and_without_rich(folder: Path) -> None:
    run = imported(folder, "backfill", "regions", "--partition", "eu", "--json")
    assert "pyarrow" in run
    assert not run & {"vibepiper_transform.relation", "rich.console"}
