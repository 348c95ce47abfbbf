"""CSV into Parquet, against DuckDB's own COPY."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from vibepiper import AssetRef, ComponentContext
from vibepiper_files import FileIOManager, FileSettings, read_csv

from benchmarks.data import orders_csv
from benchmarks.measure import Measure, compare

ROWS = 10_000_000


def measure() -> list[Measure]:
    source = orders_csv(ROWS)
    with TemporaryDirectory(dir=source.parent) as folder:
        target = Path(folder)
        sides = {
            "DuckDB COPY": lambda: _copy(source, target / "copied.parquet"),
            "read_csv into the file IO manager": lambda: _store(source, target),
        }
        name = f"{ROWS:,} CSV rows into Parquet"
        return [compare(name, sides, budget="within 1.15", repeats=3)]


def _copy(source: Path, target: Path) -> None:
    duckdb.connect().read_csv(str(source)).write_parquet(str(target), compression="zstd")


def _store(source: Path, root: Path) -> None:
    store = FileIOManager(FileSettings(root=str(root)), ComponentContext("default", root))
    ref = AssetRef("orders", load_id="0123456789abcdef")
    store.publish(ref, store.stage(ref, read_csv(source)))
    store.close()
