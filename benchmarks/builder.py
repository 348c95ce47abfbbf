"""The builder against the same questions in SQL written by hand, both run by DuckDB."""

from __future__ import annotations

import duckdb
from vibepiper_transform import Avg, Count, Sum, col, row_number, scan_parquet

from benchmarks.data import orders_parquet
from benchmarks.measure import Measure, compare

ROWS = 10_000_000

DAILY = """
    SELECT date, region, sum(amount * quantity) AS total, count(*) AS orders,
           avg(discount) AS discount
    FROM orders WHERE paid AND quantity > 2 GROUP BY date, region
"""

BIGGEST = """
    WITH numbered AS (
        SELECT order_id, customer_id, amount,
               row_number() OVER (PARTITION BY product_id ORDER BY amount DESC, order_id) AS place
        FROM orders)
    SELECT * FROM numbered WHERE place = 1
"""

JOINED = """
    WITH spent AS (
        SELECT customer_id, sum(amount) AS spent FROM orders GROUP BY customer_id)
    SELECT o.region, count(*) AS orders, avg(s.spent) AS spent
    FROM orders o JOIN spent s USING (customer_id) GROUP BY o.region
"""


def measure() -> list[Measure]:
    path = orders_parquet(ROWS)
    orders = scan_parquet(path)
    daily = (
        orders.filter(col("paid") & (col("quantity") > 2))
        .groupby("date", "region")
        .aggregate(
            total=Sum(col("amount") * col("quantity")), orders=Count(), discount=Avg("discount")
        )
    )
    place = row_number().over(
        partition_by="product_id", order_by=[col("amount").desc(), "order_id"]
    )
    biggest = orders.select("order_id", "customer_id", "amount", place=place).filter(
        col("place") == 1
    )
    spent = orders.groupby("customer_id").aggregate(spent=Sum("amount"))
    joined = (
        orders.join(spent, on="customer_id")
        .groupby("region")
        .aggregate(orders=Count(), spent=Avg("spent"))
    )
    questions = {
        "filter, group and aggregate": (DAILY, daily),
        "row_number and filter": (BIGGEST, biggest),
        "join with an aggregate": (JOINED, joined),
    }
    return [
        compare(
            f"{name}, {ROWS:,} rows",
            {
                "SQL by hand in DuckDB": lambda sql=sql: _by_hand(sql, str(path)),
                "the builder": lambda relation=relation: relation.to_table(),
            },
            budget="within 1.05",
        )
        for name, (sql, relation) in questions.items()
    ]


def _by_hand(sql: str, path: str) -> object:
    duckdb.read_parquet(path).create_view("orders", replace=True)
    return duckdb.sql(sql).to_arrow_table()
