"""Generated data, made once under benchmarks/.data and kept."""

from __future__ import annotations

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent / ".data"

ORDERS = """
    SELECT i AS order_id,
           (hash(i) % 1000000)::BIGINT AS customer_id,
           DATE '2020-01-01' + (hash(i, 1) % 1500)::INTEGER AS date,
           ['north', 'east', 'south', 'west'][1 + (hash(i, 2) % 4)::BIGINT] AS region,
           (hash(i, 3) % 1000000) / 100 AS amount,
           (1 + hash(i, 4) % 9)::INTEGER AS quantity,
           CASE WHEN hash(i, 5) % 50 > 0 THEN (hash(i, 5) % 100)::DOUBLE END AS discount,
           TIMESTAMPTZ '2020-01-01 00:00:00+00'
               + to_seconds((hash(i, 6) % 100000000)::BIGINT) AS at,
           (hash(i, 7) % 2 = 0) AS paid,
           'customer' || (hash(i) % 1000000) || '@example.org' AS email,
           (hash(i, 8) % 100000)::BIGINT AS product_id,
           'note ' || (hash(i, 9) % 1000) AS note
    FROM range($rows) AS r(i)
"""


def orders_parquet(rows: int) -> Path:
    """``rows`` orders of 12 columns as Parquet."""
    return _make(FOLDER / f"orders_{rows}.parquet", rows, "PARQUET")


def orders_csv(rows: int) -> Path:
    """The same orders as CSV; 10 million are about 1 GB."""
    return _make(FOLDER / f"orders_{rows}.csv", rows, "CSV")


def _make(path: Path, rows: int, form: str) -> Path:
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        connection = duckdb.connect(config={"memory_limit": "4GB"})
        connection.execute("SET TimeZone = 'UTC'")
        partial = path.with_suffix(".partial")
        orders = connection.sql(ORDERS, params={"rows": rows})
        if form == "CSV":
            orders.write_csv(str(partial))
        else:
            orders.write_parquet(str(partial), compression="zstd")
        partial.rename(path)
    return path
