"""One query tuned by hand in DuckDB, and two beside it for what it would spoil: the footers' are
answered without a row, and the order of two columns is told by a pass that streams."""

from __future__ import annotations

import duckdb

from benchmarks.checking.report import report

FOOTERS = """
    SELECT count(*), count(order_id), count(date), count(region), count(email),
           min(amount), max(amount), min(quantity), max(quantity), min(discount), max(discount)
    FROM orders
"""

ORDER = """
    SELECT count_if(id_before >= order_id), count_if(at_before >= "at")
    FROM (SELECT order_id, "at", lag(order_id) OVER () AS id_before,
                 lag("at") OVER () AS at_before
          FROM orders)
"""

REST = """
    SELECT bit_count(bitstring_agg(customer_id * 10 + line, 0, 9999999)),
           count_if(NOT regexp_matches(email, '^[\\w\\.-]+@')),
           count_if(region NOT IN ('north', 'east', 'south', 'west')),
           count_if(quantity NOT IN (1, 2, 3, 4, 5, 6, 7, 8, 9)),
           count_if(NOT length(email) BETWEEN 5 AND 60),
           count_if(NOT length(region) BETWEEN 4 AND 5),
           avg(amount), stddev_samp(amount), median(amount),
           count_if(date > shipped), count(discount),
           count_if(product_id NOT IN (SELECT id FROM products))
    FROM orders
"""


def evaluate(orders: str, products: str) -> dict[str, int]:
    duckdb.read_parquet(orders).create_view("orders")
    duckdb.read_parquet(products).create_view("products")
    rows, *rest = duckdb.sql(FOOTERS).fetchall()[0]
    least, most = rest[4::2], rest[5::2]
    nulls = [rows - count for count in rest[:4]]
    backwards = duckdb.sql(ORDER).fetchall()[0]
    distinct, *found = duckdb.sql(REST).fetchall()[0]
    mean, spread, median = found[5:8]
    shown = found[9]
    bounds = [(0, 10_000), (1, 9), (0, 100)]
    within = [low <= a <= b <= high for a, b, (low, high) in zip(least, most, bounds, strict=True)]
    assert all(within), within
    assert 0.95 * rows <= shown <= rows
    measured = [(mean, 4_000, 6_000), (spread, 2_000, 4_000), (median, 4_000, 6_000)]
    assert all(low <= value <= high for value, low, high in measured), measured
    counts = [*nulls, *backwards, rows - distinct, *found[:5], found[8], found[10]]
    return {str(number): count for number, count in enumerate(counts) if count}


if __name__ == "__main__":
    report(evaluate)
