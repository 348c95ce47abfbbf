"""A Python value given as a constant comes back as itself."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError
from vibepiper_transform import from_arrow, lit

ONE_ROW = from_arrow(pa.table({"x": [1]}))

VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.decimals(-(10**20), 10**20, places=6),
    st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)


def through_sql(value: object) -> object:
    return ONE_ROW.select(value=lit(value)).to_table()["value"][0].as_py()


@given(VALUES)
def test_a_constant_comes_back(value: object) -> None:
    found = through_sql(value)
    assert found == value
    assert isinstance(found, type(value))


@given(st.integers(-(10**38) + 1, 10**38 - 1))
def test_an_integer_of_up_to_38_digits_is_exact(value: int) -> None:
    assert int(through_sql(value)) == value  # type: ignore[call-overload]


def test_nan_and_the_sign_of_zero_stay() -> None:
    assert math.isnan(through_sql(float("nan")))  # type: ignore[arg-type]
    assert math.copysign(1, through_sql(-0.0)) == -1  # type: ignore[arg-type]


def test_a_zoned_time_is_the_same_instant() -> None:
    new_york = dt.timezone(dt.timedelta(hours=-5))
    value = dt.datetime(2013, 1, 1, 5, 15, tzinfo=new_york)
    assert through_sql(value) == value


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(DefinitionError, match="has no SQL literal"):
        lit(object())
    with pytest.raises(DefinitionError, match="39 digits"):
        lit(Decimal(10**38))
