"""What a command that runs nothing imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_a_store_is_asked_what_it_holds_without_pyarrow(tmp_path: Path) -> None:
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert "pyarrow" in imported(tmp_path, "backfill", "regions", "--partition", "eu")
    plan = imported(tmp_path, "plan")
    assert "duckdb" in plan
    assert not plan & {"pyarrow", "numpy", "vibepiper_transform.relation"}
