"""Tables larger than memory flowing through: the peak resident memory of a fresh process."""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from vibepiper import AssetRef, ComponentContext
from vibepiper_files import read_parquet
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_testing import start_postgres

from benchmarks.data import FOLDER, orders_csv, orders_parquet
from benchmarks.measure import Measure

ROWS = (10_000_000, 40_000_000)

PROGRAM = """
import resource, sys
from pathlib import Path
from pydantic import SecretStr
from vibepiper import AssetRef, ComponentContext
from vibepiper_files import FileIOManager, FileSettings, read_csv
from vibepiper_postgres import PostgresIOManager, PostgresSettings
source, root = sys.argv[1:]
context = ComponentContext("default", Path(root))
if source.startswith("postgresql://"):
    database = PostgresIOManager(PostgresSettings(url=SecretStr(source)), context)
    data = database.load(AssetRef("orders"))
else:
    data = read_csv(source)
store = FileIOManager(FileSettings(root=root), context)
ref = AssetRef("orders", load_id="0123456789abcdef")
store.publish(ref, store.stage(ref, data))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure() -> list[Measure]:
    """Reported in MiB where other benchmarks report milliseconds."""
    peaks = {f"{rows:,} CSV rows into Parquet, MiB": _peak(str(orders_csv(rows))) for rows in ROWS}
    peaks[f"{ROWS[0]:,} PostgreSQL rows into Parquet, MiB"] = _out_of_postgres(ROWS[0])
    return [Measure("peak memory", peaks, "flat, under 1,024 MiB")]


def _out_of_postgres(rows: int) -> float:
    with start_postgres() as server:
        context = ComponentContext("default", FOLDER)
        store = PostgresIOManager(PostgresSettings(url=SecretStr(server.url)), context)
        store.save(AssetRef("orders"), read_parquet(orders_parquet(rows)))
        store.close()
        return _peak(server.url)


def _peak(source: str) -> float:
    with TemporaryDirectory(dir=FOLDER) as root:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, source, root],
            check=True,
            capture_output=True,
            text=True,
        )
    return int(done.stdout) / 1024 / 1000
