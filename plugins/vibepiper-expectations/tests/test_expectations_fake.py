"""Fake data of a schema passes its checks, and what is broken on purpose fails the one check."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from vibepiper import asset
from vibepiper_expectations import Field, Schema, validate
from vibepiper_testing import fake_breaking, fake_table, materialize


class Orders(Schema):
    id: int = Field(unique=True, ge=1)
    amount: Decimal | None = Field(gt=0, le=Decimal("99.99"))
    state: str = Field(isin=["new", "paid"])
    code: str | None = Field(pattern=r"^[A-Z]{2}-\d{3}$")
    note: str | None = Field(min_length=2, max_length=4)
    on: dt.date | None = Field(ge=dt.date(2020, 1, 1), lt=dt.date(2021, 1, 1))


CHECKS = {
    "notNull": "not_null",
    "unique": "unique",
    "enum": "in_set",
    "pattern": "match_regex",
    "minLength": "lengths_between",
    "maxLength": "lengths_between",
}
BREAKABLE = [
    (column, rule)
    for column, rules in Orders.constraints().items()
    for rule, limit in rules.items()
    if limit is not False
]


@asset
@validate(schema=Orders)
def orders(source):
    return source


def test_fake_rows_pass() -> None:
    for seed in range(3):
        result = materialize(orders, inputs={"source": fake_table(Orders, 200, seed=seed)})
        assert result.table(orders).num_rows == 200


@pytest.mark.parametrize(("column", "rule"), BREAKABLE)
def test_a_broken_constraint_fails_its_check_alone(column: str, rule: str) -> None:
    source = fake_breaking(Orders, column, rule, 50, broken=3)

    result = materialize(orders, inputs={"source": source}, raise_on_error=False)

    (failed,) = [check for check in result.checks(orders) if not check.passed]
    assert failed.check.startswith(f"column_values_{CHECKS.get(rule, 'between')}({column}")
    assert failed.failed_rows == (4 if rule == "unique" else 3)
