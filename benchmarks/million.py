"""A million partitions on the command line, all but ten of them made and stored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
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
use = "duckdb"
path = "ticks.duckdb"
"""
PIPELINE = f"""
from datetime import UTC, datetime
from vibepiper import asset
from vibepiper.partitions import cron
MINUTES = cron("* * * * *", "{START:%Y-%m-%dT%H:%M}", end="{END:%Y-%m-%dT%H:%M}", column="at")
@asset(partitions=MINUTES)
def ticks(time: str):
    return [{{"at": datetime.strptime(time, "%Y-%m-%dT%H%M").replace(tzinfo=UTC)}}]
"""
STORED = """
INSERT INTO vibepiper_loads
SELECT n, asset_table, strftime(TIMESTAMP '{start}' + INTERVAL (n) MINUTE, '%Y-%m-%dT%H%M'),
    'load' || n, cursor, token, mode, rows, total_rows, notes, applied_at
FROM vibepiper_loads, range(1, {minutes}) of_all(n)
WHERE n NOT IN {holes}
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
    _command(root, "run", "--partition", f"{START:%Y-%m-%dT%H%M}")()
    project = load_project(root)
    code = CodeVersions(project.graph, root).version(project.graph["ticks"])
    first = int(START.timestamp())
    holes = [MINUTES - (number + 1) * (MINUTES // HOLES - 1) for number in range(HOLES)]
    with StateStore(project.state) as state:
        for begin, end in pairwise([-1, *sorted(holes), MINUTES]):
            span = Span("", first + 60 * (begin + 1), first + 60 * end)
            state.record_span("default", "ticks", span, "materialized", code)
        state.commit()
    with duckdb.connect(root / "ticks.duckdb") as database:
        start = f"{START:%Y-%m-%d %H:%M}"
        database.execute("SET enable_progress_bar = false")
        database.execute(STORED.format(start=start, minutes=MINUTES, holes=tuple(holes)))


def _plain(root: Path) -> Side:
    root.mkdir()
    (root / "vibepiper.toml").write_text(PROJECT)
    (root / "pipeline.py").write_text("from vibepiper import asset\n@asset\ndef a(): return [{}]\n")
    return _command(root, "plan")


def _backfill(root: Path, kept: Path) -> None:
    """Each time from the same state; what the last one stored is written again."""
    for left in (root / ".vibepiper").glob("state.db*"):
        left.unlink()
    shutil.copy(kept, root / ".vibepiper" / "state.db")
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
