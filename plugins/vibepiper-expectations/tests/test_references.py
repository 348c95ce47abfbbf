"""Checks against other assets, in a project."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper import asset
from vibepiper.errors import CyclicGraph, DataError, UnknownUpstream
from vibepiper_expectations import expect
from vibepiper_testing import materialize


@asset
def customers():
    return [{"id": 1}, {"id": 2}, {"id": None}]


@asset(key="id")
@expect.column_values_in_reference("customer", "customers", "id")
def orders():
    return [{"id": 7, "customer": 1}, {"id": 8, "customer": 3}, {"id": 9, "customer": None}]


def test_a_value_that_the_other_asset_lacks_fails() -> None:
    result = materialize(orders, customers, raise_on_error=False)
    (check,) = result.checks(orders)
    assert (check.rows, check.failed_rows) == (2, 1)
    assert check.examples == ({"id": 8, "customer": 3},)


def test_the_other_asset_comes_first() -> None:
    made = materialize(orders, customers, raise_on_error=False)
    assert made.graph.upstream("orders") == ("customers",)
    assert [step.asset for step in made.run.steps] == ["customers", "orders"]


def test_a_misspelt_asset_is_refused_with_the_nearest() -> None:
    wrong = expect.column_values_in_reference("customer", "custmers", "id")(orders)
    with pytest.raises(UnknownUpstream, match=r"in_reference.*'custmers'.*\n.*'customers'"):
        materialize(wrong, customers)


def test_a_column_that_the_other_asset_lacks_is_an_error() -> None:
    wrong = expect.column_values_in_reference("customer", "customers", "ident")(orders)
    failed = materialize(wrong, customers, raise_on_error=False).run.steps[1].failure
    assert failed is not None
    assert "asset 'customers'" in failed.message
    assert "names column 'ident'" in failed.message


def test_an_asset_cannot_refer_to_what_is_made_of_it() -> None:
    @asset
    @expect.column_values_in_reference("id", "below")
    def above():
        return [{"id": 1}]

    @asset
    def below(above):
        return above

    with pytest.raises(CyclicGraph, match="upstream of themselves"):
        materialize(above, below)


def test_without_a_project_there_is_no_other_asset(check) -> None:
    with pytest.raises(DataError, match="there is none beside this table"):
        check(expect.column_values_in_reference("id", "customers"), pa.table({"id": [1]}))
