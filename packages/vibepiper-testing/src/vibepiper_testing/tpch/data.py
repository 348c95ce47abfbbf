"""The eight tables as Parquet files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["TABLES", "generate"]

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def generate(folder: Path, *, scale: float = 0.01) -> dict[str, Path]:
    """The files of the eight tables, by their names, made in ``folder`` where they are not there
    yet. ``scale`` 1 is 6 million line items and 0.35 GB; 0.01 takes a second.

    Raises `FileNotFoundError` where the generator is not installed.
    """
    files = {table: folder / f"{table}.parquet" for table in TABLES}
    if not all(path.exists() for path in files.values()):
        command = [_generator(), "parquet", "--quiet", "--scale-factor", f"{scale:g}"]
        subprocess.run([*command, "--overwrite", "--output-dir", str(folder)], check=True)
    return files


def _generator() -> str:
    beside = Path(sys.executable).with_name("tpchgen-cli")
    found = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
    if found is None:
        raise FileNotFoundError("no tpchgen-cli: pip install 'vibepiper-testing[tpch]'")
    return found
