"""`check_transform`: what passes, what fails, and what an incremental merge leaves."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_testing import check_transform
from vibepiper_transform import Relation, Sum, sql_asset, transform

ORDERS = """
- {id: 1, day: 2026-01-01, amount: 5}
- {id: 2, day: 2026-01-01, amount: 7}
"""


@transform
def days(orders: Relation) -> Relation:
    return orders.groupby("day").aggregate(total=Sum("amount"))


@sql_asset(depends_on=["orders"])
def totals() -> str:
    return "SELECT sum(amount) AS total FROM {{ orders }} WHERE amount > {{ param('least') }}"


@transform(materialization="incremental", key="id")
def latest(orders: Relation) -> Relation:
    return orders.select("id", "amount")


def test_rows_may_be_yaml() -> None:
    check_transform(days, inputs={"orders": ORDERS}, expected="- {day: 2026-01-01, total: 12}")


def test_a_sql_asset_is_tested_as_a_transform_is() -> None:
    orders = [{"amount": 5}, {"amount": 7}]
    found = check_transform(
        totals, inputs={"orders": orders}, params={"least": 6}, expected=[{"total": 7}]
    )
    assert found.num_rows == 1


def test_what_differs_is_told() -> None:
    with pytest.raises(AssertionError, match="total"):
        check_transform(days, inputs={"orders": ORDERS}, expected="- {day: 2026-01-01, total: 1}")


def test_no_rows_are_expected_by_an_empty_list() -> None:
    none = pa.schema([("day", pa.date32()), ("amount", pa.int64())]).empty_table()
    check_transform(days, inputs={"orders": none}, expected=[])


def test_a_merge_changes_the_rows_that_were_there() -> None:
    check_transform(
        latest,
        existing=[{"id": 1, "amount": 1}, {"id": 9, "amount": 9}],
        inputs={"orders": ORDERS},
        expected="""
            - {id: 1, amount: 5}
            - {id: 2, amount: 7}
            - {id: 9, amount: 9}
        """,
        key="id",
    )


def test_existing_rows_are_for_what_keeps_them() -> None:
    with pytest.raises(DefinitionError, match="'days' replaces what there is"):
        check_transform(days, existing=ORDERS, inputs={"orders": ORDERS}, expected=[])


def test_rows_in_yaml_are_a_list() -> None:
    with pytest.raises(DefinitionError, match="a list of mappings"):
        check_transform(days, inputs={"orders": "id: 1"}, expected=[])
