"""The orders: 12 columns, all as they should be, or each of ten rules broken by 1 % of them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.data import FOLDER

GOOD = """
    SELECT i AS order_id,
           ((i * 7919) % 1000000)::BIGINT AS customer_id,
           (i // 1000000)::INTEGER AS line,
           DATE '2020-01-01' + (hash(i, 1) % 1500)::INTEGER AS date,
           DATE '2020-01-01' + (hash(i, 1) % 1500)::INTEGER
               + (hash(i, 11) % 10)::INTEGER AS shipped,
           ['north', 'east', 'south', 'west'][1 + (hash(i, 2) % 4)::BIGINT] AS region,
           (hash(i, 3) % 1000000) / 100 AS amount,
           (1 + hash(i, 4) % 9)::INTEGER AS quantity,
           CASE WHEN hash(i, 5) % 50 > 0 THEN (hash(i, 5) % 100)::DOUBLE END AS discount,
           TIMESTAMP '2020-01-01'
               + to_microseconds(i * 3000000 + (hash(i, 6) % 2000000)::BIGINT) AS at,
           'customer' || (hash(i) % 1000000) || '@example.org' AS email,
           (hash(i, 8) % 100000)::BIGINT AS product_id
    FROM range($rows) AS r(i)
"""

BAD = """
    SELECT CASE WHEN order_id % 100 = 1 THEN order_id - 1 ELSE order_id END AS order_id,
           CASE WHEN order_id % 100 = 2 THEN NULL ELSE customer_id END AS customer_id,
           line, date,
           CASE WHEN order_id % 100 = 3 THEN date - 1 ELSE shipped END AS shipped,
           CASE WHEN order_id % 100 = 4 THEN 'nowhere' ELSE region END AS region,
           CASE WHEN order_id % 100 = 5 THEN -1 ELSE amount END AS amount,
           CASE WHEN order_id % 100 = 6 THEN 10 ELSE quantity END AS quantity,
           CASE WHEN order_id % 100 = 7 THEN 101 ELSE discount END AS discount,
           CASE WHEN order_id % 100 = 8 THEN "at" - INTERVAL 1 DAY ELSE "at" END AS "at",
           CASE WHEN order_id % 100 = 9 THEN 'customer' ELSE email END AS email,
           CASE WHEN order_id % 100 = 10 THEN 100000 ELSE product_id END AS product_id
    FROM orders
"""


def orders(rows: int, kind: str) -> Path:
    """The orders, ``good`` or ``bad``, as Parquet."""
    return _make(FOLDER / f"checked_{kind}_{rows}.parquet", rows, kind)


def products() -> Path:
    """The 100,000 products that orders are of."""
    path = FOLDER / "checked_products.parquet"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        made = duckdb.sql("SELECT i AS id, 'product ' || i AS name FROM range(100000) AS r(i)")
        made.write_parquet(str(path))
    return path


def _make(path: Path, rows: int, kind: str) -> Path:
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        connection = duckdb.connect(config={"memory_limit": "4GB"})
        if kind == "good":
            made = connection.sql(GOOD, params={"rows": rows})
        else:
            connection.read_parquet(str(orders(rows, "good"))).create_view("orders")
            made = connection.sql(BAD)
        partial = path.with_suffix(".partial")
        made.write_parquet(str(partial), compression="zstd")
        partial.rename(path)
    return path
