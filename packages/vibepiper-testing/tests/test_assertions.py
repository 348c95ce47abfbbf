"""The assertions: each passes what is right, and says what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pytest
from vibepiper import AssetGraph, asset, with_checks
from vibepiper_testing import (
    Materialized,
    ScriptedValidator,
    assert_check_failed,
    assert_lineage,
    assert_materialized,
    assert_schema,
    assert_tables_equal,
    assert_valid_asset,
    materialize,
)


class Labelled:
    """A check that a `ScriptedValidator` decides."""

    severity = "error"

    def __init__(self, label: str, validator: str = "scripted") -> None:
        self.label = label
        self.validator = validator


@asset
def orders() -> list[dict[str, object]]:
    return [{"id": 1, "price": 2.5}, {"id": 2, "price": None}]


@asset
def totals(orders: pa.Table) -> list[dict[str, object]]:
    return [{"orders": orders.num_rows}]


@asset
def broken() -> None:
    raise LookupError("no such shop")


def refused(call: Callable[[], None]) -> str:
    """What an assertion says."""
    with pytest.raises(AssertionError) as caught:
        call()
    return str(caught.value)


ROWS = [
    {"id": 1, "price": 2.5, "name": "ann"},
    {"id": 2, "price": float("nan"), "name": None},
    {"id": 3, "price": None, "name": "zoë"},
]


def test_tables_of_the_same_rows_are_equal_null_and_nan_included() -> None:
    assert_tables_equal(ROWS, pa.Table.from_pylist(ROWS))
    assert_tables_equal(ROWS[::-1], ROWS, ordered=False)
    assert_tables_equal(ROWS[::-1], ROWS, key="id")


def test_a_changed_value_is_told_by_row_and_column() -> None:
    changed = [ROWS[0], {**ROWS[1], "name": "bob"}, ROWS[2]]

    assert refused(lambda: assert_tables_equal(changed, ROWS)) == (
        "the tables differ:\n  row 2, column 'name': expected None, found 'bob'"
    )


def test_null_is_not_nan() -> None:
    changed = [ROWS[0], {**ROWS[1], "price": None}, ROWS[2]]

    message = refused(lambda: assert_tables_equal(changed, ROWS))

    assert "row 2, column 'price': expected nan, found None" in message


def test_by_a_key_rows_are_missing_new_and_changed() -> None:
    found = [{"id": 4, "price": 1.0, "name": "new"}, {**ROWS[2], "name": "zoe"}, ROWS[0]]

    assert refused(lambda: assert_tables_equal(found, ROWS, key="id")).splitlines() == [
        "the tables differ:",
        "  id=2 is missing: id=2, price=nan, name=None",
        "  id=3, column 'name': expected 'zoë', found 'zoe'",
        "  id=4 is not expected: id=4, price=1.0, name='new'",
    ]


def test_a_key_that_repeats_is_no_key() -> None:
    message = refused(lambda: assert_tables_equal([*ROWS, ROWS[0]], ROWS, key=["id"]))

    assert "expected 3 rows, found 4" in message
    assert "id is no key: it occurs more than once in what was found" in message


def test_unordered_rows_count_as_often_as_they_occur() -> None:
    message = refused(
        lambda: assert_tables_equal([ROWS[0], ROWS[0]], [ROWS[0], ROWS[2]], ordered=False)
    )

    assert "missing: id=3, price=None, name='zoë'" in message
    assert "not expected: id=1, price=2.5, name='ann'" in message


def test_order_matters_unless_it_is_said_not_to() -> None:
    message = refused(lambda: assert_tables_equal(ROWS[::-1], ROWS))

    assert "row 1, column 'id': expected 1, found 3" in message


def test_floats_may_differ_by_a_tolerance_only() -> None:
    found, expected = [{"x": [1.0, 0.1 + 0.2]}], [{"x": [1.0, 0.3]}]

    assert_tables_equal(found, expected, tolerance=1e-9)
    assert "column 'x'" in refused(lambda: assert_tables_equal(found, expected))
    assert refused(lambda: assert_tables_equal([{"x": 1.1}], [{"x": 1.0}], tolerance=0.01))


def test_types_are_compared_before_values() -> None:
    found = pa.table({"id": pa.array([1], pa.int32())})
    expected = pa.table({"id": pa.array([1], pa.int64())})

    message = refused(lambda: assert_tables_equal(found, expected))

    assert message == "the tables differ:\n  column 'id': expected int64, found int32"


def test_no_more_differences_are_shown_than_asked_for() -> None:
    found, expected = [[{"x": n + by} for n in range(1_000)] for by in (0, 1)]

    lines = refused(lambda: assert_tables_equal(found, expected, shown=3)).splitlines()

    assert len(lines) == 5
    assert lines[-1] == "  ... and 997 more"


def test_empty_tables_are_equal_when_their_columns_are() -> None:
    empty = pa.table({"id": pa.array([], pa.int64())})

    assert_tables_equal(empty, empty)
    assert "row 1 is missing: id=1" in refused(lambda: assert_tables_equal(empty, [{"id": 1}]))


def test_unordered_rows_are_the_same_within_a_tolerance_or_exactly() -> None:
    found = [{"x": 0.1 + 0.2, "y": [-0.0]}, {"x": float("nan"), "y": [1.0]}]
    expected = [{"x": float("nan"), "y": [1.0]}, {"x": 0.3, "y": [0.0]}]

    assert_tables_equal(found, expected, ordered=False, tolerance=1e-9)
    message = refused(lambda: assert_tables_equal(found, expected, ordered=False))
    assert message.count("missing:") == 1


def test_many_unordered_rows_are_told_apart_soon() -> None:
    found = pa.table({"x": range(50_000)})
    expected = pa.table({"x": range(50_000, 0, -1)})

    message = refused(lambda: assert_tables_equal(found, expected, ordered=False))

    assert message == "the tables differ:\n  missing: x=50000\n  not expected: x=0"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (pa.timestamp("ns"), 1, 2),
        (pa.timestamp("s", "UTC"), 10**12, 10**12 + 1),
        (pa.date32(), 10**7, 10**7 + 1),
        (pa.duration("ns"), 1, 2),
    ],
)
def test_times_that_python_has_no_values_for_are_compared(
    kind: pa.DataType, one: int, other: int
) -> None:
    found, expected = (
        pa.table({"at": pa.array([value], pa.int64()).cast(pa.int32()).cast(kind)})
        if kind == pa.date32()
        else pa.table({"at": pa.array([value], pa.int64()).cast(kind)})
        for value in (one, other)
    )

    assert_tables_equal(found, found)
    assert "row 1, column 'at': expected" in refused(lambda: assert_tables_equal(found, expected))


def test_a_name_that_two_columns_have_is_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"])
    one = pa.schema([("x", pa.string()), ("x", pa.int64())])

    assert "column 'x' occurs more than once" in refused(lambda: assert_tables_equal(table, table))
    assert "the columns are x int64, x int64, expected x string" in refused(
        lambda: assert_schema(table, one)
    )


def test_a_schema_is_compared_by_name_type_and_order() -> None:
    table = pa.table({"id": [1], "name": ["a"], "extra": [True]})

    assert_schema(table, {"id": pa.int64(), "name": pa.string(), "extra": pa.bool_()})
    wanted = {"id": pa.int32(), "name": pa.string(), "age": pa.int8()}
    assert refused(lambda: assert_schema(table, wanted)).splitlines() == [
        "the schema differs:",
        "  column 'id': expected int32, found int64",
        "  column 'extra' (bool) is not expected",
        "  column 'age' (int8) is missing",
    ]
    turned = {"name": pa.string(), "id": pa.int64(), "extra": pa.bool_()}
    assert (
        "the columns are id int64, name string, extra bool, expected name string, id int64"
        in refused(lambda: assert_schema(table, turned))
    )


@pytest.mark.parametrize("of", [AssetGraph, list, lambda found: materialize(*found)])
def test_lineage_is_that_of_a_graph_of_assets_or_of_a_run(of: Callable[..., object]) -> None:
    given = of([orders, totals])

    assert_lineage(given, {"orders": [], "totals": ["orders"]})  # type: ignore[arg-type]


def test_lineage_names_what_is_missing_and_what_is_more() -> None:
    message = refused(lambda: assert_lineage([orders, totals], {"totals": ["customers"]}))

    assert message.splitlines() == [
        "the lineage differs:",
        "  'totals' is not made from customers",
        "  'totals' is made from orders as well",
    ]


def test_lineage_of_one_asset_needs_no_upstream() -> None:
    assert_lineage([totals], {"totals": ["orders"]})


def test_lineage_is_of_depends_on_too_and_of_no_resource() -> None:
    @asset(depends_on=["loaded"])
    def sent(orders: pa.Table, shop: object) -> None: ...

    assert_lineage([sent], {"sent": ["orders", "loaded"]}, resources=["shop"])
    assert "'sent' is made from shop as well" in refused(
        lambda: assert_lineage([sent], {"sent": ["orders", "loaded"]})
    )


def test_what_was_materialized_is_so_with_its_rows() -> None:
    result = materialize(orders, totals)

    assert_materialized(result)
    assert_materialized(result, orders, rows=2)
    assert "'orders' has 2 rows, expected 3" in refused(
        lambda: assert_materialized(result, "orders", rows=3)
    )
    assert "'nowhere' was not part of the run, which made orders, totals" in refused(
        lambda: assert_materialized(result, "nowhere")
    )


def test_what_failed_is_told_with_its_reason() -> None:
    result = materialize(broken, raise_on_error=False)

    message = refused(lambda: assert_materialized(result, broken))

    assert re.search("'broken' failed: .*no such shop", message)


def checked(**failing: int) -> Materialized:
    decided = with_checks(orders, Labelled("few"), Labelled("known"))
    validators = {"scripted": ScriptedValidator(failing)}
    return materialize(decided, validators=validators, raise_on_error=False)


def test_a_failed_check_is_named_with_its_rows() -> None:
    assert_check_failed(checked(few=1), "orders", "few", rows=1)


def test_a_check_that_did_not_fail_or_not_alone_is_told() -> None:
    assert "'few' did not fail" in refused(
        lambda: assert_check_failed(checked(known=1), "orders", "few")
    )
    assert "not only 'few' failed" in refused(
        lambda: assert_check_failed(checked(known=1, few=1), "orders", "few")
    )
    assert "'few' failed in 2 rows, expected 1" in refused(
        lambda: assert_check_failed(checked(few=2), "orders", "few", rows=1)
    )


def test_a_valid_asset_passes() -> None:
    assert_valid_asset(totals)


def test_an_asset_that_could_not_be_made_is_refused_before_it_is() -> None:
    def sheet(orders: Sheet) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    def batch(orders: pa.RecordBatch) -> None: ...

    unknown = with_checks(asset(sheet), Labelled("few", "nobody"))
    message = refused(lambda: assert_valid_asset(unknown))

    assert "'Sheet' of parameter 'orders' cannot be resolved" in message
    assert "check 'few': there is no validator 'nobody'" in message
    assert "no installed plugin gives a table" in refused(lambda: assert_valid_asset(asset(batch)))
    assert "is it under @asset?" in refused(lambda: assert_valid_asset(checked))
