"""Schemas of pydantic and of Pandera mean what they mean there."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints
from vibepiper.errors import DefinitionError
from vibepiper_expectations import validate


class State(Enum):
    NEW = "new"
    PAID = "paid"


class Order(BaseModel):
    id: int = Field(ge=1)
    code: Annotated[str, StringConstraints(pattern="^[A-Z]", max_length=4)]
    amount: Decimal | None = Field(gt=0, le=100)
    state: State
    region: Literal["north", "south"] | None
    day: datetime.date = Field(alias="on")


def labels(schema: object) -> list[str]:
    def rows():
        return None

    return [check.label for check in validate(schema)(rows).__vibepiper_checks__]


def test_a_pydantic_model_is_a_schema() -> None:
    found = labels(Order)
    assert [label for label in found if "has_type" not in label] == [
        "column_values_not_null(id)",
        "column_values_between(id, 1, None)",
        "column_values_not_null(code)",
        "column_values_match_regex(code, ^[A-Z])",
        "column_values_lengths_between(code, None, 4)",
        "column_values_between(amount, 0, 100, strict_min=True)",
        "column_values_not_null(state)",
        "column_values_in_set(state, ['new', 'paid'])",
        "column_values_in_set(region, ['north', 'south'])",
        "column_values_not_null(on)",
    ]
    assert found[:6] == [
        "column_has_type(id, int)",
        "column_has_type(code, str)",
        "column_has_type(amount, Decimal)",
        "column_has_type(state, str)",
        "column_has_type(region, str)",
        "column_has_type(on, date)",
    ]


def test_what_pydantic_knows_alone_is_refused() -> None:
    class Even(BaseModel):
        n: int = Field(multiple_of=2)

    with pytest.raises(DefinitionError, match=r"column 'n' has MultipleOf.*no check is known"):
        validate(Even)


def test_a_schema_of_pandera_is_one_here() -> None:
    pandera = pytest.importorskip("pandera.polars")
    pl = pytest.importorskip("polars")
    schema = pandera.DataFrameSchema(
        {
            "id": pandera.Column(pl.Int64, unique=True),
            "amount": pandera.Column(float, pandera.Check.in_range(0, 9, include_max=False)),
            "state": pandera.Column(str, pandera.Check.isin(["a", "b"]), nullable=True),
            "code": pandera.Column(
                str, [pandera.Check.str_matches("[A-Z]"), pandera.Check.ne("X")]
            ),
        }
    )
    assert [label for label in labels(schema) if "has_type" not in label] == [
        "column_values_not_null(id)",
        "column_values_unique(id)",
        "column_values_not_null(amount)",
        "column_values_between(amount, 0, 9, strict_max=True)",
        "column_values_in_set(state, ['a', 'b'])",
        "column_values_not_null(code)",
        "column_values_match_regex(code, ^(?:[A-Z]))",
        "column_values_not_in_set(code, ['X'])",
    ]


def test_a_check_of_ones_own_is_not_taken_over_in_silence() -> None:
    pandera = pytest.importorskip("pandera.polars")
    schema = pandera.DataFrameSchema({"a": pandera.Column(int, pandera.Check(lambda data: True))})
    with pytest.raises(DefinitionError, match=r"column 'a' has the check .* Pandera's alone"):
        validate(schema)
