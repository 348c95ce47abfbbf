"""`check_transform`: what passes, what fails, and what an incremental merge leaves."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_testing import check_transform
from vibepiper_transform import Relation, Sum, col, list_of, sql_asset, transform

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


@transform
def shown(orders: Relation) -> Relation:
    return orders.select(
        "day",
        "free",
        code=col("id"),
        label=col("id").cast(pa.string()),
        price=col("amount").cast(pa.decimal128(9, 2)),
        many=col("amount") > 6,
        ids=list_of(col("id")),
    )


SHOWN = {"day": "2026-01-01", "free": None, "code": 7, "label": "7", "price": 5, "many": False}
INPUT = {"orders": [{"id": 7, "day": dt.date(2026, 1, 1), "amount": 5, "free": None}]}


def test_values_stand_for_others_that_they_can_be() -> None:
    """A text for a date, and a whole number for a decimal."""
    check_transform(shown, inputs=INPUT, expected=[{**SHOWN, "ids": [7]}])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"code": "007"}, "'code': expected string, found int64"),
        ({"code": True}, "'code': expected bool, found int64"),
        ({"label": 7}, "'label': expected int64, found string"),
        ({"many": 0}, "'many': expected int64, found bool"),
        ({"ids": ["7"]}, "'ids': expected list<item: string>, found"),
        ({"free": 0}, "'free': expected int64, found null"),
    ],
)
def test_a_value_of_another_kind_is_another(wrong: dict[str, object], told: str) -> None:
    """Though it could be read as that: a text's zeros at the start would be lost."""
    with pytest.raises(AssertionError, match=told) as caught:
        check_transform(shown, inputs=INPUT, expected=[{**SHOWN, "ids": [7], **wrong}])
    assert str(caught.value).count("expected") == 1
