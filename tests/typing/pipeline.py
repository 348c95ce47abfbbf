"""A user's typed pipeline, as `nox -s types` checks it: what the public names promise."""

import datetime as dt
from collections.abc import Iterator
from typing import assert_type

import polars as pl
import pyarrow as pa
from vibepiper import Asset, AssetOptions, asset, load_project, make_plan
from vibepiper_expectations import Field, Schema, expect, validate
from vibepiper_files import read_csv
from vibepiper_transform import Count, Relation, Sum, col, transform


class Orders(Schema):
    id: int = Field(unique=True)
    date: dt.date
    amount: float | None = Field(ge=0)


@asset(group="raw", key="id")
@validate(schema=Orders, lazy=True)
@expect.row_count_between(1, 1_000)
def orders() -> object:
    return read_csv("orders.csv", schema=Orders)


@asset
def batches(orders: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    yield from orders


@asset
def frame(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.filter(pl.col("amount") > 0)


@transform
def daily(orders: Relation) -> Relation:
    paid = orders.filter(col("amount") > 0)
    return paid.groupby("date").aggregate(total=Sum("amount"), orders=Count("id"))


options: AssetOptions = {"group": "raw", "tags": ["daily"]}

assert_type(orders, Asset)
assert_type(batches, Asset)
assert_type(daily, Asset)
assert_type(orders.key, str)
assert callable(load_project)
assert callable(make_plan)
