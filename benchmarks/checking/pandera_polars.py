"""Pandera on Polars, run by its path in an environment that has both."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from report import report

CHECKS_OF_VALUES = pa.DataFrameSchema(
    {
        "order_id": pa.Column(unique=True),
        "customer_id": pa.Column(),
        "line": pa.Column(),
        "date": pa.Column(),
        "region": pa.Column(
            str,
            [
                pa.Check.isin(["north", "east", "south", "west"]),
                pa.Check.str_length(4, 5),
            ],
        ),
        "amount": pa.Column(
            float,
            [
                pa.Check.in_range(0, 10_000),
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).mean().is_between(4e3, 6e3))),
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).std().is_between(2e3, 4e3))),
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).median().is_between(4e3, 6e3))),
            ],
        ),
        "quantity": pa.Column(checks=[pa.Check.in_range(1, 9), pa.Check.isin(list(range(1, 10)))]),
        "discount": pa.Column(
            float,
            [
                pa.Check.in_range(0, 100),
                pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).is_null().mean() <= 0.05)),
            ],
            nullable=True,
        ),
        "at": pa.Column(
            checks=pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).diff() > pl.duration()))
        ),
        "email": pa.Column(
            str,
            [pa.Check.str_matches(r"^[\w\.-]+@"), pa.Check.str_length(5, 60)],
        ),
    },
    checks=[pa.Check(lambda d: d.lazyframe.select(pl.col("date") <= pl.col("shipped")))],
    unique=["customer_id", "line"],
)


def evaluate(orders: str, products: str) -> dict[str, int]:
    frame = pl.read_parquet(orders)
    known = pl.read_parquet(products)["id"]
    reference = pa.Check(lambda d: d.lazyframe.select(pl.col(d.key).is_in(known.implode())))
    schema = CHECKS_OF_VALUES.add_columns({"product_id": pa.Column(checks=reference)})
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = errors.failure_cases.group_by("column", "check").len()
        return {f"{row['column']} {row['check']}": row["len"] for row in found.to_dicts()}
    return {}


if __name__ == "__main__":
    report(evaluate)
