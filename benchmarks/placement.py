"""Queries over two places, and differences between them, beside moving everything."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr
from vibepiper import AssetRef, ComponentContext
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_testing import start_postgres
from vibepiper_transform import Count, Relation, Sum, col, from_arrow, scan_parquet
from vibepiper_transform.diff import diff_tables

from benchmarks.data import FOLDER, orders_parquet
from benchmarks.measure import Measure, compare

ROWS = 1_000_000
NEEDED = "SELECT product_id, amount FROM orders WHERE region = 'east' AND quantity > 5"
JOINED = """
    SELECT kind, sum(amount) AS total, count(*) AS orders
    FROM orders JOIN products USING (product_id) GROUP BY kind
"""


def measure() -> list[Measure]:
    source = orders_parquet(ROWS)
    with start_postgres() as server, TemporaryDirectory(dir=FOLDER) as folder:
        context = ComponentContext("default", Path(folder))
        store = PostgresIOManager(PostgresSettings(url=SecretStr(server.url)), context)
        store.save(AssetRef("orders"), pq.read_table(source))
        orders = store.relation(AssetRef("orders"))
        ids = range(100_000)
        products = pa.table({"product_id": ids, "kind": [f"kind {n % 50}" for n in ids]})
        found = [
            compare(
                f"a join of {ROWS:,} rows in PostgreSQL with a table here",
                {
                    "two queries by hand": lambda: _by_hand(server.url, products),
                    "the relation": lambda: _joined(orders, products).to_table(),
                    "the relation, nothing pushed down": lambda: _joined(
                        orders.hint("no_pushdown"), products
                    ).to_table(),
                    "the relation, the table here broadcast": lambda: _joined(
                        orders, from_arrow(products).hint("broadcast")
                    ).to_table(),
                },
                budget="within 1.05 of by hand",
            ),
            compare(
                f"what differs in {ROWS:,} rows x 12 columns of PostgreSQL and Parquet: nothing",
                {
                    "all rows moved and compared": lambda: _moved(orders, scan_parquet(source)),
                    "by checksums": lambda: diff_tables(orders, scan_parquet(source), ["order_id"]),
                },
                budget="none: it spares the network",
            ),
        ]
        store.close()
    return found


def _joined(orders: Relation, products: object) -> Relation:
    joined = orders.join(products, on="product_id")
    chosen = joined.filter((col("region") == "east") & (col("quantity") > 5))
    return chosen.groupby("kind").aggregate(total=Sum("amount"), orders=Count())


def _by_hand(url: str, products: pa.Table) -> pa.Table:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(NEEDED)
        with duckdb.connect() as here:
            here.register("orders", cursor.fetch_record_batch())
            here.register("products", products)
            return here.sql(JOINED).to_arrow_table()


def _moved(one: Relation, two: Relation) -> int:
    left, right = one.to_table(), two.to_table()
    with duckdb.connect() as here:
        here.register("l", left)
        here.register("r", right)
        return here.sql("SELECT * FROM l EXCEPT SELECT * FROM r").to_arrow_table().num_rows
