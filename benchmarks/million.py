"""A million partitions on the command line, all but ten of them made and stored: as files, and as
rows of a table in DuckDB and in PostgreSQL."""

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
import psycopg
from vibepiper import StateStore, load_project
from vibepiper.code_version import CodeVersions
from vibepiper.partitions import Span
from vibepiper_testing import start_postgres

from benchmarks.environment import make_environment
from benchmarks.measure import Measure, Side, compare

MINUTES = 1_000_000
HOLES = 10
END = datetime(2026, 1, 1, tzinfo=UTC)
START = END - timedelta(minutes=MINUTES)
PROJECT = """
[project]
name = "million"
modules = ["pipeline.py"]
"""
STORES = {
    "files": '[io_managers.default]\nuse = "files"\nroot = "data"\n',
    "duckdb": '[io_managers.default]\nuse = "duckdb"\npath = "ticks.duckdb"\n',
    "postgres": '[io_managers.default]\nuse = "postgres"\nurl = "{url}"\n',
}
PIPELINE = f"""
from datetime import UTC, datetime
from vibepiper import asset
from vibepiper.partitions import cron
MINUTES = cron("* * * * *", "{START:%Y-%m-%dT%H:%M}", end="{END:%Y-%m-%dT%H:%M}"COLUMN)
@asset(partitions=MINUTES, uri="URI")
def ticks(time: str):
    return [{{"at": datetime.strptime(time, "%Y-%m-%dT%H%M").replace(tzinfo=UTC)}}]
"""
STORED = """
INSERT INTO vibepiper_loads
SELECT n, asset_table, {key}, 'load' || n, cursor, token, mode, rows, total_rows, notes, applied_at
FROM vibepiper_loads, generate_series(1, {last}) AS of_all(n)
WHERE n NOT IN {holes}
"""
MOMENT = f"TIMESTAMP '{START:%Y-%m-%d %H:%M}' + INTERVAL '1 minute' * n"
KEYS = {
    "duckdb": f"strftime({MOMENT}, '%Y-%m-%dT%H%M')",
    "postgres": f"to_char({MOMENT}, 'YYYY-MM-DD\"T\"HH24MI')",
}
HELD = """
INSERT INTO vibepiper_partitions
SELECT asset_table, labels, since + 60000000::BIGINT * begin, since + 60000000::BIGINT * "end"
FROM vibepiper_partitions, (VALUES {ranges}) AS of_all(begin, "end");
DELETE FROM vibepiper_partitions WHERE until = since + 60000000
"""
MISSING = ("backfill", "ticks", "--missing")
ROOT = Path(__file__).parents[1]
INSTALLED = (
    *(f"packages/vibepiper-{name}" for name in ("core", "sql", "transform")),
    *(f"plugins/vibepiper-{name}" for name in STORES),
)
WORKSPACE = Path(sys.executable).parent
"""Also has what no store needs and only tests do: pyarrow imports NumPy and pandas, and
PostgreSQL's driver Polars, wherever they are."""


def measure() -> list[Measure]:
    with TemporaryDirectory() as folder, start_postgres() as server:
        installed = _installed(Path(folder) / "installed")
        stores = {store: Path(folder) / store for store in STORES}
        return [_measured(store, at, server.url, installed) for store, at in stores.items()]


def _installed(folder: Path) -> Path:
    """What somebody has who installs the stores and nothing else."""
    paths = [str(ROOT / path) for path in INSTALLED]
    return make_environment(folder, "-c", str(ROOT / "constraints.txt"), *paths)


def _measured(store: str, root: Path, url: str, installed: Path) -> Measure:
    root.mkdir()
    _make(store, root, url)
    kept = root / "kept.db"
    shutil.copy(root / ".vibepiper" / "state.db", kept)
    sides = {
        "plan of an asset without partitions": _plain(root / "plain", installed),
        "list": _command(installed, root, "list"),
        "partitions": _command(installed, root, "partitions", "ticks"),
        "plan --missing": _command(installed, root, "plan", "--missing"),
        f"backfill of {HOLES}": lambda: _backfill(installed, root, kept),
        f"backfill of {HOLES} in the workspace": lambda: _backfill(WORKSPACE, root, kept),
    }
    return compare(f"a million partitions, in {store}", sides, budget="each under 1,000 ms")


def _make(store: str, root: Path, url: str) -> None:
    uri, column = ("ticks/{time}.parquet", "") if store == "files" else ("ticks", ', column="at"')
    (root / "vibepiper.toml").write_text(PROJECT + STORES[store].format(url=url))
    (root / "pipeline.py").write_text(PIPELINE.replace("URI", uri).replace("COLUMN", column))
    _command(WORKSPACE, root, "run", "--partition", f"{START:%Y-%m-%dT%H%M}")()
    project = load_project(root)
    code = CodeVersions(project.graph, root).version(project.graph["ticks"])
    first = int(START.timestamp())
    holes = sorted(MINUTES - (number + 1) * (MINUTES // HOLES - 1) for number in range(HOLES))
    ranges = [(begin + 1, end) for begin, end in pairwise([-1, *holes, MINUTES])]
    with StateStore(project.state) as state:
        for begin, end in ranges:
            span = Span("", first + 60 * begin, first + 60 * end)
            state.record_span("default", "ticks", span, "materialized", code)
        state.commit()
    if store == "files":
        _store_files(root, holes)
        return
    stored = STORED.format(key=KEYS[store], last=MINUTES - 1, holes=tuple(holes))
    held = HELD.format(ranges=", ".join(map(str, ranges)))
    _store_rows(root, url if store == "postgres" else None, f"{stored};{held}")


def _store_files(root: Path, holes: list[int]) -> None:
    for number in set(range(1, MINUTES)) - set(holes):
        at = START + timedelta(minutes=number)
        (root / "data" / "ticks" / f"{at:%Y-%m-%dT%H%M}.parquet").touch()


def _store_rows(root: Path, url: str | None, script: str) -> None:
    if url is None:
        with duckdb.connect(root / "ticks.duckdb") as database:
            database.execute("SET enable_progress_bar = false")
            database.execute(script)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)  # type: ignore[arg-type]
        connection.execute("VACUUM ANALYZE vibepiper_loads")


def _plain(root: Path, installed: Path) -> Side:
    root.mkdir()
    (root / "vibepiper.toml").write_text(PROJECT)
    (root / "pipeline.py").write_text("from vibepiper import asset\n@asset\ndef a(): return [{}]\n")
    return _command(installed, root, "plan")


def _backfill(commands: Path, root: Path, kept: Path) -> None:
    """Each time from the same state; what the last one stored is written again."""
    for left in (root / ".vibepiper").glob("state.db*"):
        left.unlink()
    shutil.copy(kept, root / ".vibepiper" / "state.db")
    _command(commands, root, *MISSING)()


def _command(commands: Path, root: Path, *arguments: str) -> Side:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [commands / "vibepiper", *arguments, "--json"]
    return lambda: subprocess.run(
        command,
        cwd=root,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
