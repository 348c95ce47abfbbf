"""VibePiper's side."""

from __future__ import annotations

from vibepiper import CheckContext, ComponentContext
from vibepiper_expectations import expect
from vibepiper_expectations.validator import ExpectationSettings, ExpectationValidator
from vibepiper_transform import scan_parquet

from benchmarks.checking.report import report
from benchmarks.data import FOLDER

CHECKS = [
    *(
        expect.column_values_not_null(name)
        for name in ("order_id", "customer_id", "date", "region", "email")
    ),
    expect.column_values_unique("order_id"),
    expect.columns_unique_together(["customer_id", "line"]),
    expect.column_values_between("amount", 0, 10_000),
    expect.column_values_between("quantity", 1, 9),
    expect.column_values_between("discount", 0, 100),
    expect.column_values_match_regex("email", r"^[\w\.-]+@"),
    expect.column_values_in_set("region", ["north", "east", "south", "west"]),
    expect.column_values_in_set("quantity", list(range(1, 10))),
    expect.column_values_lengths_between("email", 5, 60),
    expect.column_values_lengths_between("region", 4, 5),
    expect.column_mean_between("amount", 4_000, 6_000),
    expect.column_std_between("amount", 2_000, 4_000),
    expect.column_median_between("amount", 4_000, 6_000),
    expect.column_pair_comparison("date", "<=", "shipped"),
    expect.column_values_increasing("at"),
    expect.column_null_share_between("discount", 0, 0.05),
    expect.column_values_in_reference("product_id", "products", "id"),
]


def evaluate(orders: str, products: str) -> dict[str, int]:
    validator = ExpectationValidator(
        ExpectationSettings(keys="all"), ComponentContext("bench", FOLDER)
    )
    context = CheckContext("orders", ("order_id",), lambda name: scan_parquet(products))
    results = validator.evaluate(CHECKS, scan_parquet(orders), context)
    assert len(results) == 22
    failed = {result.check: result for result in results if not result.passed}
    for result in failed.values():
        assert result.keys is not None
        assert result.keys.num_rows == result.failed_rows  # type: ignore[attr-defined]
    return {name: result.failed_rows or 0 for name, result in failed.items()}


if __name__ == "__main__":
    report(evaluate)
