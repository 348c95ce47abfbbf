from __future__ import annotations

import datetime
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper import Asset, asset
from vibepiper.checks import Check
from vibepiper.errors import DefinitionError
from vibepiper_expectations import Expectation, Schema, expect, validate
from vibepiper_expectations.namespace import _Expectations
from vibepiper_transform import sql_asset, transform

UTC_NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)


class CustomerSchema(Schema):
    email: str
    age: int | None


def test_the_specifications_lines_run() -> None:
    df = pa.table({"email": ["a@b"], "age": [1]})

    @asset
    @validate(schema=CustomerSchema, lazy=True)
    @expect.column_values_match_regex("email", r"^[\w\.-]+@")
    @expect.column_values_between("age", 0, 120)
    def customers():
        return df

    assert isinstance(customers, Asset)
    assert [check.label for check in customers.checks] == [
        "column_has_type(email, str)",
        "column_has_type(age, int)",
        "column_values_not_null(email)",
        r"column_values_match_regex(email, ^[\w\.-]+@)",
        "column_values_between(age, 0, 120)",
    ]
    assert all(isinstance(c, Check) and c.validator == "expectations" for c in customers.checks)


def test_decorators_above_and_below_asset_declare_the_same_checks() -> None:
    def rows():
        return None

    above = expect.column_values_unique("id")(asset(rows))
    below = asset(expect.column_values_unique("id")(rows))
    assert above.checks == below.checks == (expect.column_values_unique("id"),)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: expect.column_values_between("a", 2, 1), "min is 2, which is more than max, 1"),
        (lambda: expect.column_values_between("a"), "neither min nor max"),
        (lambda: expect.column_values_between("a", math.nan), "nan cannot be a bound"),
        (lambda: expect.column_values_between("a", max=math.inf), "inf cannot be a bound"),
        (lambda: expect.column_values_between("a", Decimal("NaN")), "NaN.* cannot be a bound"),
        (lambda: expect.column_values_between("a", 10**400), "cannot be a bound"),
        (lambda: expect.column_values_between("a", 1, UTC_NOON), "of different types"),
        (lambda: expect.column_values_between("a", "x", "y"), "str cannot bound a column"),
        (lambda: expect.column_values_between("a", True), "bool cannot bound a column"),
        (lambda: expect.column_values_between("a", [1]), r"\[1\] cannot be a bound"),
        (lambda: expect.column_values_between("a", 1, 1, strict_max=True), "no value is between"),
        (lambda: expect.column_values_between("a", 1, severity="eror"), "Did you mean 'error'"),
        (lambda: expect.column_values_between("a", 1, mostly=0), "mostly is 0, expected more"),
        (lambda: expect.column_values_between("a", 1, mostly=1.5), "mostly is 1.5"),
        (lambda: expect.column_values_unique("a", mostly=math.nan), "mostly is nan"),
        (lambda: expect.column_values_unique("a", mostly=True), "mostly is True"),
        (lambda: expect.column_values_in_set("a", []), "allowed values is empty"),
        (lambda: expect.column_values_in_set("a", "abc"), "expected a list or set"),
        (lambda: expect.column_values_in_set("a", [1, "b"]), "int and str together"),
        (lambda: expect.column_values_in_set("a", [None]), "None cannot be an allowed value"),
        (lambda: expect.column_values_in_set("a", [math.nan]), "nan cannot be an allowed value"),
        (lambda: expect.column_values_match_regex("a", "("), "not valid: missing"),
        (lambda: expect.column_values_match_regex("a", 1), "expected a string"),
        (lambda: expect.column_values_lengths_between("a", 5, 1), "min is 5, which is more"),
        (lambda: expect.column_values_lengths_between("a", -1), "-1 is not a number of things"),
        (lambda: expect.column_values_lengths_between("a", 1.5), "1.5 is not a number of things"),
        (lambda: expect.row_count_between(), "neither min nor max"),
        (lambda: expect.row_count_between(True), "True is not a number of things"),
        (lambda: expect.column_mean_between("a", "b"), "'b' cannot bound a mean"),
        (lambda: expect.column_pair_comparison("a", "=<", "b"), "'=<' is no comparison"),
        (lambda: expect.column_pair_comparison("a", "<", "a"), "compared with itself"),
        (lambda: expect.column_values_unique(7), "7 is no column name"),
        (lambda: expect.column_values_unique(""), "'' is no column name"),
    ],
)
def test_what_can_never_be_right_is_refused_where_it_is_declared(declare, message) -> None:
    with pytest.raises(DefinitionError, match=message):
        declare()


def test_an_unknown_check_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'column_values_between'"):
        expect.column_value_between("age", 0, 120)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="mostley"):
        expect.column_values_unique("id", mostley=0.5)


def test_checks_decorate_assets_of_every_kind() -> None:
    check = expect.column_values_unique("id")

    @check
    @sql_asset(depends_on=["rows"])
    def above():
        return "SELECT * FROM {{ rows }}"

    @sql_asset(depends_on=["rows"])
    @check
    def below():
        return "SELECT * FROM {{ rows }}"

    @transform
    @check
    def table(rows):
        return rows

    assert above.checks == below.checks == table.checks == (check,)


def test_a_check_decorates_only_assets_and_functions() -> None:
    with pytest.raises(DefinitionError, match="not 3"):
        expect.column_values_unique("id")(3)


def test_every_check_is_offered_under_its_own_name_and_documented() -> None:
    offered = {name: kind for name, kind in vars(_Expectations).items() if name[0] != "_"}
    assert len(offered) >= 23
    for name, kind in offered.items():
        assert issubclass(kind, Expectation)
        assert kind.name() == name
        assert kind.__doc__ is not None
        assert not kind.__doc__.startswith(kind.__name__)


def test_a_label_shows_what_differs_from_the_default() -> None:
    check = expect.column_values_between("age", 0, strict_min=True, mostly=0.9, severity="warn")
    assert check.label == "column_values_between(age, 0, None, mostly=0.9, strict_min=True)"
    assert check.expected == "more than 0"
    assert expect.column_values_in_set("s", {"b", "a"}).label == (
        "column_values_in_set(s, ['a', 'b'])"
    )
