"""Tables larger than memory flowing through: the peak resident memory of a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.data import FOLDER, orders_csv
from benchmarks.measure import Measure

ROWS = (10_000_000, 40_000_000)

PROGRAM = """
import resource, sys
from pathlib import Path
from vibepiper import AssetRef, ComponentContext
from vibepiper_files import FileIOManager, FileSettings, read_csv
source, root = sys.argv[1:]
store = FileIOManager(FileSettings(root=root), ComponentContext("default", Path(root)))
ref = AssetRef("orders", load_id="0123456789abcdef")
store.publish(ref, store.stage(ref, read_csv(source)))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure() -> list[Measure]:
    """Reported in MiB where other benchmarks report milliseconds."""
    peaks = {f"{rows:,} CSV rows into Parquet, MiB": _peak(orders_csv(rows)) for rows in ROWS}
    return [Measure("peak memory", peaks, "flat, under 1,024 MiB")]


def _peak(source: Path) -> float:
    with TemporaryDirectory(dir=FOLDER) as root:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(source), root],
            check=True,
            capture_output=True,
            text=True,
        )
    return int(done.stdout) / 1024 / 1000
