from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

import pyarrow as pa
import pytest
from vibepiper import asset
from vibepiper.checks import CheckContext
from vibepiper.errors import DataError, DefinitionError
from vibepiper_expectations import Field, Schema, expect, validate


class Orders(Schema):
    note: ClassVar[str] = "no column"
    order_id: int = Field(unique=True, ge=1)
    customer: str = Field(pattern=r"^\w+$", min_length=2, max_length=5, alias="Customer name")
    state: str = Field(isin=["open", "done"])
    discount: float | None = Field(ge=0, lt=1)
    at: datetime.datetime
    day: datetime.date
    paid: bool
    amount: Annotated[Decimal, pa.decimal128(12, 2)]
    size: pa.int16()
    rank: Annotated[int, pa.int32()] | None


GOOD = {
    "order_id": 1,
    "Customer name": "ann",
    "state": "open",
    "discount": None,
    "at": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "day": datetime.date(2024, 1, 1),
    "paid": True,
    "amount": Decimal("1.50"),
    "size": 3,
    "rank": None,
}


def orders(**changes: object) -> pa.Table:
    nullable = pa.schema([field.with_nullable(True) for field in Orders.to_arrow()])
    return pa.Table.from_pylist([{**GOOD, **changes}], schema=nullable)


def failures(validator, schema, table, **options):
    results = validator.evaluate(_checks(schema, **options), table, CheckContext("orders"))
    return [result.check for result in results if not result.passed]


def _checks(schema, **options):
    @asset
    @validate(schema=schema, **options)
    def orders():
        return None

    return orders.checks


def test_a_schema_is_an_arrow_schema() -> None:
    assert Orders.to_arrow() == pa.schema(
        [
            pa.field("order_id", pa.int64(), nullable=False),
            pa.field("Customer name", pa.string(), nullable=False),
            pa.field("state", pa.string(), nullable=False),
            pa.field("discount", pa.float64()),
            pa.field("at", pa.timestamp("us", "UTC"), nullable=False),
            pa.field("day", pa.date32(), nullable=False),
            pa.field("paid", pa.bool_(), nullable=False),
            pa.field("amount", pa.decimal128(12, 2), nullable=False),
            pa.field("size", pa.int16(), nullable=False),
            pa.field("rank", pa.int32()),
        ]
    )


def test_good_data_passes_every_check(validator) -> None:
    assert failures(validator, Orders, orders(), lazy=True, strict=True) == []


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"order_id": 0}, "column_values_between(order_id, 1, None)"),
        ({"Customer name": "é!"}, r"column_values_match_regex(Customer name, ^\w+$)"),
        ({"Customer name": "a"}, "column_values_lengths_between(Customer name, 2, 5)"),
        ({"state": "lost"}, "column_values_in_set(state, ['open', 'done'])"),
        ({"discount": 1.0}, "column_values_between(discount, 0, 1, strict_max=True)"),
        ({"paid": None}, "column_values_not_null(paid)"),
    ],
)
def test_each_planted_defect_fails_its_own_check(validator, change, failed) -> None:
    assert failures(validator, Orders, orders(**change), lazy=True) == [failed]


def test_without_lazy_the_results_end_with_the_first_failure(validator) -> None:
    bad = orders(order_id=0, state="lost")
    assert failures(validator, Orders, bad) == ["column_values_between(order_id, 1, None)"]
    assert len(failures(validator, Orders, bad, lazy=True)) == 2


def test_a_warning_does_not_end_the_results(validator) -> None:
    checks = (
        expect.column_values_between("order_id", 5, severity="warn"),
        *_checks(Orders),
        expect.row_count_between(1),
    )
    assert len(validator.evaluate(checks, orders(), CheckContext("x"))) == len(checks)


def test_a_missing_column_fails_every_check_of_it_and_no_other(validator) -> None:
    table = orders().drop_columns(["state"])
    assert failures(validator, Orders, table, lazy=True) == [
        "column_has_type(state, str)",
        "column_values_not_null(state)",
        "column_values_in_set(state, ['open', 'done'])",
    ]


def test_a_missing_column_that_no_schema_declares_is_still_an_error(validator) -> None:
    checks = (*_checks(Orders, lazy=True), expect.column_values_unique("stat"))
    with pytest.raises(DataError, match="Did you mean 'state'"):
        validator.evaluate(checks, orders(), CheckContext("x"))


def test_a_near_name_is_told(validator) -> None:
    table = pa.table({"emial": ["a"]})
    schema = pa.schema([("email", pa.string())])
    (result,) = validator.evaluate(_checks(schema), table, CheckContext("x"))
    assert result.observed == "no column 'email', but 'emial'"


def test_strict_refuses_other_columns(validator) -> None:
    table = orders().append_column("extra", [["x"]])
    assert failures(validator, Orders, table, lazy=True) == []
    (failed,) = failures(validator, Orders, table, lazy=True, strict=True)
    assert failed.startswith("no_other_columns(")


def test_an_arrow_schema_checks_presence_types_and_nulls(validator) -> None:
    schema = pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.string())])
    good = pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]})
    assert failures(validator, schema, good) == []
    bad = pa.table({"a": pa.array([1, None], pa.int64()), "b": ["x", None]})
    assert failures(validator, schema, bad, lazy=True) == [
        "column_has_type(a, int32)",
        "column_values_not_null(a)",
    ]


@pytest.mark.parametrize(
    ("declared", "found", "passes"),
    [
        (int, pa.int8(), True),
        (int, pa.uint64(), True),
        (int, pa.decimal128(20, 0), True),
        (int, pa.float64(), False),
        (int, pa.bool_(), False),
        (float, pa.float32(), True),
        (float, pa.int64(), False),
        (str, pa.large_string(), True),
        (str, pa.binary(), False),
        (bool, pa.int8(), False),
        (Decimal, pa.decimal128(5, 1), True),
        (Decimal, pa.float64(), False),
        (datetime.date, pa.date64(), True),
        (datetime.date, pa.timestamp("us"), False),
        (datetime.datetime, pa.timestamp("ns", "Europe/Paris"), True),
        (datetime.datetime, pa.timestamp("us"), False),
        (pa.int8(), pa.int16(), True),
        (pa.uint32(), pa.int64(), True),
        (pa.uint64(), pa.decimal128(20, 0), True),
        (pa.int32(), pa.int64(), False),
        (pa.int64(), pa.int32(), False),
        (pa.float64(), pa.float32(), False),
        (pa.timestamp("ns"), pa.timestamp("us"), True),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), False),
        (pa.dictionary(pa.int8(), pa.string()), pa.string(), True),
        (pa.string(), pa.dictionary(pa.int8(), pa.string()), True),
        (pa.large_string(), pa.string_view(), True),
        (pa.decimal128(12, 2), pa.decimal256(12, 2), True),
        (pa.decimal128(12, 2), pa.decimal128(12, 3), False),
        (pa.list_(pa.int64()), pa.list_(pa.int64()), True),
        (pa.list_(pa.int64()), pa.list_(pa.string()), False),
    ],
)
def test_a_type_is_fulfilled_by_what_stores_make_of_it(declared, found, passes) -> None:
    from vibepiper_expectations.structure import ColumnHasType

    problem = ColumnHasType("a", declared).problem(pa.schema([("a", found)]))
    assert problem == (None if passes else str(found))


def test_a_subclass_adds_and_redeclares_columns() -> None:
    class Closed(Orders):
        state: str = Field(isin=["done"])
        closed: datetime.date

    assert Closed.to_arrow().names == [*Orders.to_arrow().names, "closed"]
    assert "column_values_in_set(state, ['done'])" in [check.label for check in _checks(Closed)]


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (dict, None, "column 'c' is <class 'dict'>"),
        (int, Field(pattern="x"), "is int, which column_values_match_regex"),
        (int, Field(ge="a"), "str cannot bound a column"),
        (str, Field(ge=1), "is str, which column_values_between"),
        (str, Field(isin=[]), "set of allowed values is empty"),
        (str, Field(pattern="("), "not valid"),
        (int, Field(ge=1, gt=1), "has both ge and gt"),
        (int, Field(ge=2, le=1), "min is 2, which is more"),
        (int, 5, "has the value 5"),
        (int | str, None, "column 'c' is int | str"),
        ("Missing", None, "annotation cannot be read: name 'Missing'"),
    ],
)
def test_a_schema_that_cannot_be_right_is_refused(annotation, value, message) -> None:
    body = {"__annotations__": {"c": annotation}} | ({} if value is None else {"c": value})
    with pytest.raises(DefinitionError, match=message.replace("|", r"\|")):
        type("Wrong", (Schema,), body)


def test_a_field_without_a_type_is_refused() -> None:
    with pytest.raises(DefinitionError, match="column 'c' has no type"):
        type("Wrong", (Schema,), {"c": Field(unique=True)})


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError, match="declares column 'a' twice"):
        validate(schema=pa.schema([("a", pa.int8()), ("a", pa.int8())]))


@pytest.mark.parametrize("schema", [Orders(), {"a": int}, None])
def test_what_is_no_schema_is_refused(schema) -> None:
    with pytest.raises(DefinitionError, match="expected a Schema class or a pyarrow"):
        validate(schema=schema)


def test_an_empty_schema_is_refused() -> None:
    with pytest.raises(DefinitionError, match="declares no columns"):
        validate(schema=Schema)
