"""Great Expectations on pandas, run by its path in an environment that has both."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from report import report

REGIONS = ["north", "east", "south", "west"]


def expectations(known: list[int]) -> list[gxe.Expectation]:
    return [
        *(
            gxe.ExpectColumnValuesToNotBeNull(column=name)
            for name in ("order_id", "customer_id", "date", "region", "email")
        ),
        gxe.ExpectColumnValuesToBeUnique(column="order_id"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["customer_id", "line"]),
        gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=10_000),
        gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=1, max_value=9),
        gxe.ExpectColumnValuesToBeBetween(column="discount", min_value=0, max_value=100),
        gxe.ExpectColumnValuesToMatchRegex(column="email", regex=r"^[\w\.-]+@"),
        gxe.ExpectColumnValuesToBeInSet(column="region", value_set=REGIONS),
        gxe.ExpectColumnValuesToBeInSet(column="quantity", value_set=list(range(1, 10))),
        gxe.ExpectColumnValueLengthsToBeBetween(column="email", min_value=5, max_value=60),
        gxe.ExpectColumnValueLengthsToBeBetween(column="region", min_value=4, max_value=5),
        gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=4_000, max_value=6_000),
        gxe.ExpectColumnStdevToBeBetween(column="amount", min_value=2_000, max_value=4_000),
        gxe.ExpectColumnMedianToBeBetween(column="amount", min_value=4_000, max_value=6_000),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="shipped", column_B="date", or_equal=True
        ),
        gxe.ExpectColumnValuesToBeIncreasing(column="at", strictly=True),
        gxe.ExpectColumnValuesToNotBeNull(column="discount", mostly=0.95),
        gxe.ExpectColumnValuesToBeInSet(column="product_id", value_set=known),
    ]


def evaluate(orders: str, products: str) -> dict[str, int]:
    frame = pd.read_parquet(orders)
    known = pd.read_parquet(products)["id"].tolist()
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("orders")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite("orders", expectations=expectations(known))
    found = batch.validate(suite)
    failed = [result for result in found.results if not result.success]
    for result in failed:
        assert not result.exception_info.get("raised_exception"), result.exception_info
    return {
        str(number): result.result.get("unexpected_count", 1)
        for number, result in enumerate(failed)
    }


if __name__ == "__main__":
    report(evaluate)
