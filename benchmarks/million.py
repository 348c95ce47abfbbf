"""A million partitions on the command line, all but ten of them made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from vibepiper import StateStore, load_project
from vibepiper.code_version import CodeVersions
from vibepiper.partitions import Span

from benchmarks.measure import Measure, Side, compare

MINUTES = 1_000_000
HOLES = 10
END = datetime(2026, 1, 1, tzinfo=UTC)
START = END - timedelta(minutes=MINUTES)
PROJECT = """
[project]
name = "million"
modules = ["pipeline.py"]
[io_managers.default]
use = "files"
"""
PIPELINE = f"""
from vibepiper import asset
from vibepiper.partitions import cron
MINUTES = cron("* * * * *", "{START:%Y-%m-%dT%H:%M}", end="{END:%Y-%m-%dT%H:%M}")
@asset(partitions=MINUTES)
def ticks(time: str):
    return [{{"time": time}}]
"""
VIBEPIPER = Path(sys.executable).parent / "vibepiper"
MISSING = ("backfill", "ticks", "--missing")


def measure() -> list[Measure]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        _make(root)
        kept = root / "kept.db"
        shutil.copy(root / ".vibepiper" / "state.db", kept)
        sides = {
            "plan of an asset without partitions": _plain(root / "plain"),
            "list": _command(root, "list"),
            "partitions": _command(root, "partitions", "ticks"),
            "plan --missing": _command(root, "plan", "--missing"),
            f"backfill of {HOLES}": lambda: _backfill(root, kept),
        }
        budget = "each under 1,000 ms"
        return [compare("a million partitions", sides, budget=budget)]


def _make(root: Path) -> None:
    (root / "vibepiper.toml").write_text(PROJECT)
    (root / "pipeline.py").write_text(PIPELINE)
    project = load_project(root)
    code = CodeVersions(project.graph, root).version(project.graph["ticks"])
    first, last = int(START.timestamp()), int(END.timestamp())
    with StateStore(project.state) as state:
        for number in range(HOLES):
            hole = int(END.timestamp()) - 60 * (number + 1) * (MINUTES // HOLES - 1)
            state.record_span("default", "ticks", Span("", hole + 60, last), "materialized", code)
            last = hole
        state.record_span("default", "ticks", Span("", first, last), "materialized", code)
        state.commit()


def _plain(root: Path) -> Side:
    root.mkdir()
    (root / "vibepiper.toml").write_text(PROJECT)
    (root / "pipeline.py").write_text("from vibepiper import asset\n@asset\ndef a(): return [{}]\n")
    return _command(root, "plan")


def _backfill(root: Path, kept: Path) -> None:
    """Each time from the same state."""
    for left in (root / ".vibepiper").glob("state.db*"):
        left.unlink()
    shutil.copy(kept, root / ".vibepiper" / "state.db")
    shutil.rmtree(root / "data", ignore_errors=True)
    _command(root, *MISSING)()


def _command(root: Path, *arguments: str) -> Side:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [VIBEPIPER, *arguments, "--json"]
    return lambda: subprocess.run(
        command,
        cwd=root,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
