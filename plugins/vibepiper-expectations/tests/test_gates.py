"""Checks as an asset of their own, which holds up what hangs below it."""

from __future__ import annotations

import pytest
from vibepiper import asset
from vibepiper.errors import DefinitionError
from vibepiper_expectations import check_asset, expect
from vibepiper_testing import materialize


@asset(key="id")
def orders(rows):
    return rows


orders_checks = check_asset(orders, [expect.column_values_between("amount", 0)])


@asset(depends_on=["orders_checks"])
def totals(orders):
    return orders


def made(amount: int):
    rows = [{"id": 1, "amount": amount}]
    assets = (orders, orders_checks, totals)
    return materialize(*assets, inputs={"rows": rows}, raise_on_error=False)


def test_what_hangs_below_is_made_when_the_checks_pass() -> None:
    result = made(5)
    assert result.succeeded
    assert result.checks(orders_checks)[0].passed
    assert result.rows(totals) == [{"id": 1, "amount": 5}]


def test_what_hangs_below_is_not_made_when_they_fail() -> None:
    result = made(-5)
    statuses = {step.asset: step.status for step in result.run.steps}
    assert statuses == {"orders": "succeeded", "orders_checks": "failed", "totals": "skipped"}
    assert result.rows(orders) == [{"id": 1, "amount": -5}]


def test_the_asset_is_placed_where_it_is_declared() -> None:
    assert orders_checks.location.file == __file__
    assert orders_checks.key == "orders_checks"


def test_no_checks_are_no_gate() -> None:
    with pytest.raises(DefinitionError, match="there are no checks of 'orders'"):
        check_asset("orders", [])
