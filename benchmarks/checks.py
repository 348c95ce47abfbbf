"""22 checks over 10 million rows, against one query tuned by hand."""

from __future__ import annotations

from functools import reduce

import duckdb
from vibepiper import ComponentContext, asset
from vibepiper_expectations import expect
from vibepiper_expectations.validator import ExpectationSettings, ExpectationValidator
from vibepiper_transform import scan_parquet

from benchmarks.data import FOLDER, orders_parquet
from benchmarks.measure import Measure, compare

ROWS = 10_000_000
COLUMNS = ("order_id", "customer_id", "date", "region", "amount", "quantity", "at", "email")

CHECKS = [
    *(expect.column_values_not_null(name) for name in COLUMNS),
    expect.column_values_between("order_id", 0, ROWS),
    expect.column_values_between("customer_id", 0, 1_000_000),
    expect.column_values_between("amount", 0, 10_000),
    expect.column_values_between("quantity", 1, 9),
    expect.column_values_between("discount", 0, 100),
    expect.column_values_between("product_id", 0, 100_000),
    expect.column_values_in_set("region", ["north", "east", "south", "west"]),
    expect.column_values_in_set("quantity", list(range(1, 10))),
    expect.column_values_match_regex("email", r"^[\w\.-]+@"),
    expect.column_values_lengths_between("email", 5, 60),
    expect.column_values_lengths_between("note", 5, 20),
    expect.row_count_between(ROWS, ROWS),
    expect.column_mean_between("amount", 4_000, 6_000),
    expect.column_pair_comparison("order_id", ">=", "quantity", mostly=0.99),
]

BY_HAND = """
    SELECT count(*) - count(order_id), count(*) - count(customer_id),
           count(*) - count(date), count(*) - count(region),
           count(*) - count(amount), count(*) - count(quantity),
           count(*) - count("at"), count(*) - count(email),
           count(*) FILTER (NOT order_id BETWEEN 0 AND 10000000),
           count(*) FILTER (NOT customer_id BETWEEN 0 AND 1000000),
           count(*) FILTER (NOT amount BETWEEN 0 AND 10000),
           count(*) FILTER (NOT quantity BETWEEN 1 AND 9),
           count(*) FILTER (NOT discount BETWEEN 0 AND 100),
           count(*) FILTER (NOT product_id BETWEEN 0 AND 100000),
           count(*) FILTER (region NOT IN ('north', 'east', 'south', 'west')),
           count(*) FILTER (quantity NOT IN (1, 2, 3, 4, 5, 6, 7, 8, 9)),
           count(*) FILTER (NOT regexp_matches(email, '^[\\w\\.-]+@')),
           count(*) FILTER (NOT length(email) BETWEEN 5 AND 60),
           count(*) FILTER (NOT length(note) BETWEEN 5 AND 20),
           count(*), avg(amount), count(*) FILTER (NOT order_id >= quantity)
    FROM orders
"""


def measure() -> list[Measure]:
    path = orders_parquet(ROWS)
    checked = reduce(lambda target, check: check(target), CHECKS, asset(orders))
    assert len(checked.checks) == 22
    validator = ExpectationValidator(ExpectationSettings(), ComponentContext("bench", FOLDER))

    def evaluate() -> None:
        results = validator.evaluate(checked.checks, scan_parquet(path), asset="orders", key=())
        assert all(result.passed for result in results)

    sides = {"one query by hand in DuckDB": lambda: _by_hand(str(path)), "22 checks": evaluate}
    return [compare(f"22 checks over {ROWS:,} rows", sides, budget="within 1.1")]


def orders() -> None:
    """The asset that the checks are declared on."""


def _by_hand(path: str) -> object:
    duckdb.read_parquet(path).create_view("orders", replace=True)
    return duckdb.sql(BY_HAND).fetchall()
