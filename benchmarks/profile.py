"""A profile of 10 million rows of 12 columns in Parquet, against one full scan of each column."""

from __future__ import annotations

import duckdb
from vibepiper_quality import profile_table
from vibepiper_transform import scan_parquet

from benchmarks.data import orders_parquet
from benchmarks.measure import Measure, compare

ROWS = 10_000_000


def measure() -> list[Measure]:
    path = orders_parquet(ROWS)
    return [
        compare(
            f"a profile of {ROWS:,} rows x 12 columns",
            {
                "one full scan of each column in DuckDB": lambda: _scan_each(str(path)),
                "profile_table": lambda: profile_table(scan_parquet(path)),
            },
            budget="within 3",
            repeats=3,
        )
    ]


def _scan_each(path: str) -> None:
    """Reads every value of a column: a hash of each, so that no footer answers."""
    rows = duckdb.read_parquet(path)
    for name in rows.columns:
        rows.aggregate(f'bit_xor(hash("{name}"))').fetchall()
